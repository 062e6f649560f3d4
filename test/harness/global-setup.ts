/** Starts the Redis that all `*.redis.test.ts` of a run share, and prints its version. */
import { Redis } from "ioredis";
import type { TestProject } from "vitest/node";
import { openTarget, type OpenedTarget, type RedisTarget } from "./redis-target.js";

declare module "vitest" {
  interface ProvidedContext {
    /** The shared Redis. Tests use `testRedis()`, `appRedis()` or `testRedisUrl()` instead. */
    redisTarget: RedisTarget;
  }
}

/** Database 0 stays untouched. Each vitest worker uses the database of its own number. Redis has 16 by default. */
const TEST_DATABASES = Array.from({ length: 15 }, (_, index) => index + 1);

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let redis: OpenedTarget;
  try {
    redis = await openTarget();
    if (redis.target.kind === "server" && !redis.isOwn) await refuseForeignData(redis.target.url);
  } catch (error) {
    // The message is one line of advice. A stack trace would hide it.
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  }
  process.stdout.write(`Tests run against ${redis.description}.\n`);
  project.provide("redisTarget", redis.target);
  return async () => {
    const { target, isOwn } = redis;
    if (target.kind === "server" && !isOwn) await inEachDatabase(target.url, (client) => client.flushdb());
    await redis.stop();
  };
}

/** The tests empty their databases, so a Redis that this run did not start must be empty there. */
async function refuseForeignData(url: string): Promise<void> {
  const sizes = await inEachDatabase(url, (client) => client.dbsize());
  if (sizes.every((size) => size === 0)) return;
  throw new Error(
    "REDIS_URL holds data in databases 1 to 15, which the tests would delete: empty them, or give the tests another Redis.",
  );
}

async function inEachDatabase<T>(url: string, task: (client: Redis) => Promise<T>): Promise<T[]> {
  const client = new Redis(url, { retryStrategy: () => null });
  try {
    const results: T[] = [];
    for (const database of TEST_DATABASES) {
      await client.select(database);
      results.push(await task(client));
    }
    return results;
  } finally {
    client.disconnect();
  }
}
