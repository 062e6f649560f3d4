/** The verdicts on stored sessions that no request asks about. */
import { underAdministrator, type SessionCore, type Verdict } from "../../policy/index.js";
import type { Storage } from "../storage.js";
import type { InForce } from "../values/in-force.js";
import { readAdministrator } from "./administrator.js";
import { overAmong, refsOf, type Records } from "./over-among.js";
import { judge, judgementOn, losesToNewer } from "./judgement.js";
import { readRecords } from "./read-records.js";
import { parseEntries } from "./user-format.js";

/** No records. */
export const NOTHING_READ: Records = new Map();

/** The facts of a session without a recorded end, and the text of its user's key. */
export interface OpenSession {
  readonly ref: string;
  readonly record: SessionCore;
  readonly user: string;
  readonly now: number;
}

/**
 * Judges sessions, and sudo sessions together with their administrators' sessions, which one further round trip reads (rule
 * U2).
 */
export async function verdictsOf(
  storage: Storage,
  candidates: readonly OpenSession[],
  inForce: InForce,
  known: Records = NOTHING_READ,
): Promise<(Verdict | null)[]> {
  const verdicts = await ownVerdictsOf(storage, candidates, inForce, known);
  return Promise.all(
    candidates.map(async ({ record, now }, index) => {
      const own = verdicts[index] ?? null;
      if (own === null || record.administrator === null) return own;
      return underAdministrator(own, await readAdministrator(storage, record.administrator, inForce), now);
    }),
  );
}

/**
 * Judges sessions. Newer sessions that are over do not count, even if no request has found their end (rule C11). So
 * if sessions have lost to newer sessions, this function reads the newer records, in one round trip.
 */
async function ownVerdictsOf(
  storage: Storage,
  candidates: readonly OpenSession[],
  inForce: InForce,
  known: Records,
): Promise<(Verdict | null)[]> {
  const verdictOn = (found: OpenSession, over?: ReadonlySet<string>): Verdict | null => {
    const judgement = judgementOn(storage, inForce, found.record, found.user, found.now, over);
    return judgement && judge(found.record, judgement, found.now);
  };
  const lost = candidates.filter(({ record, user, now }) => {
    const judgement = judgementOn(storage, inForce, record, user, now);
    return judgement && losesToNewer(record, judgement, now);
  });
  const [first] = lost;
  if (!first) return candidates.map((found) => verdictOn(found));
  const records = new Map<string, SessionCore | null>([
    ...known,
    ...candidates.map(({ ref, record }) => [ref, record] as const),
  ]);
  const orders = [...new Set(lost.map(({ user }) => user))].map((user) => ({
    user,
    entries: parseEntries(user),
  }));
  const unread = orders
    .flatMap(({ entries }) => entries.map(({ ref }) => ref))
    .filter((ref) => !records.has(ref));
  for (const { ref, record } of await readRecords(storage, unread)) records.set(ref, record);
  const over = orders.flatMap(({ user, entries }) =>
    overAmong(storage, user, entries, records, inForce, first.now),
  );
  const overRefs = refsOf(over);
  return candidates.map((found) => verdictOn(found, overRefs));
}
