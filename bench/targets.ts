/** What is promised of express-curfew's speed, and whether it was kept. */
import type { ScenarioResult } from "./contest.js";
import type { Figure } from "./measure.js";
import {
  describe,
  isSame,
  JUDGED_DISTANCES_MS,
  OFFERED_CONNECTIONS,
  SMALL_PAYLOAD_BYTES,
  type Scenario,
} from "./plan.js";
import type { ContestantId } from "./processes/messages.js";
import type { RoundTrips } from "./round-trips.js";
import type { Spread } from "./statistics.js";
import { CONTESTANT_NAMES, medianOf, ratioOf } from "./summary.js";

/** A target, and whether it was met. */
export interface Target {
  readonly text: string;
  /** What it takes. */
  readonly asked: string;
  readonly measured: string;
  readonly verdict: "met" | "met, first in field" | "missed";
  /** Why it was missed, as far as the figures tell. */
  readonly reason: string | null;
}

/** A ratio that is promised in one scenario. */
interface Promised {
  readonly scenario: Scenario;
  readonly figure: Figure;
  readonly to: ContestantId;
  readonly is: "at least" | "at most";
  readonly limit: number;
  /** What would lead the field. */
  readonly first?: number;
}

const BUSY: Scenario = {
  load: "busy",
  connections: 32,
  latencyMs: 0,
  payloadBytes: SMALL_PAYLOAD_BYTES,
};

/** Far from Redis judged under full load as near it, and where distance decides: one request at a time, and half of full load. */
const PROMISED: readonly Promised[] = [
  {
    scenario: BUSY,
    figure: "requestsPerSecond",
    to: "bare",
    is: "at least",
    limit: 1.1,
    first: 1.15,
  },
  { scenario: BUSY, figure: "cpuMicros", to: "bare", is: "at most", limit: 0.95, first: 0.9 },
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
    text: "round trips that a reading request waits for, before its handler and after it",
    asked: "1 and 0",
    measured: `${beforeHandler} and ${afterHandler}`,
    verdict: isMet ? "met" : "missed",
    reason: isMet ? null : `A request soon after another sent ${commands.join(", ")}.`,
  };
}

function judge(promised: Promised, result: ScenarioResult, ratio: Spread): Target {
  const { scenario, figure, to, is, limit, first } = promised;
  const keeps = (bound: number): boolean =>
    is === "at least" ? ratio.median >= bound : ratio.median <= bound;
  const leads = first !== undefined && keeps(first);
  const [from, until] = ratio.interval;
  return {
    text: `${describe(scenario)}: ${FIGURES[figure]} against ${CONTESTANT_NAMES[to]}`,
    asked: `${is} ${limit.toFixed(2)}${first === undefined ? "" : ` (first in field: ${first.toFixed(2)})`}`,
    measured: `${ratio.median.toFixed(2)} (${from.toFixed(2)}–${until.toFixed(2)})`,
    verdict: keeps(limit) ? (leads ? "met, first in field" : "met") : "missed",
    reason: keeps(limit) ? null : reasonOf(promised, result, ratio),
  };
}

function reasonOf(promised: Promised, result: ScenarioResult, { interval }: Spread): string {
  const { figure, limit } = promised;
  const [from, until] = interval;
  const noise =
    from <= limit && limit <= until
      ? "The limit lies within what the rounds can tell apart, so another run may say otherwise."
      : "The rounds agree that it was missed.";
  const why = figure === "p99Ms" ? whyOfTail(promised, result) : whyOf(promised, result);
  return `${why} ${noise}`;
}

/** Where the time is: in round trips, or in work that no round trip saved makes smaller. */
function whyOf({ scenario, to }: Promised, result: ScenarioResult): string {
  const median = (id: ContestantId, figure: Figure): number => medianOf(result.samples.get(id) ?? [], figure);
  const [name, other] = [CONTESTANT_NAMES.curfew, CONTESTANT_NAMES[to]];
  if (scenario.latencyMs > 0) {
    const away = result.roundTripMs;
    const [own, bare] = [median("curfew", "p50Ms"), median(to, "p50Ms")];
    return `Half of all requests took ${name} less than ${own.toFixed(2)} ms and ${other} less than ${bare.toFixed(2)} ms. One and two round trips of ${away.toFixed(2)} ms are ${away.toFixed(2)} and ${(2 * away).toFixed(2)} ms of that; the other ${(own - away).toFixed(2)} and ${(bare - 2 * away).toFixed(2)} ms are work on the same two ends, which brings the ratio up from a half.`;
  }
  const cpu = (id: ContestantId): string => median(id, "cpuMicros").toFixed(0);
  const floor = result.samples.has("oneGet")
    ? ` Express with a single GET and no session takes ${cpu("oneGet")} µs, so what lies above that is all that could be saved.`
    : "";
  return `A request takes ${cpu("curfew")} µs of the processor with ${name} and ${cpu(to)} µs with ${other}.${floor}`;
}

function whyOfTail({ to }: Promised, { samples }: ScenarioResult): string {
  const tail = (id: ContestantId): string => medianOf(samples.get(id) ?? [], "p99Ms").toFixed(2);
  return `One request in a hundred took longer than ${tail("curfew")} ms with ${CONTESTANT_NAMES.curfew} and ${tail(to)} ms with ${CONTESTANT_NAMES[to]}: garbage collection and whatever else the machine does decide that, and are not spared by a round trip less.`;
}
