/** Renders the measurements as Markdown tables, for the terminal and the performance page. */
import type { ScenarioResult } from "./contest.js";
import type { Figure, Sample } from "./measure.js";
import { TARGET_NODES } from "./nodes.js";
import { busyScenario, describe, isSame } from "./plan.js";
import type { ContestantId } from "./processes/messages.js";
import { groupRows } from "./profile-summary.js";
import type { Profiles } from "./profiles.js";
import type { RoundTrips } from "./round-trips.js";
import { CONTESTANT_NAMES, medianOf, ratioOf, ratioText } from "./summary.js";
import type { Target } from "./targets.js";

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
  { figure: "redisCpuMicros", title: "Redis CPU µs/request", decimals: 0 },
];

/** Returns a Markdown table with padded columns. */
export function table(rows: readonly (readonly string[])[]): string {
  const [head = []] = rows;
  const widths = head.map((_title, column) => Math.max(3, ...rows.map((row) => (row[column] ?? "").length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(" | ")} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [line(head), rule, ...rows.slice(1).map(line)].join("\n");
}

/** Returns the medians over the rounds, a row for each contestant. */
function figuresTable({ samples }: ScenarioResult): string {
  const rows = [...samples].map(([id, own]) => [
    CONTESTANT_NAMES[id] + failuresOf(own),
    String(own.length),
    ...COLUMNS.map(({ figure, decimals }) => medianOf(own, figure).toFixed(decimals)),
  ]);
  return table([["median of the rounds", "rounds", ...COLUMNS.map(({ title }) => title)], ...rows]);
}

/** Failed requests stand beside the name, because they spoil all other figures. */
function failuresOf(samples: readonly Sample[]): string {
  const failures = samples.reduce((sum, sample) => sum + sample.failures, 0);
  return failures === 0 ? "" : ` (${failures} failed requests)`;
}

const COMPARED_WITH: readonly ContestantId[] = ["bare", "byHand", "betterAuth", "iron", "otherBuild"];

/** Returns express-curfew's ratios to the others, with intervals. */
function ratiosTable({ samples }: ScenarioResult): string {
  const rows = COMPARED_WITH.filter((id) => samples.has(id)).map((to) => [
    `against ${CONTESTANT_NAMES[to]}`,
    ...COLUMNS.map(({ figure }) => ratioCell(samples, to, figure)),
  ]);
  return table([["ratio (interval)", ...COLUMNS.map(({ title }) => title)], ...rows]);
}

/** Returns an empty cell where the other side spends nothing, as iron-session does on Redis. */
function ratioCell(samples: ScenarioResult["samples"], to: ContestantId, figure: Figure): string {
  const ratio = ratioOf(samples, "curfew", to, figure);
  return ratio && Number.isFinite(ratio.median) ? ratioText(ratio) : "";
}

/** Returns full load on every measured Node, express-curfew beside bare express-session. */
export function nodesTable(results: readonly ScenarioResult[]): string {
  const rows = results
    .filter(({ scenario }) => isSame(scenario, busyScenario(scenario.node)))
    .map(({ scenario: { node }, samples }) => [
      `Node ${node}`,
      ...(["bare", "curfew"] as const).map((id) =>
        medianOf(samples.get(id) ?? [], "requestsPerSecond").toFixed(0),
      ),
      ...(["requestsPerSecond", "cpuMicros", "redisCpuMicros"] as const).map((figure) =>
        ratioCell(samples, "bare", figure),
      ),
    ]);
  const head = ["", "bare, requests/s", "curfew, requests/s", "ratio", "app CPU ratio", "Redis CPU ratio"];
  return table([head, ...rows]);
}

/** Returns round trips in a row, and all commands. */
export function roundTripsTable(traces: ReadonlyMap<ContestantId, RoundTrips>): string {
  const rows = [...traces].map(([id, { beforeHandler, afterHandler, commands }]) => [
    CONTESTANT_NAMES[id],
    String(beforeHandler),
    String(afterHandler),
    commands.length === 0 ? "none" : commands.join(", "),
  ]);
  return table([["round trips waited for", "before the handler", "after it", "commands"], ...rows]);
}

/** Returns a row for each target and a column for each Node; missed targets are bold. */
export function targetsTable(targets: readonly Target[]): string {
  const nodes = TARGET_NODES.filter((node) => targets.some((target) => target.node === node));
  const rows = [...new Map(targets.map(({ name, asked }) => [name, asked]))].map(([name, asked]) => [
    name,
    asked,
    ...nodes.map((node) => cellOf(targets.find((target) => target.name === name && target.node === node))),
  ]);
  return table([["target", "asked", ...nodes.map((node) => `Node ${node}`)], ...rows]);
}

function cellOf(target: Target | undefined): string {
  if (!target) return "";
  return target.isMet ? target.measured : `**${target.measured}**`;
}

/** Returns microseconds a request by package, a column for each contestant. */
export function profilesTable(profiles: Profiles): string {
  const titles = [...profiles.keys()].map((id) => CONTESTANT_NAMES[id]);
  const rows = groupRows([...profiles.values()]).map(({ group, micros }) => [
    group,
    ...micros.map((value) => (value === 0 ? "" : value.toFixed(0))),
  ]);
  return table([["µs a request", ...titles], ...rows]);
}

/** Returns the tables of one scenario. */
export function scenarioTables(result: ScenarioResult): string {
  const ratios = result.samples.has("curfew") ? `\n\n${ratiosTable(result)}` : "";
  return `${figuresTable(result)}${ratios}`;
}

/** Returns the title of a scenario. */
export function scenarioTitle({ scenario, roundTripMs, offeredPerSecond }: ScenarioResult): string {
  const details = [`round trip ${roundTripMs.toFixed(2)} ms`];
  if (offeredPerSecond !== null) details.unshift(`${offeredPerSecond} requests/s`);
  return `Node ${scenario.node}. ${describe(scenario)} (${details.join(", ")})`;
}
