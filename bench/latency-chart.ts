import type { Chart, ChartPanel } from "./chart.js";
import type { ScenarioResult } from "./contest.js";
import { JUDGED_NODE } from "./nodes.js";
import type { ContestantId } from "./processes/messages.js";
import { CONTESTANT_NAMES, medianOf } from "./summary.js";

/** Remarks beside names, so that no reader takes the chart for a comparison of equals. */
const REMARKS: Partial<Record<ContestantId, string>> = {
  bare: "enforces nothing",
  iron: "can't be revoked",
};
const SHOWN_UP_TO_MS = 1;

/** Draws latency under offered load on the judged Node. Returns `null` if the run has not measured this. */
export function latencyChart(results: readonly ScenarioResult[], run: readonly string[]): Chart | null {
  const panels = results
    .filter(
      ({ scenario: { node, load, latencyMs } }) =>
        node === JUDGED_NODE && load === "offered" && latencyMs <= SHOWN_UP_TO_MS,
    )
    .map(panelOf);
  if (panels.length === 0) return null;
  return {
    title: `Latency of a signed-in request on Node ${JUDGED_NODE}: median, and 99th percentile`,
    notes: [
      "Bars end at the median, whiskers at the 99th percentile. Requests come at random moments; all apps of a",
      "panel get equally many a second. docs/performance.md has the method and all other figures.",
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
        isOwn: id === "curfew",
      })),
  };
}
