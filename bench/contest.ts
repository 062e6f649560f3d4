/** Runs the contestants of a group of scenarios, alternating in rounds. */
import { startApp, type Bench, type RunningApp } from "./apps.js";
import { routeTo } from "./far-away.js";
import { sampleOf, takeTurn, type Sample, type Turn } from "./measure.js";
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
  turnsOf,
  type Cell,
  type Group,
  type Scenario,
} from "./plan.js";
import type { ContestantId, LoadSpec } from "./processes/messages.js";
import { profileAll, type Profiles } from "./profiles.js";

/** What was seen in one scenario: for each contestant one sample a round. */
export interface ScenarioResult {
  readonly scenario: Scenario;
  /** What a round trip to Redis really took when nothing else ran, in milliseconds. */
  readonly roundTripMs: number;
  /** Where load is offered, how much. */
  readonly offeredPerSecond: number | null;
  readonly samples: ReadonlyMap<ContestantId, readonly Sample[]>;
}

/** What was seen of a group. */
export interface GroupResult {
  readonly results: readonly ScenarioResult[];
  readonly profiles: Profiles;
}

/** Load that is offered: half of what bare express-session can do, and not too much for anybody. */
const SHARE_OF_BARE = 0.5;
const SHARE_OF_SLOWEST = 0.7;
const ROUNDED_TO = 10;

/** Every scenario with this distance and this payload, and processor profiles if `isProfiled`. */
export async function runGroup(bench: Bench, group: Group, isProfiled: boolean): Promise<GroupResult> {
  const { built, server, redis, awake, progress, say } = bench;
  const { latencyMs, payloadBytes } = group;
  const stops: (() => Promise<void>)[] = [];
  try {
    await redis.flushall();
    await awake.ask("keepAwake");
    const route = await routeTo(server, latencyMs, built.script("far-away"));
    await awake.ask("letSleep");
    stops.push(() => route.stop());
    const apps = new Map<ContestantId, RunningApp>();
    for (const id of contestantsOf(group)) {
      const app = await startApp(bench, id, route.redisUrl, payloadBytes);
      stops.push(() => app.worker.stop());
      apps.set(id, app);
    }
    progress.done(secondsToStart(group));
    const results: ScenarioResult[] = [];
    for (const cell of group.cells) {
      say(`\n${describe(cell.scenario)} (a round trip to Redis takes ${route.roundTripMs.toFixed(2)} ms)`);
      results.push({ ...(await runCell(bench, cell, apps)), roundTripMs: route.roundTripMs });
    }
    return { results, profiles: isProfiled ? await profileAll(bench, [...apps.values()]) : new Map() };
  } finally {
    // What was started last uses what was started first.
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
  if (offeredPerSecond !== null) say(`  ${offeredPerSecond} requests/s are offered to everybody`);
  const samples = new Map<ContestantId, Sample[]>(cell.contestants.map((id) => [id, []]));
  const rounds = roundsOf(cell, options);
  for (let round = 0; round < rounds; round += 1) {
    const running = runners(contestantsOfRound(cell, round, options));
    const turns = await runRound(bench, running, round, {
      connections: scenario.connections,
      offeredPerSecond,
    });
    const shown = running.map(({ id }) => {
      const sample = sampleOf(turns.get(id) ?? []);
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

/** Lets V8 compile what is measured. @returns for offered load, how much of it everybody can carry */
async function warmUp(
  { options, load, redis }: Bench,
  { load: kind, connections }: Scenario,
  apps: readonly RunningApp[],
): Promise<number | null> {
  const isOffered = kind === "offered";
  const spec = {
    // One busy connection sends too little in that time for V8 to compile what a server that runs for hours has compiled.
    connections: Math.max(connections, SATURATING_CONNECTIONS),
    seconds: options.warmUpSeconds,
    offeredPerSecond: null,
    seed: 0,
  };
  for (const app of apps) await takeTurn(app, load, redis, spec);
  if (!isOffered) return null;
  let slowest = Number.POSITIVE_INFINITY;
  let bare = Number.POSITIVE_INFINITY;
  for (const app of apps) {
    const { requestsPerSecond } = sampleOf([await takeTurn(app, load, redis, spec)]);
    slowest = Math.min(slowest, requestsPerSecond);
    if (app.id === "bare") bare = requestsPerSecond;
  }
  const carried = Math.min(bare * SHARE_OF_BARE, slowest * SHARE_OF_SLOWEST);
  return Math.max(ROUNDED_TO, Math.floor(carried / ROUNDED_TO) * ROUNDED_TO);
}

/**
 * Contestants take short turns, every second time in the opposite order, so that a machine that slows down or speeds
 * up for some seconds favours nobody.
 */
async function runRound(
  { options, redis, load }: Bench,
  apps: readonly RunningApp[],
  round: number,
  spec: Pick<LoadSpec, "connections" | "offeredPerSecond">,
): Promise<Map<ContestantId, Turn[]>> {
  const turns = new Map<ContestantId, Turn[]>(apps.map(({ id }) => [id, []]));
  const count = turnsOf(options);
  const seconds = options.seconds / count;
  for (let turn = 0; turn < count; turn += 1) {
    const number = round * count + turn;
    for (const app of number % 2 === 0 ? apps : apps.toReversed())
      turns.get(app.id)?.push(await takeTurn(app, load, redis, { ...spec, seconds, seed: number + 1 }));
  }
  return turns;
}
