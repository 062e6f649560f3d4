/** Starts contestants' apps, signs their users in and checks their answers. */
import type { Redis } from "ioredis";
import type { RedisServer } from "../test/harness/redis-server.js";
import { entryOf, type Built } from "./build.js";
import { JUDGED_NODE, nodeOf, type Nodes, type NodeVersion } from "./nodes.js";
import type { BenchOptions } from "./options.js";
import { contestantsOf, planGroups, SMALL_PAYLOAD_BYTES } from "./plan.js";
import {
  CONTESTANTS,
  GUARDED,
  type AppCalls,
  type AwakeCalls,
  type ContestantId,
  type LoadCalls,
} from "./processes/messages.js";
import type { Progress } from "./progress.js";
import { startRecordingProxy, traceRoundTrips, type RoundTrips } from "./round-trips.js";
import { Worker } from "./worker.js";

/** The parts that the whole benchmark shares. */
export interface Bench {
  readonly options: BenchOptions;
  readonly built: Built;
  readonly nodes: Nodes;
  readonly server: RedisServer;
  /** A client of the server itself, however far away the apps see it. */
  readonly redis: Redis;
  readonly load: Worker<LoadCalls>;
  readonly awake: Worker<AwakeCalls>;
  readonly progress: Progress;
  readonly say: (line: string) => void;
}

/** An app that takes turns with others. */
export interface Measured<Id extends string = string> {
  readonly id: Id;
  readonly worker: Worker<AppCalls>;
  /** The process of its Redis. */
  readonly redisPid: number;
  readonly origin: string;
  /** One `Cookie` header for each session. */
  readonly cookies: readonly string[];
}

/** A contestant's running app. */
export type RunningApp = Measured<ContestantId>;

/** The place in which an app is started. */
export interface AppPlace {
  readonly node: NodeVersion;
  readonly redisUrl: string;
  readonly payloadBytes: number;
  /** @default 32 */
  readonly sessions?: number;
}

/** Sessions of an app, each of a user of its own. */
export const SESSIONS = 32;

/** Starts a contestant's app and signs its users in. @throws if an answer is wrong */
export async function startApp(bench: Bench, id: ContestantId, place: AppPlace): Promise<RunningApp> {
  const { node, redisUrl, payloadBytes, sessions = SESSIONS } = place;
  const worker = startAppProcess(bench, node);
  const packageEntry = packageOf(bench, id);
  const { port } = await worker.ask("start", {
    contestant: id,
    redisUrl: databaseOf(redisUrl, id),
    packageEntry,
    payloadBytes,
    maxSessionsPerUser: 1,
  });
  const origin = `http://127.0.0.1:${port}`;
  const cookies = await signInAll(origin, sessions);
  const app = { id, worker, redisPid: bench.server.pid, origin, cookies };
  await prove(app);
  return app;
}

/** Starts a process for apps, on the given Node. */
export function startAppProcess({ built, nodes }: Bench, node: NodeVersion): Worker<AppCalls> {
  return new Worker<AppCalls>(built.script("app"), nodeOf(nodes, node).path);
}

function packageOf({ options, built }: Bench, id: ContestantId): string {
  return id === "otherBuild" && options.against !== null ? entryOf(options.against) : built.packageEntry;
}

/** Returns the URL of a contestant's own database. */
function databaseOf(redisUrl: string, id: ContestantId): string {
  const url = new URL(redisUrl);
  url.pathname = `/${CONTESTANTS.indexOf(id)}`;
  return url.href;
}

const userOf = (number: number): string => `user-${number}`;

async function signInAll(origin: string, sessions: number): Promise<string[]> {
  const cookies: string[] = [];
  for (let user = 0; user < sessions; user += 1) {
    const response = await fetch(`${origin}/sign-in/${userOf(user)}`, { method: "POST" });
    if (!response.ok) throw new Error(`Signing in: ${response.status} ${await response.text()}`);
    const pairs = response.headers.getSetCookie().map((line) => line.split(";", 1)[0] ?? "");
    // An app without sessions receives a cookie as long as the others'.
    cookies.push(pairs.length > 0 ? pairs.join("; ") : `nothing=${"x".repeat(100)}`);
    await response.arrayBuffer();
  }
  return cookies;
}

/** Checks that each user gets the data of that user's session, and that a guard answers 401 without a cookie. */
async function prove({ id, origin, cookies }: RunningApp): Promise<void> {
  for (const [user, cookie] of cookies.entries()) {
    const response = await fetch(`${origin}/read`, { headers: { cookie } });
    const { displayName } = (await response.json()) as { displayName?: string };
    const expected = cookies[0]?.startsWith("nothing=") === true ? displayName : userOf(user);
    if (!response.ok || displayName !== expected)
      throw new Error(`${id} answered ${userOf(user)} with ${response.status} and ${String(displayName)}.`);
  }
  if (!GUARDED.includes(id)) return;
  const { status } = await fetch(`${origin}/read`);
  if (status !== 401) throw new Error(`${id}: expected 401 without a cookie, got ${status}.`);
}

/** Traces the round trips of each contestant, one request at a time, on the judged Node. */
export async function traceAll(bench: Bench): Promise<Map<ContestantId, RoundTrips>> {
  const traces = new Map<ContestantId, RoundTrips>();
  const groups = planGroups(bench.options).filter(({ node }) => node === JUDGED_NODE);
  const measured = new Set(groups.flatMap(contestantsOf));
  for (const id of bench.options.contestants.filter((one) => measured.has(one))) {
    await bench.redis.flushall();
    const proxy = await startRecordingProxy(databaseOf(bench.server.url, id));
    const place = {
      node: JUDGED_NODE,
      redisUrl: proxy.url,
      payloadBytes: SMALL_PAYLOAD_BYTES,
      sessions: 1,
    };
    const app = await startApp(bench, id, place);
    traces.set(id, await traceRoundTrips(proxy, `${app.origin}/traced`, app.cookies[0] ?? ""));
    await app.worker.stop();
    proxy.close();
  }
  return traces;
}
