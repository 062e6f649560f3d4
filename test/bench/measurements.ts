/** Measurements for tests of the benchmark's reports. */
import type { ScenarioResult } from "../../bench/contest.js";
import type { Growth } from "../../bench/growth.js";
import type { Sample } from "../../bench/measure.js";
import { busyScenario, distantScenario, type Scenario } from "../../bench/plan.js";
import type { ContestantId } from "../../bench/processes/messages.js";

export const SAMPLE: Sample = {
  requestsPerSecond: 1_000,
  p50Ms: 4,
  p99Ms: 10,
  cpuMicros: 200,
  redisCpuMicros: 20,
  allCpuMicros: 220,
  failures: 0,
};
export const BUSY = busyScenario("26");
export const OFFERED = distantScenario("26");

/** Returns a sample of each of six rounds. */
export function roundsOf(figures: Partial<Sample> = {}): readonly Sample[] {
  return Array<Sample>(6).fill({ ...SAMPLE, ...figures });
}

/** Returns a result of six rounds in which only the given figures differ from `SAMPLE`. */
export function resultOf(
  scenario: Scenario,
  figures: Partial<Record<ContestantId, Partial<Sample>>>,
): ScenarioResult {
  const samples = Object.entries(figures).map(([id, own]) => [id as ContestantId, roundsOf(own)] as const);
  return { scenario, roundTripMs: scenario.latencyMs, offeredPerSecond: null, samples: new Map(samples) };
}

/** Returns growth on Node 26 with these processor times a request. */
export function growthOf(micros: { few: number; many: number; busyUser: number }, bytes = 400): Growth {
  const kinds = ["few", "many", "busyUser"] as const;
  const samples = new Map(kinds.map((id) => [id, roundsOf({ allCpuMicros: micros[id] })]));
  return { sessions: 1_000_000, samples: new Map([["26", samples]]), bytesOfSession: bytes };
}
