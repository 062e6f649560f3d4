/** Says of each test of the suite whether it passed, or which refused option or difference explains its failure. */
import { EXPECTED } from "./expectations.js";
import type { Mode } from "./modes.js";
import type { Ran } from "./suite.js";

export interface Judged extends Ran {
  readonly verdict: "pass" | "refused option" | "documented difference" | "defect";
  /** The option, or the difference as docs/compatibility.md names it. */
  readonly why: string | null;
}

/** Judges the tests of one run. A failure that nothing explains is a defect. */
export function judge(mode: Mode, tests: readonly Ran[]): Judged[] {
  return tests.map((test) => {
    if (test.failure === null) return { ...test, verdict: "pass", why: null };
    const known = EXPECTED.find(({ tests: titles }) => titles[test.title]?.includes(mode));
    if (!known) return { ...test, verdict: "defect", why: null };
    return { ...test, verdict: known.refused ? "refused option" : "documented difference", why: known.why };
  });
}

/** One line on a test; a defect's has its failure too. */
export function describeTest({ title, verdict, why, failure }: Judged): string {
  const because = verdict === "defect" ? failure : why;
  return `${verdict}: ${title}${because === null ? "" : ` (${because})`}`;
}
