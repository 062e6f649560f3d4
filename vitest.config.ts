import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Slot migrations and failovers take their time, and servers: `npm run test:cluster` and `test:sentinel` run them. */
const NEEDS_CLUSTER = "test/**/*.cluster.test.ts";
const NEEDS_SENTINEL = "test/**/*.sentinel.test.ts";
const kind = process.env["CURFEW_TEST_REDIS"];
const NEEDS_BROWSER = "test/**/*.browser.test.ts";
const NEEDS_REDIS = [
  "test/**/*.redis.test.ts",
  ...(kind === "cluster" ? [NEEDS_CLUSTER] : []),
  ...(kind === "sentinel" ? [NEEDS_SENTINEL] : []),
];

export default defineConfig({
  test: {
    testTimeout: 10_000,
    hookTimeout: 30_000,
    // Each worker has a Redis database of its own number, and Redis has 16, of which number 0 is left alone.
    maxWorkers: Math.min(15, availableParallelism()),
    coverage: { provider: "v8", include: ["src/**/*.ts"], exclude: ["src/**/*.generated.ts"] },
    projects: [
      {
        extends: true,
        // Pure tests share nothing that one could spoil for another, and start faster together.
        test: {
          name: "pure",
          include: ["test/**/*.test.ts"],
          exclude: [...NEEDS_REDIS, NEEDS_BROWSER, NEEDS_CLUSTER, NEEDS_SENTINEL],
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: "redis",
          include: NEEDS_REDIS,
          globalSetup: "test/harness/global-setup.ts",
        },
      },
      {
        extends: true,
        // A browser fills two cores by itself: one file at a time, after the other tests.
        test: {
          name: "browsers",
          include: [NEEDS_BROWSER],
          globalSetup: ["test/harness/global-setup.ts", "test/harness/browsers/global-setup.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
