/** Fills servers with a thousand, a hundred thousand and a million sessions, once for all cases that use them. */
import { randomBytes } from "node:crypto";
import { Redis } from "ioredis";
import { startRedis, type RedisServer } from "../../harness/redis-server.js";
import { APP_DATA, cookieOf, fill, openState, type Filled, type StateLayer } from "./filling.js";

/** Long enough that no session ends before the last case. */
const SESSION_MINUTES = 600;
const BATCH = 1_000;
const SAMPLE = 1_000;

/** A server that holds many sessions. */
export interface GrownServer {
  readonly count: number;
  readonly server: RedisServer;
  readonly redis: Redis;
  /** Growth of `used_memory` by the filling. */
  readonly bytes: number;
  /** Cookies of some of the users whose sessions the server holds. */
  readonly sample: readonly Filled[];
}

/** A server of this package, with its state layer. */
export interface GrownCurfew extends GrownServer {
  readonly layer: StateLayer;
}

/** All grown servers. */
export interface GrownServers {
  /** Servers with 1,000, 100,000 and 1,000,000 sessions, each of a different user. */
  readonly curfew: readonly [GrownCurfew, GrownCurfew, GrownCurfew];
  /** Server with as many sessions as the largest, of express-session and connect-redis alone. */
  readonly bare: GrownServer;
}

let grown: Promise<GrownServers> | undefined;

/** Fills the servers, or returns the filled servers. `stopGrownServers` ends them. */
export function growServers(
  counts: readonly [number, number, number],
  report: (progress: string) => void,
): Promise<GrownServers> {
  grown ??= grow(counts, report);
  return grown;
}

/** Ends all filled servers, because connections and servers keep a process alive. */
export async function stopGrownServers(): Promise<void> {
  const { curfew, bare } = (await grown?.catch(() => undefined)) ?? { curfew: [], bare: null };
  grown = undefined;
  for (const { layer } of curfew) layer.close();
  for (const { redis, server } of bare ? [...curfew, bare] : []) {
    redis.disconnect();
    await server.stop();
  }
}

async function grow(
  [few, more, most]: readonly [number, number, number],
  report: (progress: string) => void,
): Promise<GrownServers> {
  const bare = await growBare(most, report);
  return {
    bare,
    curfew: [await growCurfew(few, report), await growCurfew(more, report), await growCurfew(most, report)],
  };
}

async function growCurfew(count: number, report: (progress: string) => void): Promise<GrownCurfew> {
  const { server, redis, before } = await openServer();
  const layer = await openState(server.url, { defaults: { sessionMinutes: SESSION_MINUTES } });
  const sample = await fill(layer.storage, { count, report });
  report(`${String(count)} sessions of ${String(count)} users are there`);
  return { count, server, redis, layer, sample, bytes: (await usedMemory(redis)) - before };
}

async function growBare(count: number, report: (progress: string) => void): Promise<GrownServer> {
  const { server, redis, before } = await openServer();
  const sample: Filled[] = [];
  for (let from = 0; from < count; from += BATCH) {
    const pipeline = redis.pipeline();
    for (let index = from; index < Math.min(count, from + BATCH); index += 1) {
      // The id is as long as this package's, so that only the package's own keys differ.
      const id = randomBytes(16).toString("base64url").slice(0, 21);
      const userId = `user-${String(index)}`;
      const data = JSON.stringify({ ...(JSON.parse(APP_DATA) as object), naive: { userId } });
      pipeline.set(`sess:${id}`, data, "EX", SESSION_MINUTES * 60);
      if (index % Math.ceil(count / SAMPLE) === 0)
        sample.push({ userId, id: { ref: id, tag: "", secretHash: "" }, ref: id, cookie: cookieOf(id) });
    }
    await pipeline.exec();
  }
  report(`${String(count)} sessions of express-session alone are there`);
  return { count, server, redis, sample, bytes: (await usedMemory(redis)) - before };
}

async function openServer(): Promise<{ server: RedisServer; redis: Redis; before: number }> {
  const server = await startRedis();
  const redis = new Redis(server.url);
  return { server, redis, before: await usedMemory(redis) };
}

/** Returns the bytes in use, as Redis reports them. */
export async function usedMemory(redis: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info("memory"))?.[1]);
}

/** Returns Redis's calls and microseconds by command, since the last `CONFIG RESETSTAT`. */
export async function commandUsage(redis: Redis): Promise<Map<string, { calls: number; micros: number }>> {
  const text = await redis.info("commandstats");
  const lines = [...text.matchAll(/cmdstat_([^:]+):calls=(\d+),usec=(\d+)/g)];
  return new Map(
    lines.map(([, name = "", calls, micros]) => [name, { calls: Number(calls), micros: Number(micros) }]),
  );
}

/** Returns the median of some numbers. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
