/** Runs the contestants of one scenario, alternating in rounds. */
import { Redis } from "ioredis";
import type { RedisServer } from "../test/support/redis-server.js";
import { entryOf, type Built } from "./build.js";
import { sampleOf, takeTurn, type RunningApp, type Sample, type Turn } from "./measure.js";
import type { BenchOptions } from "./options.js";
import {
  CONTESTANTS,
  type AppCalls,
  type ContestantId,
  type FarAwayCalls,
  type LoadCalls,
} from "./processes/messages.js";
import { startRecordingProxy, traceRoundTrips, type RoundTrips } from "./round-trips.js";
import { Worker } from "./worker.js";

/** The circumstances under which contestants are compared. */
export interface Scenario {
  readonly connections: number;
  readonly latencyMs: number;
  readonly payloadBytes: number;
}

/** What was seen in one scenario: for each contestant one sample a round. */
export interface ScenarioResult {
  readonly scenario: Scenario;
  /** What a round trip to Redis really took when nothing else ran, in milliseconds. */
  readonly roundTripMs: number;
  readonly samples: ReadonlyMap<ContestantId, readonly Sample[]>;
}

/** What the whole benchmark needs. */
export interface Bench {
  readonly options: BenchOptions;
  readonly built: Built;
  readonly server: RedisServer;
  /** On the server itself, however far away the apps see it. */
  readonly redis: Redis;
  readonly load: Worker<LoadCalls>;
  readonly say: (line: string) => void;
}

/** With Redis away, Express alone has nothing to tell. */
const WITHOUT_SESSIONS: readonly ContestantId[] = ["express", "oneGet"];
const PINGS = 200;
const TURN_SECONDS = 0.5;

function contestantsOf({ contestants }: BenchOptions, latencyMs: number): ContestantId[] {
  return contestants.filter((id) => latencyMs === 0 || !WITHOUT_SESSIONS.includes(id));
}

/** Every scenario with this distance and this payload. */
export async function runContest(
  bench: Bench,
  latencyMs: number,
  payloadBytes: number,
): Promise<ScenarioResult[]> {
  const { options, built, server, redis, load, say } = bench;
  const stops: (() => Promise<void>)[] = [];
  try {
    await redis.flushall();
    let redisUrl = server.url;
    if (latencyMs > 0) {
      const proxy = new Worker<FarAwayCalls>(built.script("far-away"));
      stops.push(() => proxy.stop());
      const { port } = await proxy.ask("start", { redisPort: server.port, latencyMs });
      redisUrl = `redis://127.0.0.1:${port}`;
    }
    const roundTripMs = await medianRoundTrip(redisUrl);
    const apps: RunningApp[] = [];
    for (const id of contestantsOf(options, latencyMs)) {
      const app = await startApp(bench, id, redisUrl, payloadBytes, `${latencyMs}ms-${payloadBytes}B`);
      stops.push(() => app.worker.stop());
      apps.push(app);
    }
    const results: ScenarioResult[] = [];
    for (const connections of options.connections) {
      const scenario = { connections, latencyMs, payloadBytes };
      say(`\n${describe(scenario)} (a round trip to Redis takes ${roundTripMs.toFixed(2)} ms)`);
      for (const app of apps)
        await takeTurn(app, load, redis, { connections, seconds: options.warmUpSeconds });
      results.push({ scenario, roundTripMs, samples: await runRounds(bench, apps, connections) });
    }
    return results;
  } finally {
    for (const stop of stops) await stop();
  }
}

/** One scenario in words. */
export function describe({ connections, latencyMs, payloadBytes }: Scenario): string {
  const distance = latencyMs === 0 ? "Redis on this machine" : `Redis ${latencyMs} ms away`;
  return `${connections} connections, ${distance}, ${payloadBytes} bytes of session data`;
}

async function runRounds(
  bench: Bench,
  apps: readonly RunningApp[],
  connections: number,
): Promise<Map<ContestantId, Sample[]>> {
  const { options, say } = bench;
  const samples = new Map<ContestantId, Sample[]>(apps.map(({ id }) => [id, []]));
  for (let round = 0; round < options.rounds; round += 1) {
    const turns = await runRound(bench, apps, connections);
    const shown = apps.map(({ id }) => {
      const sample = sampleOf(turns.get(id) ?? []);
      samples.get(id)?.push(sample);
      return `${id} ${sample.requestsPerSecond.toFixed(0)}/s`;
    });
    say(`  round ${round + 1} of ${options.rounds}: ${shown.join(", ")}`);
  }
  return samples;
}

/**
 * Contestants take short turns, every second time in the opposite order, so that a machine that slows down or speeds
 * up for some seconds favours nobody.
 */
async function runRound(
  { options, redis, load }: Bench,
  apps: readonly RunningApp[],
  connections: number,
): Promise<Map<ContestantId, Turn[]>> {
  const turns = new Map<ContestantId, Turn[]>(apps.map(({ id }) => [id, []]));
  const count = Math.max(1, Math.round(options.seconds / TURN_SECONDS));
  for (let turn = 0; turn < count; turn += 1)
    for (const app of turn % 2 === 0 ? apps : apps.toReversed()) {
      const spec = { connections, seconds: options.seconds / count };
      turns.get(app.id)?.push(await takeTurn(app, load, redis, spec));
    }
  return turns;
}

/** The round trips of each contestant that has sessions, seen one request at a time. */
export async function traceAll(bench: Bench): Promise<Map<ContestantId, RoundTrips>> {
  const traces = new Map<ContestantId, RoundTrips>();
  const payloadBytes = bench.options.payloadBytes[0] ?? 0;
  for (const id of contestantsOf(bench.options, 0)) {
    await bench.redis.flushall();
    const proxy = await startRecordingProxy(databaseOf(bench.server.url, id));
    const app = await startApp(bench, id, proxy.url, payloadBytes, null, 1);
    traces.set(id, await traceRoundTrips(proxy, `${app.origin}/traced`, app.cookies[0] ?? ""));
    await app.worker.stop();
    proxy.close();
  }
  return traces;
}

/** Each contestant has a database of its own. */
function databaseOf(redisUrl: string, id: ContestantId): string {
  const url = new URL(redisUrl);
  url.pathname = `/${CONTESTANTS.indexOf(id)}`;
  return url.href;
}

async function startApp(
  { options, built }: Bench,
  id: ContestantId,
  redisUrl: string,
  payloadBytes: number,
  profileName: string | null,
  sessions = options.sessions,
): Promise<RunningApp> {
  const profile =
    options.profile === null || profileName === null
      ? []
      : [
          "--cpu-prof",
          `--cpu-prof-dir=${options.profile}`,
          `--cpu-prof-name=${id}-${profileName}.cpuprofile`,
        ];
  const worker = new Worker<AppCalls>(built.script("app"), profile);
  const packageEntry =
    id === "otherBuild" && options.against !== null ? entryOf(options.against) : built.packageEntry;
  const spec = { contestant: id, redisUrl: databaseOf(redisUrl, id), packageEntry, payloadBytes };
  const { port } = await worker.ask("start", spec);
  const origin = `http://127.0.0.1:${port}`;
  return { id, worker, origin, cookies: await signInAll(origin, sessions) };
}

async function signInAll(origin: string, sessions: number): Promise<string[]> {
  const cookies: string[] = [];
  for (let user = 0; user < sessions; user += 1) {
    const response = await fetch(`${origin}/sign-in/user-${user}`, { method: "POST" });
    if (!response.ok) throw new Error(`Signing in: ${response.status} ${await response.text()}`);
    const pairs = response.headers.getSetCookie().map((line) => line.split(";", 1)[0] ?? "");
    // Even an app without sessions is sent a cookie as long as the others'.
    cookies.push(pairs.length > 0 ? pairs.join("; ") : `nothing=${"x".repeat(100)}`);
    await response.arrayBuffer();
  }
  return cookies;
}

async function medianRoundTrip(redisUrl: string): Promise<number> {
  const client = new Redis(redisUrl);
  const timesMs: number[] = [];
  for (let ping = 0; ping < PINGS; ping += 1) {
    const startedAt = performance.now();
    await client.ping();
    timesMs.push(performance.now() - startedAt);
  }
  client.disconnect();
  return timesMs.sort((a, b) => a - b)[PINGS / 2] ?? Number.NaN;
}
