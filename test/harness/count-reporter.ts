/** Writes a run's counts to the file that an environment variable names. scripts/test.ts reads the file. */
import { writeFileSync } from "node:fs";
import type { SerializedError } from "vitest";
import type { Reporter, TestModule } from "vitest/node";

/** Environment variable with the file to write. */
export const COUNTS_FILE = "CURFEW_TEST_COUNTS";

/** Numbers of tests by their outcome. */
export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Counts tests. A file that fails to load, or an error outside of any test, counts as one failure. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const counts: TestCounts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      const before = counts.failed;
      // A test that is still pending was cut off when its file failed.
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        counts[state === "pending" ? "failed" : state] += 1;
      }
      if (module.state() === "failed" && counts.failed === before) counts.failed += 1;
    }
    const file = process.env[COUNTS_FILE];
    if (file !== undefined) writeFileSync(file, JSON.stringify(counts));
  }
}
