/** Redis for `*.redis.test.ts`, whichever the run has. Importing this file also closes its clients after the file. */
import { randomBytes } from "node:crypto";
import { Redis, type Cluster, type RedisOptions } from "ioredis";
import { afterAll, inject } from "vitest";
import type { RedisOption } from "../../src/index.js";
import { clusterClient } from "./cluster-client.js";
import type { NodeAddress } from "./redis-cluster.js";
import type { Address } from "./redis-sentinel.js";

const clients: { disconnect(): void }[] = [];
let emptied: Promise<unknown> | undefined;
let appCluster: Cluster | undefined;

afterAll(() => {
  for (const client of clients) client.disconnect();
});

/** A vitest worker runs one test file at a time, so a database for each worker is one for each running file. */
function database(): number {
  return Number(process.env["VITEST_POOL_ID"] ?? "1");
}

/**
 * The URL of this test file's own database, for what can only be given a URL. It is empty when a file starts.
 *
 * @throws where the run has no single server; such files are named in scripts/test-on.ts
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

/** The nodes of the run's Cluster; `null` where it has none. */
export function clusterNodes(): readonly NodeAddress[] | null {
  const target = inject("redisTarget");
  return target.kind === "cluster" ? target.nodes : null;
}

/** Where the run's sentinels name the master, and a database of this file's own there. */
export interface SentinelPlace {
  readonly name: string;
  readonly sentinels: Address[];
  readonly db: number;
}

/** How this file's database is found by sentinels; `null` where the run has none. It is empty when a file starts. */
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
 * What an app under test is given as its `redis`: the URL of a database of this file's own, ioredis options for it
 * behind Sentinel, or the app's own client of the run's Cluster, which has one database only: there a test's keys have
 * a prefix of their own.
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

/** A connected client to look at keys and to damage them, closed when the file is done. */
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

/** A Cluster has the commands of a Redis, by the same mixin; only what goes through all keys asks one node. */
async function clusterAsRedis(nodes: readonly NodeAddress[]): Promise<Redis> {
  const cluster = clusterClient(nodes, { lazyConnect: true });
  clients.push(cluster);
  await cluster.connect();
  const keys = async (pattern: string): Promise<string[]> =>
    (await Promise.all(cluster.nodes("master").map((node) => node.keys(pattern)))).flat();
  return Object.assign(cluster, { keys }) as unknown as Redis;
}

/** A key prefix that no other test uses, ending in a colon. */
export function freshPrefix(name = "test"): string {
  return `${name}-${randomBytes(6).toString("hex")}:`;
}

async function empty(client: Redis): Promise<void> {
  await client.flushdb();
  client.disconnect();
}
