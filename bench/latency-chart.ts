import type { Chart, ChartPanel } from "./chart.js";
import type { ScenarioResult } from "./contest.js";
import type { ContestantId } from "./processes/messages.js";
import { CONTESTANT_NAMES, medianOf } from "./summary.js";

/** Told beside a name, so that nobody takes the chart for a comparison of equals. */
const REMARKS: Partial<Record<ContestantId, string>> = {
  bare: "enforces nothing",
  iron: "can't be revoked",
};
const SHOWN_UP_TO_MS = 1;

/** The chart of a run: latency under offered load, here and 1 ms away. `null` if that was not measured. */
export function latencyChart(results: readonly ScenarioResult[], run: readonly string[]): Chart | null {
  const panels = results
    .filter(({ scenario }) => scenario.load === "offered" && scenario.latencyMs <= SHOWN_UP_TO_MS)
    .map(panelOf);
  if (panels.length === 0) return null;
  return {
    title: "Latency of a signed-in request: median, and 99th percentile",
    notes: [
      "Bars end at the median, whiskers at the 99th percentile. Requests come at random moments, equally many",
      "a second for all of a panel. How it is measured, and all other figures: docs/performance.md.",
      ...run,
    ],
    panels,
  };
}

function panelOf({ scenario, offeredPerSecond, samples }: ScenarioResult): ChartPanel {
  const distance =
    scenario.latencyMs === 0 ? "Redis on the same machine" : `Redis ${scenario.latencyMs} ms away`;
  return {
    title: `${distance}, ${offeredPerSecond ?? 0} requests a second`,
    rows: [...samples]
      .filter(([id]) => id !== "otherBuild")
      .map(([id, own]) => ({
        name: CONTESTANT_NAMES[id] + (REMARKS[id] === undefined ? "" : ` (${REMARKS[id]})`),
        p50Ms: medianOf(own, "p50Ms"),
        p99Ms: medianOf(own, "p99Ms"),
        isOurs: id === "curfew",
      })),
  };
}
