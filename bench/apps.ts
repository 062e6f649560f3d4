/** Starts contestants' apps, signs their users in, and sees that they do what they are there for. */
import type { Redis } from "ioredis";
import type { RedisServer } from "../test/support/redis-server.js";
import { entryOf, type Built } from "./build.js";
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

/** What the whole benchmark needs. */
export interface Bench {
  readonly options: BenchOptions;
  readonly built: Built;
  readonly server: RedisServer;
  /** On the server itself, however far away the apps see it. */
  readonly redis: Redis;
  readonly load: Worker<LoadCalls>;
  readonly awake: Worker<AwakeCalls>;
  readonly progress: Progress;
  readonly say: (line: string) => void;
}

/** An app that runs, with its sessions. */
export interface RunningApp {
  readonly id: ContestantId;
  readonly worker: Worker<AppCalls>;
  readonly origin: string;
  readonly cookies: readonly string[];
}

/** Starts a contestant's app and signs its users in. @throws if it doesn't answer them as it should */
export async function startApp(
  { options, built }: Pick<Bench, "options" | "built">,
  id: ContestantId,
  redisUrl: string,
  payloadBytes: number,
  sessions = options.sessions,
): Promise<RunningApp> {
  const worker = new Worker<AppCalls>(built.script("app"));
  const packageEntry =
    id === "otherBuild" && options.against !== null ? entryOf(options.against) : built.packageEntry;
  const spec = { contestant: id, redisUrl: databaseOf(redisUrl, id), packageEntry, payloadBytes };
  const { port } = await worker.ask("start", spec);
  const origin = `http://127.0.0.1:${port}`;
  const app = { id, worker, origin, cookies: await signInAll(origin, sessions) };
  await prove(app);
  return app;
}

/** Each contestant has a database of its own. */
export function databaseOf(redisUrl: string, id: ContestantId): string {
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
    // Even an app without sessions is sent a cookie as long as the others'.
    cookies.push(pairs.length > 0 ? pairs.join("; ") : `nothing=${"x".repeat(100)}`);
    await response.arrayBuffer();
  }
  return cookies;
}

/** Each user gets what is in that user's session; nobody else gets anything, where somebody guards. */
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
  if (status !== 401) throw new Error(`${id} answered nobody with ${status}.`);
}

/** The round trips of each contestant, seen one request at a time. */
export async function traceAll(bench: Bench): Promise<Map<ContestantId, RoundTrips>> {
  const traces = new Map<ContestantId, RoundTrips>();
  const measured = new Set(planGroups(bench.options).flatMap(contestantsOf));
  for (const id of bench.options.contestants.filter((one) => measured.has(one))) {
    await bench.redis.flushall();
    const proxy = await startRecordingProxy(databaseOf(bench.server.url, id));
    const app = await startApp(bench, id, proxy.url, SMALL_PAYLOAD_BYTES, 1);
    traces.set(id, await traceRoundTrips(proxy, `${app.origin}/traced`, app.cookies[0] ?? ""));
    await app.worker.stop();
    proxy.close();
  }
  return traces;
}
