/**
 * `npm run test:cluster`, `test:sentinel`, `test:acl` and `test:embedded`: runs `*.redis.test.ts` on another kind of Redis.
 *
 * The first argument is a kind of test/harness/redis-target.ts. All other arguments go to vitest.
 */
import { TEST_REDIS } from "../test/harness/redis-target.js";
import { runTests } from "./run-tests.js";

/** Test files that prove nothing on another kind of Redis, with the reason. */
const LEFT_OUT: readonly (readonly [file: string, why: string])[] = [
  ["test/bench/contestants.redis.test.ts", "starts the benchmark's apps, each on a single server"],
  ["test/battery/quick.redis.test.ts", "each case of the battery starts its own servers"],
  [
    "test/http/redis-away.redis.test.ts",
    "kills and freezes its own single server; cases C of the battery do this on other kinds",
  ],
  [
    "test/redis/guarded-redis.redis.test.ts",
    "freezes its own single server; the cluster tests do this on a cluster",
  ],
  ["test/http/ready.redis.test.ts", "connects to a single server that is absent"],
  ["test/state/replica-wait.redis.test.ts", "starts its own master and replica"],
  ["test/http/watch-lost.redis.test.ts", "starts its own server, with users of limited rights"],
  ["test/http/lost-writes.redis.test.ts", "loses writes of its own single server"],
  ["test/http/dropped-promises.redis.test.ts", "freezes its own single server"],
  ["test/redis/embedded-scripts.redis.test.ts", "compares the embedded Redis with a server"],
  ["test/faults/every-command.redis.test.ts", "breaks one connection; it also runs with one-key commands"],
  ["test/faults/findings.redis.test.ts", "breaks one connection"],
  ["test/fuzz/fuzz.redis.test.ts", "damages keys of a single server by name"],
  ["test/http/take-over-processes.redis.test.ts", "starts processes with node-redis, which take a URL"],
  ["test/http/take-over-ends.redis.test.ts", "starts old apps, which take a URL"],
  ["test/http/take-over.redis.test.ts", "starts old apps, which take a URL"],
  ["test/http/take-over-rights.redis.test.ts", "starts its own server"],
  ["test/http/taken-over.redis.test.ts", "starts old apps, which take a URL"],
  ["test/quick-start.redis.test.ts", "runs the README's app, which takes a URL"],
  ["test/harness/redis-server.redis.test.ts", "tests the servers of the tests"],
  ["test/harness/fault-proxy.redis.test.ts", "tests the proxy of the tests"],
  ["test/harness/tcp-proxy.redis.test.ts", "tests the proxy of the tests"],
];

/** Test files that need the URL of a server, which a Cluster and Sentinel do not have. */
const BY_URL: typeof LEFT_OUT = [
  ["test/cli/configuration.redis.test.ts", "gives the command line a URL"],
  ["test/redis/reply-options.redis.test.ts", "gives clients of its own a URL"],
  ["test/redis/safe-cause.redis.test.ts", "gives clients of its own a URL"],
];

/** Test files that take minutes each on the embedded Redis. Shorter tests of the same scripts and pages run there. */
const TOO_LONG_EMBEDDED: typeof LEFT_OUT = [
  ["test/state/device-classes.redis.test.ts", "random histories with 700 sign-ins and saves"],
  ["test/pages/hostile-texts.redis.test.ts", "204 payloads on every page"],
];

const [kind = "", ...args] = process.argv.slice(2);
const MORE_LEFT_OUT: Readonly<Record<string, typeof LEFT_OUT>> = {
  cluster: BY_URL,
  sentinel: BY_URL,
  embedded: TOO_LONG_EMBEDDED,
};
const leftOut = [...LEFT_OUT, ...(MORE_LEFT_OUT[kind] ?? [])];
console.log(
  `Running every *.redis.test.ts on Redis of kind "${kind}", except ${String(leftOut.length)} files:`,
);
for (const [file, why] of leftOut) console.log(`  ${file}: ${why}`);
const exclusions = leftOut.map(([file]) => `--exclude=${file}`);
// The embedded Redis runs scripts many times slower than a server, so tests with many sign-ins need long.
const patience = kind === "embedded" ? ["--testTimeout=60000"] : [];
runTests(["--project=redis", ...exclusions, ...patience, ...args], { [TEST_REDIS]: kind });
