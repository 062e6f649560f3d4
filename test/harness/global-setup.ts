/** Starts the Redis that every `*.redis.test.ts` of a run shares, and says which one it is. */
import { Redis } from "ioredis";
import type { TestProject } from "vitest/node";
import { openTarget, type OpenedTarget, type RedisTarget } from "./redis-target.js";

declare module "vitest" {
  interface ProvidedContext {
    /** The shared Redis; tests ask `testRedis()`, `appRedis()` or `testRedisUrl()` instead. */
    redisTarget: RedisTarget;
  }
}

/** Database 0 stays untouched; each vitest worker has a database of its own number. Redis has 16 by default. */
const TEST_DATABASES = Array.from({ length: 15 }, (_, index) => index + 1);

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let redis: OpenedTarget;
  try {
    redis = await openTarget();
    if (redis.target.kind === "server" && !redis.isOwn) await refuseForeignData(redis.target.url);
  } catch (error) {
    // One line of advice; a stack trace would only hide it.
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

/** The tests empty their databases, so somebody else's Redis is only used where these are empty already. */
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
