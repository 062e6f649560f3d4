/** Medians, ratios and targets. */
import type { Scenario, ScenarioResult } from "./contest.js";
import type { Figure, Sample } from "./measure.js";
import type { ContestantId } from "./processes/messages.js";
import type { RoundTrips } from "./round-trips.js";

/** What each contestant is, in reports. */
export const CONTESTANT_NAMES: Readonly<Record<ContestantId, string>> = {
  express: "Express alone",
  oneGet: "Express, one GET",
  bare: "express-session, bare",
  byHand: "enforced by hand",
  betterAuth: "better-auth",
  iron: "iron-session",
  curfew: "express-curfew",
  otherBuild: "express-curfew, other build",
};

/** A median, and the least and most that it was taken from. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** A target, and whether it was met. */
export interface Target {
  readonly text: string;
  readonly measured: string;
  readonly isMet: boolean;
}

const THROUGHPUT_AT_LEAST = 1.05;
const CPU_AT_MOST = 1;
const FAR_MEDIAN_LATENCY_AT_MOST = 0.6;

/** The median of the figures, with their extremes. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    least: at(0),
    most: at(sorted.length - 1),
  };
}

/** A contestant's median of one figure over all rounds. */
export function medianOf(samples: readonly Sample[], figure: Figure): number {
  return spreadOf(samples.map((sample) => sample[figure])).median;
}

/** One contestant's figure against another's, round by round: what disturbs a whole round disturbs both. */
export function ratioOf(
  { samples }: ScenarioResult,
  id: ContestantId,
  to: ContestantId,
  figure: Figure,
): Spread | null {
  const [own, other] = [samples.get(id), samples.get(to)];
  if (!own || !other) return null;
  return spreadOf(own.map((sample, round) => sample[figure] / (other[round]?.[figure] ?? Number.NaN)));
}

/** The same for each side's best round alone: what a busy machine has disturbed least. */
export function bestRatioOf(
  { samples }: ScenarioResult,
  id: ContestantId,
  to: ContestantId,
  figure: Figure,
): number {
  const best = (of: ContestantId): number => {
    const values = samples.get(of)?.map((sample) => sample[figure]) ?? [];
    return figure === "requestsPerSecond" ? Math.max(...values) : Math.min(...values);
  };
  return best(id) / best(to);
}

/** Whether express-curfew kept what is promised of it, in every scenario to which a target applies. */
export function judgeTargets(
  results: readonly ScenarioResult[],
  traces: ReadonlyMap<ContestantId, RoundTrips>,
): Target[] {
  const targets = results.flatMap((result) => scenarioTargets(result));
  const trace = traces.get("curfew");
  if (!trace) return targets;
  const measured = `${trace.beforeHandler} and ${trace.afterHandler}`;
  const text = "round trips waited for by a reading request: 1 before the handler, 0 after it";
  return [{ text, measured, isMet: trace.beforeHandler === 1 && trace.afterHandler === 0 }, ...targets];
}

function scenarioTargets(result: ScenarioResult): Target[] {
  const { scenario } = result;
  const against = (figure: Figure): number => ratioOf(result, "curfew", "bare", figure)?.median ?? Number.NaN;
  const target = (what: string, ratio: number, limit: number, isMet: boolean): Target => ({
    text: `${shortly(scenario)}: ${what} ${limit.toFixed(2)} times bare express-session's`,
    measured: ratio.toFixed(2),
    isMet,
  });
  if (scenario.latencyMs > 0) {
    const p50 = against("p50Ms");
    const limit = FAR_MEDIAN_LATENCY_AT_MOST;
    return [target("median latency at most", p50, limit, p50 <= limit)];
  }
  const [throughput, cpu] = [against("requestsPerSecond"), against("cpuMicros")];
  return [
    target("requests a second at least", throughput, THROUGHPUT_AT_LEAST, throughput >= THROUGHPUT_AT_LEAST),
    target("processor time a request at most", cpu, CPU_AT_MOST, cpu <= CPU_AT_MOST),
  ];
}

function shortly({ connections, latencyMs, payloadBytes }: Scenario): string {
  return `${connections} connections, ${latencyMs} ms, ${payloadBytes} B`;
}
