/** What is promised of express-curfew's speed, and whether it was kept. */
import type { ScenarioResult } from "./contest.js";
import type { Figure } from "./measure.js";
import { missOf, missOfRoundTrips, type Miss } from "./misses.js";
import {
  describeLoad,
  isSame,
  JUDGED_DISTANCES_MS,
  OFFERED_CONNECTIONS,
  SMALL_PAYLOAD_BYTES,
  type Scenario,
} from "./plan.js";
import type { ContestantId } from "./processes/messages.js";
import type { RoundTrips } from "./round-trips.js";
import type { Spread } from "./statistics.js";
import { CONTESTANT_NAMES, ratioOf } from "./summary.js";

/** A target, and whether it was met. */
export interface Target {
  /** Under which circumstances, and against whom: what is judged in one place shares a row. `null` for round trips. */
  readonly place: string | null;
  /** What is judged there. */
  readonly figure: string;
  /** What it takes. */
  readonly asked: string;
  readonly measured: string;
  /** Why it was missed; `null` if it was met. */
  readonly miss: Miss | null;
}

/** A ratio that is promised in one scenario. */
export interface Promised {
  readonly scenario: Scenario;
  readonly figure: Figure;
  readonly to: ContestantId;
  readonly is: "at least" | "at most";
  readonly limit: number;
}

const BUSY: Scenario = {
  load: "busy",
  connections: 32,
  latencyMs: 0,
  payloadBytes: SMALL_PAYLOAD_BYTES,
};

/** Far from Redis judged under full load as near it, and where distance decides: one request at a time, and half of full load. */
const PROMISED: readonly Promised[] = [
  { scenario: BUSY, figure: "requestsPerSecond", to: "bare", is: "at least", limit: 1.1 },
  { scenario: BUSY, figure: "cpuMicros", to: "bare", is: "at most", limit: 0.95 },
  { scenario: BUSY, figure: "requestsPerSecond", to: "betterAuth", is: "at least", limit: 1.8 },
  ...JUDGED_DISTANCES_MS.flatMap(promisedFarAway),
];

function promisedFarAway(latencyMs: number): Promised[] {
  const far = { ...BUSY, latencyMs };
  const alone = { ...far, connections: 1 };
  const offered: Scenario = { ...far, load: "offered", connections: OFFERED_CONNECTIONS };
  const median = { figure: "p50Ms", to: "bare", is: "at most", limit: 0.55 } as const;
  const throughput = { figure: "requestsPerSecond", to: "bare", is: "at least", limit: 1.7 } as const;
  const tail = { figure: "p99Ms", to: "bare", is: "at most", limit: 1 } as const;
  return [
    ...[far, alone].flatMap((scenario) =>
      [median, throughput, tail].map((figure) => ({ scenario, ...figure })),
    ),
    // How many requests there are is the load's choice.
    ...[median, tail].map((figure) => ({ scenario: offered, ...figure })),
  ];
}

const FIGURES: Readonly<Record<Figure, string>> = {
  requestsPerSecond: "requests a second",
  p50Ms: "median latency",
  p99Ms: "99th percentile of latency",
  cpuMicros: "processor time a request",
  redisCommands: "Redis commands a request",
  redisCpuMicros: "Redis's processor time a request",
  failures: "failed requests",
};

/** Judges what this run has measured; what it has not is not told of. */
export function judgeTargets(
  results: readonly ScenarioResult[],
  traces: ReadonlyMap<ContestantId, RoundTrips>,
): Target[] {
  const ratios = PROMISED.flatMap((promised) => {
    const result = results.find(({ scenario }) => isSame(scenario, promised.scenario));
    const ratio = result && ratioOf(result, "curfew", promised.to, promised.figure);
    return result && ratio ? [judge(promised, result, ratio)] : [];
  });
  const trace = traces.get("curfew");
  return trace ? [judgeRoundTrips(trace), ...ratios] : ratios;
}

function judgeRoundTrips({ beforeHandler, afterHandler, commands }: RoundTrips): Target {
  const isMet = beforeHandler === 1 && afterHandler === 0;
  return {
    place: null,
    figure: "round trips that a reading request waits for, before its handler and after it",
    asked: "1 and 0",
    measured: `${beforeHandler} and ${afterHandler}`,
    miss: isMet ? null : missOfRoundTrips(commands),
  };
}

function judge(promised: Promised, result: ScenarioResult, ratio: Spread): Target {
  const { scenario, figure, to, is, limit } = promised;
  const isMet = is === "at least" ? ratio.median >= limit : ratio.median <= limit;
  const [from, until] = ratio.interval;
  return {
    place: `${describeLoad(scenario)}, against ${CONTESTANT_NAMES[to]}`,
    figure: FIGURES[figure],
    asked: `${is === "at least" ? "≥" : "≤"} ${limit.toFixed(2)}`,
    measured: `${ratio.median.toFixed(2)} (${from.toFixed(2)}–${until.toFixed(2)})`,
    miss: isMet ? null : missOf(promised, result, ratio),
  };
}
