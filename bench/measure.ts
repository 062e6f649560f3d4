import type { Bench, Measured } from "./apps.js";
import { turnsOf } from "./plan.js";
import { processorMicrosOf } from "./processor-time.js";
import type { LoadCalls, LoadSpec } from "./processes/messages.js";
import type { Worker } from "./worker.js";

/** The sums of one contestant's turn. */
export interface Turn {
  readonly requests: number;
  readonly failures: number;
  readonly seconds: number;
  readonly latenciesMs: readonly number[];
  readonly cpuMicros: number;
  readonly redisCpuMicros: number;
}

/** The figures of one contestant's turns in one round. */
export interface Sample {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the app's process, a request. */
  readonly cpuMicros: number;
  /** Processor time of the Redis process, a request. */
  readonly redisCpuMicros: number;
  /** Sum of both processor times. */
  readonly allCpuMicros: number;
  /** Requests that were not answered with 200. */
  readonly failures: number;
}

/** The names of a sample's figures. */
export type Figure = keyof Sample;

/** Time for commands to arrive that the contestant before has sent without waiting. */
const SETTLING_MS = 50;

/** Puts load on an app for a while. */
export async function takeTurn(
  { origin, worker, redisPid, cookies }: Measured,
  load: Worker<LoadCalls>,
  spec: Omit<LoadSpec, "url" | "cookies">,
): Promise<Turn> {
  await new Promise((resolve) => setTimeout(resolve, SETTLING_MS));
  const appBefore = await worker.ask("usage");
  const redisBefore = processorMicrosOf(redisPid);
  const result = await load.ask("run", { ...spec, url: `${origin}/read`, cookies });
  const redisAfter = processorMicrosOf(redisPid);
  const appAfter = await worker.ask("usage");
  return {
    ...result,
    cpuMicros: appAfter.cpuMicros - appBefore.cpuMicros,
    redisCpuMicros: redisAfter - redisBefore,
  };
}

/** Joins several turns into one sample. */
export function sampleOf(turns: readonly Turn[]): Sample {
  const sum = (of: (turn: Turn) => number): number => turns.reduce((total, turn) => total + of(turn), 0);
  const requests = sum((turn) => turn.requests);
  const sorted = Float64Array.from(turns.flatMap(({ latenciesMs }) => latenciesMs)).sort();
  const percentile = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  const cpuMicros = sum((turn) => turn.cpuMicros) / requests;
  const redisCpuMicros = sum((turn) => turn.redisCpuMicros) / requests;
  return {
    requestsPerSecond: requests / sum((turn) => turn.seconds),
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
    cpuMicros,
    redisCpuMicros,
    allCpuMicros: cpuMicros + redisCpuMicros,
    failures: sum((turn) => turn.failures),
  };
}

/**
 * Runs one round. Apps take short turns, every second time in the opposite order, so a machine that slows down for some
 * seconds slows all apps down.
 */
export async function runRound<Id extends string>(
  { options, load }: Pick<Bench, "options" | "load">,
  apps: readonly Measured<Id>[],
  round: number,
  spec: Pick<LoadSpec, "connections" | "offeredPerSecond">,
): Promise<Map<Id, Sample>> {
  const turns = new Map<Id, Turn[]>(apps.map(({ id }) => [id, []]));
  const count = turnsOf(options);
  const seconds = options.seconds / count;
  for (let turn = 0; turn < count; turn += 1) {
    const number = round * count + turn;
    for (const app of number % 2 === 0 ? apps : apps.toReversed())
      turns.get(app.id)?.push(await takeTurn(app, load, { ...spec, seconds, seed: number + 1 }));
  }
  return new Map([...turns].map(([id, own]) => [id, sampleOf(own)]));
}
