/** Starts the Redis that every `*.redis.test.ts` of a run shares, and says which one it is. */
import { Redis } from "ioredis";
import type { TestProject } from "vitest/node";
import { sharedRedis, type SharedRedis } from "./redis-server.js";

declare module "vitest" {
  interface ProvidedContext {
    /** The shared server, without a database number; tests ask `testRedis()` or `testRedisUrl()` instead. */
    redisUrl: string;
  }
}

/** Database 0 stays untouched; each vitest worker has a database of its own number. Redis has 16 by default. */
const TEST_DATABASES = Array.from({ length: 15 }, (_, index) => index + 1);

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let server: SharedRedis;
  try {
    server = await sharedRedis();
    if (!server.isOwn) await refuseForeignData(server.url);
  } catch (error) {
    // One line of advice; a stack trace would only hide it.
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  }
  process.stdout.write(`Tests run against ${server.description}.\n`);
  project.provide("redisUrl", server.url);
  return async () => {
    if (!server.isOwn) await inEachDatabase(server.url, (client) => client.flushdb());
    await server.stop();
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
