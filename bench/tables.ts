/** What was measured, as Markdown tables: readable on a terminal and on a page. */
import type { ScenarioResult } from "./contest.js";
import { groupBy } from "./group-by.js";
import type { Figure, Sample } from "./measure.js";
import type { ContestantId } from "./processes/messages.js";
import type { RoundTrips } from "./round-trips.js";
import { describe } from "./plan.js";
import { groupRows } from "./profile-summary.js";
import type { Profiles } from "./profiles.js";
import { CONTESTANT_NAMES, medianOf, ratioOf } from "./summary.js";
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
    CONTESTANT_NAMES[id] + failuresOf(own),
    String(own.length),
    ...COLUMNS.map(({ figure, decimals }) => medianOf(own, figure).toFixed(decimals)),
  ]);
  return table([["median of the rounds", "rounds", ...COLUMNS.map(({ title }) => title)], ...rows]);
}

/** Told where there are any, beside the name, since they spoil all other figures. */
function failuresOf(samples: readonly Sample[]): string {
  const failures = samples.reduce((sum, sample) => sum + sample.failures, 0);
  return failures === 0 ? "" : ` (${failures} failed requests)`;
}

const COMPARED_WITH: readonly ContestantId[] = ["bare", "byHand", "betterAuth", "iron", "otherBuild"];

/** express-curfew against the others: the median of the rounds' ratios, and where the true one lies. */
export function ratiosTable(result: ScenarioResult): string {
  const titles = RATIO_COLUMNS.map(
    (figure) => COLUMNS.find((column) => column.figure === figure)?.title ?? "",
  );
  const rows = COMPARED_WITH.filter((id) => result.samples.has(id)).map((to) => [
    `against ${CONTESTANT_NAMES[to]}`,
    ...RATIO_COLUMNS.map((figure) => {
      const ratio = ratioOf(result, "curfew", to, figure);
      if (!ratio) return "";
      const [from, until] = ratio.interval;
      return `${ratio.median.toFixed(2)} (${from.toFixed(2)}–${until.toFixed(2)})`;
    }),
  ]);
  return table([["ratio (interval)", ...titles], ...rows]);
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

/** Each target with what was measured: what is judged in one place in one row, what was missed in bold. */
export function targetsTable(targets: readonly Target[]): string {
  const judged = targets.filter(({ place }) => place !== null);
  const everywhere = targets
    .filter(({ place }) => place === null)
    .map((target) => `${capitalised(target.figure)}: ${verdictOf(target)}.`);
  if (judged.length === 0) return everywhere.join("\n\n");
  const figures = [...new Set(judged.map(({ figure }) => figure))];
  const rows = [...groupBy(judged, ({ place }) => place ?? "")].map(([place, there]) => [
    place,
    ...figures.map((figure) =>
      there
        .filter((target) => target.figure === figure)
        .map(verdictOf)
        .join(),
    ),
  ]);
  return [...everywhere, table([["", ...figures], ...rows])].join("\n\n");
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const verdictOf = ({ measured, asked, miss }: Target): string =>
  miss ? `**${measured}, asked ${asked}**` : `${measured}, asked ${asked}`;

/** Microseconds a request by what spent them, a column for each contestant. */
export function profilesTable(profiles: Profiles): string {
  const titles = [...profiles.keys()].map((id) => CONTESTANT_NAMES[id]);
  const rows = groupRows([...profiles.values()]).map(({ group, micros }) => [
    group,
    ...micros.map((value) => (value === 0 ? "" : value.toFixed(0))),
  ]);
  return table([["µs a request", ...titles], ...rows]);
}

/** Everything about one scenario but its title. */
export function scenarioTables(result: ScenarioResult): string {
  const ratios = result.samples.has("curfew") ? `\n\n${ratiosTable(result)}` : "";
  return `${figuresTable(result)}${ratios}`;
}

/** The title of a scenario. */
export function scenarioTitle({ scenario, roundTripMs, offeredPerSecond }: ScenarioResult): string {
  const details = [`round trip ${roundTripMs.toFixed(2)} ms`];
  if (offeredPerSecond !== null) details.unshift(`${offeredPerSecond} requests/s`);
  return `${describe(scenario)} (${details.join(", ")})`;
}
