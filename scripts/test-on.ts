/**
 * `npm run test:cluster` and `npm run test:sentinel`: the suite of `*.redis.test.ts` again, on a Redis of another kind.
 *
 * The first argument is the kind, as test/support/redis-target.ts knows it; what follows is vitest's.
 */
import { TEST_REDIS } from "../test/support/redis-target.js";
import { runTests } from "./run-tests.js";

/** What proves nothing on another kind of Redis, and why. */
const LEFT_OUT: readonly (readonly [file: string, why: string])[] = [
  ["test/bench/contestants.redis.test.ts", "tries what the benchmark compares, each on a single server"],
  ["test/battery/quick.redis.test.ts", "the battery starts the servers of each case itself"],
  [
    "test/http/redis-away.redis.test.ts",
    "kills and freezes a single server of its own; the battery's cases C do so there",
  ],
  [
    "test/redis/guarded-redis.redis.test.ts",
    "freezes a single server of its own; the cluster's tests do so there",
  ],
  ["test/http/ready.redis.test.ts", "asks for a single server of its own that can't be had"],
  ["test/redis/replica-wait.redis.test.ts", "has a master and a replica of its own"],
  ["test/http/lost-writes.redis.test.ts", "loses the writes of a single server of its own"],
  ["test/http/dropped-promises.redis.test.ts", "freezes a single server of its own"],
  ["test/example-app/embedded-redis.redis.test.ts", "compares the example's embedded Redis with a server"],
  ["test/faults/every-command.redis.test.ts", "has one connection go wrong; it plays key by key too"],
  ["test/faults/findings.redis.test.ts", "has one connection go wrong"],
  ["test/fuzz/fuzz.redis.test.ts", "damages the keys of a single server by their names"],
  ["test/quick-start.redis.test.ts", "runs the README's app, which is given a URL"],
  ["test/readme.redis.test.ts", "runs the README's test, which is given a URL"],
  ["test/support/redis-server.redis.test.ts", "tests the tests' own servers"],
  ["test/support/fault-proxy.redis.test.ts", "tests the tests' own proxy"],
  ["test/support/tcp-proxy.redis.test.ts", "tests the tests' own proxy"],
];

const [kind = "", ...args] = process.argv.slice(2);
console.log(
  `Runs every *.redis.test.ts on a Redis of kind "${kind}", less ${String(LEFT_OUT.length)} files:`,
);
for (const [file, why] of LEFT_OUT) console.log(`  ${file}: ${why}`);
const exclusions = LEFT_OUT.map(([file]) => `--exclude=${file}`);
runTests(["--project=redis", ...exclusions, ...args], { [TEST_REDIS]: kind });
