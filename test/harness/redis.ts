/** Redis clients and URLs for `*.redis.test.ts`, for every kind of Redis. After each file its clients are closed. */
import { randomBytes } from "node:crypto";
import { Redis, type Cluster, type RedisOptions } from "ioredis";
import { afterAll, inject } from "vitest";
import type { RedisOption } from "../../src/index.js";
import { clusterClient } from "./cluster-client.js";
import type { NodeAddress } from "./redis-cluster.js";
import type { Address } from "./redis-sentinel.js";

/** True if the run's Redis is the embedded Redis, which runs scripts many times slower than a server. */
export const isEmbedded = process.env["CURFEW_TEST_REDIS"] === "embedded";

const clients: { disconnect(): void }[] = [];
let emptied: Promise<unknown> | undefined;
let appCluster: Cluster | undefined;

afterAll(() => {
  for (const client of clients) client.disconnect();
});

/**
 * Returns the number of this file's database. A vitest worker runs one test file at a time, so each file has its own.
 */
function database(): number {
  return Number(process.env["VITEST_POOL_ID"] ?? "1");
}

/**
 * Returns the URL of this test file's own database, for callers that need a URL. The database is empty when a
 * file starts.
 *
 * @throws Error if the run has no single server; scripts/test-on.ts names the files that need one
 */
export async function testRedisUrl(): Promise<string> {
  const target = inject("redisTarget");
  if (target.kind !== "server") throw new Error(`This test needs one server, and gets a ${target.kind}.`);
  const url = new URL(target.url);
  url.pathname = `/${database()}`;
  emptied ??= empty(new Redis(url.href));
  await emptied;
  return url.href;
}

/** Returns the nodes of the run's Cluster; `null` if there is no Cluster. */
export function clusterNodes(): readonly NodeAddress[] | null {
  const target = inject("redisTarget");
  return target.kind === "cluster" ? target.nodes : null;
}

/** Place of the master behind the run's sentinels, with this file's database. */
export interface SentinelPlace {
  readonly name: string;
  readonly sentinels: Address[];
  readonly db: number;
}

/**
 * Returns this file's database behind sentinels; `null` if the run has no sentinels. It is empty when a file starts.
 */
export async function sentinelPlace(): Promise<SentinelPlace | null> {
  const target = inject("redisTarget");
  if (target.kind !== "sentinel") return null;
  const { name, sentinels } = target;
  const place = { name, sentinels, db: database() };
  emptied ??= empty(new Redis(place));
  await emptied;
  return place;
}

/**
 * Returns the value for the option `redis` of an app under test. It is the URL of this file's own database, or
 * ioredis options for it behind Sentinel, or the app's own client of the run's Cluster. A Cluster has only one
 * database, so a test's keys have their own prefix.
 */
export async function appRedis(): Promise<RedisOption> {
  const place = await sentinelPlace();
  if (place !== null) return place;
  const nodes = clusterNodes();
  if (nodes === null) return asApp(await testRedisUrl());
  if (appCluster === undefined) {
    appCluster = clusterClient(nodes);
    clients.push(appCluster);
  }
  return appCluster;
}

/** Returns the URL with the user that the run has for apps. */
function asApp(text: string): string {
  const target = inject("redisTarget");
  const url = new URL(text);
  if (target.kind === "server" && target.appUser !== undefined)
    Object.assign(url, { username: target.appUser, password: "none" });
  return url.href;
}

/** ioredis 6 declares `replyMapping` in a way that exactOptionalPropertyTypes refuses to pass on. */
type ClientOptions = Omit<RedisOptions, "replyMapping">;

/** Returns a connected client that reads and damages keys. It is closed after the file. */
export async function testRedis(options: ClientOptions = {}): Promise<Redis> {
  const nodes = clusterNodes();
  if (nodes !== null) return clusterAsRedis(nodes);
  const place = await sentinelPlace();
  const client = place
    ? new Redis({ ...place, ...options, lazyConnect: true })
    : new Redis(await testRedisUrl(), { ...options, lazyConnect: true });
  clients.push(client);
  await client.connect();
  return client;
}

/** Returns a Cluster as a Redis: it has the same commands. Only commands over all keys ask one node. */
async function clusterAsRedis(nodes: readonly NodeAddress[]): Promise<Redis> {
  const cluster = clusterClient(nodes, { lazyConnect: true });
  clients.push(cluster);
  await cluster.connect();
  const keys = async (pattern: string): Promise<string[]> =>
    (await Promise.all(cluster.nodes("master").map((node) => node.keys(pattern)))).flat();
  return Object.assign(cluster, { keys }) as unknown as Redis;
}

/** Returns a key prefix that no other test uses. It ends in a colon. */
export function freshPrefix(name = "test"): string {
  return `${name}-${randomBytes(6).toString("hex")}:`;
}

/** Resolves once so many processes hear the ends under a prefix. */
export async function untilSubscribed(prefix: string, count = 1): Promise<void> {
  const redis = await testRedis();
  // A process subscribes at any node of a Cluster.
  const nodes = clusterNodes() === null ? [redis] : (redis as unknown as Cluster).nodes("all");
  for (;;) {
    const answers = await Promise.all(nodes.map((node) => node.call("PUBSUB", "NUMSUB", `${prefix}ends`)));
    const heard = answers.reduce<number>((sum, answer) => sum + (answer as [string, number])[1], 0);
    if (heard >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function empty(client: Redis): Promise<void> {
  await client.flushdb();
  client.disconnect();
}
