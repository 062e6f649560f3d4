import type { Redis } from "ioredis";
import type { RunningApp } from "./apps.js";
import { resetUsage, usageSince } from "./redis-usage.js";
import type { ContestantId, LoadCalls, LoadSpec } from "./processes/messages.js";
import type { Worker } from "./worker.js";

/** One contestant's turn: what was used in all. */
export interface Turn {
  readonly requests: number;
  readonly failures: number;
  readonly seconds: number;
  readonly latenciesMs: readonly number[];
  readonly cpuMicros: number;
  readonly redisCommands: number;
  readonly redisCpuMicros: number;
}

/** All of one contestant's turns in one round. */
export interface Sample {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the app's process, a request. */
  readonly cpuMicros: number;
  /** Sent by the app, a request. */
  readonly redisCommands: number;
  /** Of the Redis process, a request. */
  readonly redisCpuMicros: number;
  /** Requests that were not answered, or not with 200. */
  readonly failures: number;
}

/** The names of a sample's figures. */
export type Figure = keyof Sample;

/** For commands to arrive that the contestant before has sent and not waited for. */
const SETTLING_MS = 50;
const RUNS_SCRIPTS: readonly ContestantId[] = ["curfew", "otherBuild"];

/** Puts load on an app for a while. */
export async function takeTurn(
  app: RunningApp,
  load: Worker<LoadCalls>,
  redis: Redis,
  spec: Omit<LoadSpec, "url" | "cookies">,
): Promise<Turn> {
  await new Promise((resolve) => setTimeout(resolve, SETTLING_MS));
  const redisBefore = await resetUsage(redis);
  const appBefore = await app.worker.ask("usage");
  const result = await load.ask("run", { ...spec, url: `${app.origin}/read`, cookies: app.cookies });
  const appAfter = await app.worker.ask("usage");
  const used = await usageSince(redis, redisBefore, RUNS_SCRIPTS.includes(app.id));
  return {
    ...result,
    cpuMicros: appAfter.cpuMicros - appBefore.cpuMicros,
    redisCommands: used.commands,
    redisCpuMicros: used.cpuMicros,
  };
}

/** Several turns as one. */
export function sampleOf(turns: readonly Turn[]): Sample {
  const sum = (of: (turn: Turn) => number): number => turns.reduce((total, turn) => total + of(turn), 0);
  const requests = sum((turn) => turn.requests);
  const sorted = Float64Array.from(turns.flatMap(({ latenciesMs }) => latenciesMs)).sort();
  const percentile = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  return {
    requestsPerSecond: requests / sum((turn) => turn.seconds),
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
    cpuMicros: sum((turn) => turn.cpuMicros) / requests,
    redisCommands: sum((turn) => turn.redisCommands) / requests,
    redisCpuMicros: sum((turn) => turn.redisCpuMicros) / requests,
    failures: sum((turn) => turn.failures),
  };
}
