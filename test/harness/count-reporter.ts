/** Tells scripts/test.ts how a run went, in the file that the environment variable names. */
import { writeFileSync } from "node:fs";
import type { SerializedError } from "vitest";
import type { Reporter, TestModule } from "vitest/node";

/** The environment variable with the file to write. */
export const COUNTS_FILE = "CURFEW_TEST_COUNTS";

/** How many tests of a run did what. */
export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Counts tests; a file that can't be loaded, or an error outside of any test, is one more failure. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const counts: TestCounts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      const before = counts.failed;
      // A test still pending was cut off by whatever failed its file.
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
