import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const NEEDS_CLUSTER = ["test/**/*.cluster.test.ts"];
const hasCluster = process.env["CURFEW_TEST_REDIS"] === "cluster";
const NEEDS_REDIS = [
  "test/**/*.redis.test.ts",
  "test/**/*.browser.test.ts",
  ...(hasCluster ? NEEDS_CLUSTER : []),
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
          exclude: [...NEEDS_REDIS, ...NEEDS_CLUSTER],
          isolate: false,
        },
      },
      {
        extends: true,
        test: { name: "redis", include: NEEDS_REDIS, globalSetup: "test/support/global-setup.ts" },
      },
    ],
  },
});
