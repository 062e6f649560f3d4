/** Redis clients for `*.redis.test.ts`. Importing this file also closes them when the test file is done. */
import { randomBytes } from "node:crypto";
import { Redis, type RedisOptions } from "ioredis";
import { afterAll, inject } from "vitest";

const clients: Redis[] = [];
let emptied: Promise<unknown> | undefined;

afterAll(() => {
  for (const client of clients) client.disconnect();
});

/** A vitest worker runs one test file at a time, so a database for each worker is one for each running file. */
function database(): number {
  return Number(process.env["VITEST_POOL_ID"] ?? "1");
}

/** The URL of this test file's own database, for what opens its own connection. It is empty when a file starts. */
export async function testRedisUrl(): Promise<string> {
  const url = new URL(inject("redisUrl"));
  url.pathname = `/${database()}`;
  emptied ??= empty(url.href);
  await emptied;
  return url.href;
}

/** ioredis 6 declares `replyMapping` in a way that exactOptionalPropertyTypes refuses to pass on. */
type ClientOptions = Omit<RedisOptions, "replyMapping">;

/** A connected client on this test file's own database, closed when the file is done. */
export async function testRedis(options: ClientOptions = {}): Promise<Redis> {
  const client = new Redis(await testRedisUrl(), { ...options, lazyConnect: true });
  clients.push(client);
  await client.connect();
  return client;
}

/** A key prefix that no other test uses, ending in a colon. */
export function freshPrefix(name = "test"): string {
  return `${name}-${randomBytes(6).toString("hex")}:`;
}

async function empty(url: string): Promise<void> {
  const client = new Redis(url);
  await client.flushdb();
  client.disconnect();
}
