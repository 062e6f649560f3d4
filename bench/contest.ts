/** Runs the contestants of a group of scenarios, alternating in rounds. */
import { startApp, type Bench, type RunningApp } from "./apps.js";
import { routeTo } from "./far-away.js";
import { runRound, sampleOf, takeTurn, type Sample } from "./measure.js";
import {
  contestantsOf,
  contestantsOfRound,
  describe,
  leavesProcessorsIdle,
  roundsOf,
  SATURATING_CONNECTIONS,
  secondsOfRound,
  secondsOfWarmUp,
  secondsToStart,
  type Cell,
  type Group,
  type Scenario,
} from "./plan.js";
import type { ContestantId } from "./processes/messages.js";
import { profileAll, type Profiles } from "./profiles.js";

/** The figures of one scenario: for each contestant one sample a round. */
export interface ScenarioResult {
  readonly scenario: Scenario;
  /** Measured time of a PING when nothing else ran, in milliseconds. */
  readonly roundTripMs: number;
  /** Requests a second that the load offers; `null` for busy connections. */
  readonly offeredPerSecond: number | null;
  readonly samples: ReadonlyMap<ContestantId, readonly Sample[]>;
}

/** The figures of a group. */
export interface GroupResult {
  readonly results: readonly ScenarioResult[];
  readonly profiles: Profiles;
}

/** Offered load is half of the requests that bare express-session can answer, and not too many for the slowest app. */
const SHARE_OF_BARE = 0.5;
const SHARE_OF_SLOWEST = 0.7;
const ROUNDED_TO = 10;

/** Measures the scenarios of a group, and takes processor profiles if `isProfiled`. */
export async function runGroup(bench: Bench, group: Group, isProfiled: boolean): Promise<GroupResult> {
  const { built, server, redis, awake, progress, say } = bench;
  const { node, latencyMs, payloadBytes } = group;
  const stops: (() => Promise<void>)[] = [];
  try {
    await redis.flushall();
    await awake.ask("keepAwake");
    const route = await routeTo(server, latencyMs, built.script("far-away"));
    await awake.ask("letSleep");
    stops.push(() => route.stop());
    const apps = new Map<ContestantId, RunningApp>();
    for (const id of contestantsOf(group)) {
      const app = await startApp(bench, id, { node, redisUrl: route.redisUrl, payloadBytes });
      stops.push(() => app.worker.stop());
      apps.set(id, app);
    }
    progress.done(secondsToStart(group));
    const results: ScenarioResult[] = [];
    for (const cell of group.cells) {
      const trip = route.roundTripMs.toFixed(2);
      say(`\nNode ${node}. ${describe(cell.scenario)} (a round trip to Redis takes ${trip} ms)`);
      results.push({ ...(await runCell(bench, cell, apps)), roundTripMs: route.roundTripMs });
    }
    return { results, profiles: isProfiled ? await profileAll(bench, [...apps.values()]) : new Map() };
  } finally {
    // An app uses the route, so it stops first.
    for (const stop of stops.toReversed()) await stop();
  }
}

async function runCell(
  bench: Bench,
  cell: Cell,
  apps: ReadonlyMap<ContestantId, RunningApp>,
): Promise<Omit<ScenarioResult, "roundTripMs">> {
  const { options, awake, progress, say } = bench;
  const { scenario } = cell;
  const runners = (ids: readonly ContestantId[]): RunningApp[] => ids.flatMap((id) => apps.get(id) ?? []);
  const offeredPerSecond = await warmUp(bench, scenario, runners(cell.contestants));
  progress.done(secondsOfWarmUp(cell, options));
  if (leavesProcessorsIdle(scenario)) await awake.ask("keepAwake");
  if (offeredPerSecond !== null) say(`  ${offeredPerSecond} requests/s are offered to each app`);
  const samples = new Map<ContestantId, Sample[]>(cell.contestants.map((id) => [id, []]));
  const rounds = roundsOf(cell, options);
  for (let round = 0; round < rounds; round += 1) {
    const running = runners(contestantsOfRound(cell, round, options));
    const spec = { connections: scenario.connections, offeredPerSecond };
    const found = await runRound(bench, running, round, spec);
    const shown = [...found].map(([id, sample]) => {
      samples.get(id)?.push(sample);
      const { p50Ms, requestsPerSecond } = sample;
      return `${id} ${offeredPerSecond === null ? `${requestsPerSecond.toFixed(0)}/s` : `${p50Ms.toFixed(2)} ms`}`;
    });
    progress.done(secondsOfRound(running.length, options));
    say(`${progress.toString()} round ${round + 1} of ${rounds}: ${shown.join(", ")}`);
  }
  if (leavesProcessorsIdle(scenario)) await awake.ask("letSleep");
  return { scenario, offeredPerSecond, samples };
}

/** Lets V8 compile the measured code. Returns the load to offer, `null` for busy connections. */
async function warmUp(
  { options, load }: Bench,
  { load: kind, connections }: Scenario,
  apps: readonly RunningApp[],
): Promise<number | null> {
  const isOffered = kind === "offered";
  const spec = {
    // One busy connection sends too few requests in this time for V8 to compile the hot code.
    connections: Math.max(connections, SATURATING_CONNECTIONS),
    seconds: options.warmUpSeconds,
    offeredPerSecond: null,
    seed: 0,
  };
  for (const app of apps) await takeTurn(app, load, spec);
  if (!isOffered) return null;
  let slowest = Number.POSITIVE_INFINITY;
  let bare = Number.POSITIVE_INFINITY;
  for (const app of apps) {
    const { requestsPerSecond } = sampleOf([await takeTurn(app, load, spec)]);
    slowest = Math.min(slowest, requestsPerSecond);
    if (app.id === "bare") bare = requestsPerSecond;
  }
  const carried = Math.min(bare * SHARE_OF_BARE, slowest * SHARE_OF_SLOWEST);
  return Math.max(ROUNDED_TO, Math.floor(carried / ROUNDED_TO) * ROUNDED_TO);
}
