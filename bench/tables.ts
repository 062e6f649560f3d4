/** What was measured, as Markdown tables: readable on a terminal and on a page. */
import { describe, type ScenarioResult } from "./contest.js";
import type { Figure } from "./measure.js";
import type { ContestantId } from "./processes/messages.js";
import type { RoundTrips } from "./round-trips.js";
import { bestRatioOf, CONTESTANT_NAMES, medianOf, ratioOf, type Target } from "./summary.js";

interface Column {
  readonly figure: Figure;
  readonly title: string;
  readonly decimals: number;
}

const COLUMNS: readonly Column[] = [
  { figure: "requestsPerSecond", title: "requests/s", decimals: 0 },
  { figure: "p50Ms", title: "p50 ms", decimals: 2 },
  { figure: "p99Ms", title: "p99 ms", decimals: 2 },
  { figure: "cpuMicros", title: "app CPU µs/request", decimals: 0 },
  { figure: "redisCommands", title: "Redis commands/request", decimals: 2 },
  { figure: "redisCpuMicros", title: "Redis CPU µs/request", decimals: 0 },
];
const RATIO_COLUMNS: readonly Figure[] = ["requestsPerSecond", "p50Ms", "p99Ms", "cpuMicros"];

/** A Markdown table, its columns padded to the same width. */
export function table(rows: readonly (readonly string[])[]): string {
  const [head = []] = rows;
  const widths = head.map((_title, column) => Math.max(3, ...rows.map((row) => (row[column] ?? "").length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(" | ")} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [line(head), rule, ...rows.slice(1).map(line)].join("\n");
}

/** Medians over the rounds, a row for each contestant. */
export function figuresTable({ samples }: ScenarioResult): string {
  const rows = [...samples].map(([id, own]) => [
    CONTESTANT_NAMES[id],
    ...COLUMNS.map(({ figure, decimals }) => medianOf(own, figure).toFixed(decimals)),
  ]);
  return table([["median of the rounds", ...COLUMNS.map(({ title }) => title)], ...rows]);
}

/** express-curfew against the others: the median of the rounds' ratios, and their extremes. */
export function ratiosTable(result: ScenarioResult): string {
  const titles = RATIO_COLUMNS.map(
    (figure) => COLUMNS.find((column) => column.figure === figure)?.title ?? "",
  );
  const pairs: (readonly [ContestantId, ContestantId])[] = [
    ["curfew", "bare"],
    ["curfew", "byHand"],
    ["curfew", "otherBuild"],
  ];
  const rows = pairs.flatMap(([id, to]) => {
    const ratios = RATIO_COLUMNS.map((figure) => ratioOf(result, id, to, figure));
    const best = RATIO_COLUMNS.map((figure) => bestRatioOf(result, id, to, figure));
    if (ratios.includes(null)) return [];
    const cells = ratios.map((ratio) =>
      ratio ? `${ratio.median.toFixed(2)} (${ratio.least.toFixed(2)}–${ratio.most.toFixed(2)})` : "",
    );
    return [
      [`against ${CONTESTANT_NAMES[to]}`, ...cells],
      ["    best rounds", ...best.map((ratio) => ratio.toFixed(2))],
    ];
  });
  return table([["ratio (least–most)", ...titles], ...rows]);
}

/** Round trips one after the other, and what was sent in all. */
export function roundTripsTable(traces: ReadonlyMap<ContestantId, RoundTrips>): string {
  const rows = [...traces].map(([id, { beforeHandler, afterHandler, commands }]) => [
    CONTESTANT_NAMES[id],
    String(beforeHandler),
    String(afterHandler),
    commands.length === 0 ? "none" : commands.join(", "),
  ]);
  return table([["round trips waited for", "before the handler", "after it", "commands"], ...rows]);
}

/** Each target with what was measured. */
export function targetsTable(targets: readonly Target[]): string {
  const rows = targets.map(({ text, measured, isMet }) => [text, measured, isMet ? "met" : "missed"]);
  return table([["target", "measured", ""], ...rows]);
}

/** Everything about one scenario but its title. */
export function scenarioTables(result: ScenarioResult): string {
  return `${figuresTable(result)}\n\n${ratiosTable(result)}`;
}

/** The title of a scenario. */
export function scenarioTitle({ scenario, roundTripMs }: ScenarioResult): string {
  return `${describe(scenario)} (round trip ${roundTripMs.toFixed(2)} ms)`;
}
