/** Measures the cost of a request where a Redis holds many sessions and where one user has signed in many times. */
import { randomBytes } from "node:crypto";
import { Redis } from "ioredis";
import { startRedis, type RedisServer } from "../test/harness/redis-server.js";
import { startAppProcess, type Bench, type Measured } from "./apps.js";
import { runRound, takeTurn, type Sample } from "./measure.js";
import { JUDGED_NODE, TARGET_NODES, type NodeVersion } from "./nodes.js";
import type { BenchOptions } from "./options.js";
import { SATURATING_CONNECTIONS, secondsOfRound, SMALL_PAYLOAD_BYTES } from "./plan.js";
import type { AppCalls, SignInSpec } from "./processes/messages.js";
import type { Worker } from "./worker.js";

/** Sessions of the Redis with few sessions. */
export const FEW_SESSIONS = 1_000;
/** Browser sign-ins of the busy user. */
export const SIGN_INS = 10_000;
/** The most browsers that a user may have. */
export const BROWSERS = 100;
/** API sessions of the busy user. */
export const API_SESSIONS = 1_000;

/** The compared kinds of sessions. */
export type GrowthId = "few" | "many" | "busyUser";

/** The figures of growth. */
export interface Growth {
  /** Sessions of the Redis with many sessions. */
  readonly sessions: number;
  readonly samples: ReadonlyMap<NodeVersion, ReadonlyMap<GrowthId, readonly Sample[]>>;
  /** Redis's memory for a session in bytes, without the app's own data. */
  readonly bytesOfSession: number;
}

const SAMPLED_COOKIES = 1_000;
const BUSY_USER_COOKIES = 64;
const CHUNKS = 20;
const SIGN_INS_A_SECOND = 2_500;
const BARE_BATCH = 1_000;

/** A Redis of its own with its client. */
interface Place {
  readonly server: RedisServer;
  readonly redis: Redis;
}

/** Returns the Node versions on which growth is measured. */
function nodesOf({ nodes }: Pick<BenchOptions, "nodes">): NodeVersion[] {
  return nodes.filter((node) => TARGET_NODES.includes(node));
}

/** Returns whether the options ask for growth. */
export function measuresGrowth(options: BenchOptions): boolean {
  return options.sessions > 0 && options.contestants.includes("curfew") && nodesOf(options).length > 0;
}

const secondsToSignIn = (count: number): number => count / SIGN_INS_A_SECOND;

/** Estimates the seconds that growth takes. */
export function secondsOfGrowth(options: BenchOptions): number {
  if (!measuresGrowth(options)) return 0;
  const all = options.sessions + FEW_SESSIONS + SIGN_INS + API_SESSIONS;
  const measuring = secondsOfNode(options) * nodesOf(options).length;
  return secondsToSignIn(all) + measuring;
}

function secondsOfNode(options: BenchOptions): number {
  return options.judgedRounds * secondsOfRound(3, options) + 3 * options.warmUpSeconds;
}

/** Fills two Redis servers by signing in, and measures requests on each Node of the targets. */
export async function runGrowth(bench: Bench): Promise<Growth> {
  const { options, progress, say } = bench;
  const places: Place[] = [];
  const open = async (): Promise<Place> => {
    const server = await startRedis();
    const place = { server, redis: new Redis(server.url) };
    places.push(place);
    return place;
  };
  try {
    const [few, many] = [await open(), await open()];
    say(`\nSigning in ${count(options.sessions)} users, and one user ${count(SIGN_INS)} times`);
    const { cookies, bytes } = await fill(bench, few, many);
    const bytesOfSession = bytes - (await bytesOfBare(many, await open(), options.sessions));
    const samples = new Map<NodeVersion, Map<GrowthId, Sample[]>>();
    for (const node of nodesOf(options)) {
      samples.set(node, await measureOn(bench, node, { few, many }, cookies));
      progress.done(secondsOfNode(options));
    }
    return { sessions: options.sessions, samples, bytesOfSession };
  } finally {
    for (const { redis, server } of places) {
      redis.disconnect();
      await server.stop();
    }
  }
}

const count = (number: number): string => number.toLocaleString("en");

type Cookies = Readonly<Record<GrowthId, readonly string[]>>;

async function fill(
  bench: Bench,
  few: Place,
  many: Place,
): Promise<{ readonly cookies: Cookies; readonly bytes: number }> {
  const { load } = bench;
  const node = nodesOf(bench.options)[0] ?? JUDGED_NODE;
  // Two processes sign in faster than one.
  const workers = [startAppProcess(bench, node), startAppProcess(bench, node)];
  try {
    const originOf = async (worker: Worker<AppCalls> | undefined, place: Place): Promise<string> =>
      worker ? await startOn(bench, worker, place) : "";
    const [worker, other] = workers;
    const [fewOrigin, ...manyOrigins] = [
      await originOf(worker, few),
      await originOf(worker, many),
      await originOf(other, many),
    ];
    const before = await usedBytes(many);
    const manyCookies = await signInUsers(bench, manyOrigins);
    const bytes = ((await usedBytes(many)) - before) / bench.options.sessions;
    const fewCookies = await load.ask("signIn", {
      ...signIns([fewOrigin], FEW_SESSIONS),
      keep: { cookies: FEW_SESSIONS, last: FEW_SESSIONS },
    });
    const busy = { ...signIns([fewOrigin], 0), user: "busy", isOneUser: true };
    const keep = { cookies: BUSY_USER_COOKIES / 2, last: BUSY_USER_COOKIES };
    const browsers = await load.ask("signIn", { ...busy, count: SIGN_INS, keep });
    const api = await load.ask("signIn", { ...busy, kind: "api", count: API_SESSIONS, keep });
    bench.progress.done(secondsToSignIn(FEW_SESSIONS + SIGN_INS + API_SESSIONS));
    const cookies = { few: fewCookies, many: manyCookies, busyUser: [...browsers, ...api] };
    return { cookies, bytes };
  } finally {
    for (const worker of workers) await worker.stop();
  }
}

function signIns(origins: readonly string[], count: number): SignInSpec {
  const keep = { cookies: 0, last: 0 };
  return { origins, kind: "browser", count, user: "user-", isOneUser: false, first: 0, keep };
}

/** Signs in as many users as the options say, and keeps some cookies of each part. */
async function signInUsers(
  { load, options, progress, say }: Bench,
  origins: readonly string[],
): Promise<string[]> {
  const cookies: string[] = [];
  const size = Math.ceil(options.sessions / CHUNKS);
  for (let first = 0; first < options.sessions; first += size) {
    const count = Math.min(size, options.sessions - first);
    const keep = { cookies: SAMPLED_COOKIES / CHUNKS, last: count };
    cookies.push(...(await load.ask("signIn", { ...signIns(origins, count), first, keep })));
    progress.done(secondsToSignIn(count));
    say(`${progress.toString()} ${(first + count).toLocaleString("en")} sessions`);
  }
  return cookies;
}

/** Starts an app on a Redis; the limit of browsers makes each request look at the user's sessions. */
async function startOn(
  { built }: Bench,
  worker: Worker<AppCalls>,
  { server }: Pick<Place, "server">,
): Promise<string> {
  const { port } = await worker.ask("start", {
    contestant: "curfew",
    redisUrl: server.url,
    packageEntry: built.packageEntry,
    payloadBytes: SMALL_PAYLOAD_BYTES,
    maxSessionsPerUser: BROWSERS,
  });
  return `http://127.0.0.1:${port}`;
}

async function usedBytes({ redis }: Place): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info("memory"))?.[1]);
}

/** Returns the bytes a session where another Redis holds as many sessions of express-session and connect-redis alone. */
async function bytesOfBare({ redis: guarded }: Place, bare: Place, sessions: number): Promise<number> {
  const key = await sessionKeyIn(guarded);
  const data = (await guarded.get(key)) ?? "";
  const ttl = await guarded.ttl(key);
  const before = await usedBytes(bare);
  for (let stored = 0; stored < sessions; stored += BARE_BATCH) {
    const pipeline = bare.redis.pipeline();
    for (let index = stored; index < Math.min(sessions, stored + BARE_BATCH); index += 1)
      pipeline.set(randomKeyLike(key), data, "EX", ttl);
    await pipeline.exec();
  }
  return ((await usedBytes(bare)) - before) / sessions;
}

async function sessionKeyIn(redis: Redis): Promise<string> {
  for (let cursor = "0"; ;) {
    const [next, keys] = await redis.scan(cursor, "MATCH", "sess:*", "COUNT", 1_000);
    const [key] = keys;
    if (key !== undefined) return key;
    if (next === "0") throw new Error("Growth: the filled Redis has no key that begins with sess:.");
    cursor = next;
  }
}

/** Returns a random key as long as the given key. */
function randomKeyLike(key: string): string {
  return `sess:${randomBytes(key.length)
    .toString("base64url")
    .slice(0, key.length - "sess:".length)}`;
}

/** Measures all kinds of sessions in turns, in one process, so that they run the same compiled code. */
async function measureOn(
  bench: Bench,
  node: NodeVersion,
  { few, many }: { readonly few: Place; readonly many: Place },
  cookies: Cookies,
): Promise<Map<GrowthId, Sample[]>> {
  const { options, load, say } = bench;
  const worker = startAppProcess(bench, node);
  try {
    const [fewOrigin, manyOrigin] = [await startOn(bench, worker, few), await startOn(bench, worker, many)];
    const on = (id: GrowthId, place: Place, origin: string): Measured<GrowthId> => ({
      id,
      worker,
      redisPid: place.server.pid,
      origin,
      cookies: cookies[id],
    });
    const apps = [on("few", few, fewOrigin), on("many", many, manyOrigin), on("busyUser", few, fewOrigin)];
    const spec = { connections: SATURATING_CONNECTIONS, offeredPerSecond: null };
    for (const app of apps) {
      const warmUp = { ...spec, seconds: options.warmUpSeconds, seed: 0 };
      const { failures } = await takeTurn(app, load, warmUp);
      if (failures > 0)
        throw new Error(`Growth: ${failures} requests of ${app.id} were not answered with 200.`);
    }
    const samples = new Map<GrowthId, Sample[]>(apps.map(({ id }) => [id, []]));
    for (let round = 0; round < options.judgedRounds; round += 1) {
      const found = await runRound(bench, apps, round, spec);
      for (const [id, sample] of found) samples.get(id)?.push(sample);
      const shown = [...found].map(([id, { allCpuMicros }]) => `${id} ${allCpuMicros.toFixed(0)} µs`);
      say(`Node ${node}, round ${round + 1} of ${options.judgedRounds}: ${shown.join(", ")}`);
    }
    return samples;
  } finally {
    await worker.stop();
  }
}
