/** Runs vitest and repeats the counts in one last line, because not every CI reads vitest's own. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { COUNTS_FILE, type TestCounts } from "../test/harness/count-reporter.js";

const pathOf = (file: string): string => fileURLToPath(new URL(`../${file}`, import.meta.url));

function runVitest(args: readonly string[], env: NodeJS.ProcessEnv): number {
  const vitest = pathOf("node_modules/vitest/vitest.mjs");
  const reporters = ["--reporter=default", `--reporter=${pathOf("test/harness/count-reporter.ts")}`];
  const { status } = spawnSync(process.execPath, [vitest, "run", ...reporters, ...args], {
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  return status ?? 1;
}

/** Reads the counts. A run that wrote none has failed. */
function readCounts(file: string): TestCounts {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as TestCounts;
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/** Runs vitest with these arguments, prints the counts and sets the process's exit code. */
export function runTests(args: readonly string[], env: NodeJS.ProcessEnv = {}): void {
  console.log(`Node ${process.version}`);
  const folder = mkdtempSync(join(tmpdir(), "curfew-test-"));
  const countsFile = join(folder, "counts.json");
  const exitCode = runVitest(args, { ...env, [COUNTS_FILE]: countsFile });
  const { passed, failed: counted, skipped } = readCounts(countsFile);
  rmSync(folder, { recursive: true, force: true });

  const failed = exitCode === 0 ? counted : Math.max(counted, 1);
  console.log(`${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`);
  process.exitCode = failed > 0 && exitCode === 0 ? 1 : exitCode;
}
