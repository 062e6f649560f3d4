/** `docs/reliability.md`: what `npm run test:battery -- --write` makes of a run. */
import { writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import type { Result } from "./played.js";
import { byId, hasPassed, type AwaitedCase, type BatteryCase, type Figure } from "./support/battery-case.js";

const PAGE = fileURLToPath(new URL("../../docs/reliability.md", import.meta.url));

/** What a page says. */
export interface Run {
  readonly results: readonly Result[];
  readonly awaited: readonly AwaitedCase[];
  /** Cases whose full counts have not been played here yet. */
  readonly unplayed?: readonly BatteryCase[];
  readonly redisVersion: string;
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;

/** How a figure's name begins, where it is one of several of the same part of a case: "50 ms: other answers". */
const beginningOf = ({ name }: Figure): string => /^(.+?): /.exec(name)?.[1] ?? "";

/** Figures in the order in which they were counted, with the part that they are of; "" is none. */
function partsOf(figures: readonly Figure[]): { part: string; figures: Figure[] }[] {
  const beginnings = figures.map(beginningOf);
  const parts: { part: string; figures: Figure[] }[] = [];
  for (const [index, figure] of figures.entries()) {
    const beginning = beginnings[index] ?? "";
    const part = beginnings.filter((other) => other === beginning).length > 1 ? beginning : "";
    const last = parts.at(-1);
    if (last?.part === part) last.figures.push(figure);
    else parts.push({ part, figures: [figure] });
  }
  return parts;
}

/** The figures of one part; those that came to nothing stand at the end, with one 0 for all. */
function lineOf(part: string, figures: readonly Figure[]): string {
  const told = figures.map(({ name, reached }) => ({
    name: part === "" ? name : name.slice(part.length + ": ".length),
    reached,
  }));
  const zeros = told.filter(({ reached }) => reached === "0");
  const sharesZero = zeros.length > 1;
  const texts = told
    .filter(({ reached }) => !sharesZero || reached !== "0")
    .map(({ name, reached }) => `${name}: ${reached}`);
  if (sharesZero) texts.push(`0 each: ${zeros.map(({ name }) => name).join(" · ")}`);
  return `${part === "" ? "" : `**${part}** `}${texts.join("; ")}`;
}

/** All figures of a case, for a cell of a table: each part on a line of its own. */
export const reachedOf = (figures: readonly Figure[]): string =>
  partsOf(figures)
    .map(({ part, figures: own }) => lineOf(part, own))
    .join("<br>");

function playedRow({ battery, outcome, seconds, at, commit }: Result): string {
  const reached = outcome.skipped ?? reachedOf(outcome.figures);
  const verdict = outcome.skipped !== undefined ? "not run" : hasPassed(outcome) ? "pass" : "**miss**";
  const naive = outcome.naive ?? "-";
  return row([
    battery.id,
    battery.title,
    battery.passesAt,
    reached,
    verdict,
    naive,
    `${seconds.toFixed(0)} s`,
    `${at.slice(5, 16).replace("T", " ")} ${commit}`.trim(),
  ]);
}

const awaitedRow = ({ id, title, passesAt, awaits }: AwaitedCase): string =>
  row([id, title, passesAt, `waits for ${awaits}`, "not built yet", "-", "-", "-"]);

const unplayedRow = ({ id, title, passesAt }: BatteryCase): string =>
  row([id, title, passesAt, "full counts not played on this machine yet", "not run", "-", "-", "-"]);

type Rows = Pick<Run, "results" | "awaited" | "unplayed">;

/** Every case, the figure asked beside the figure reached. */
export function tableOf({ results, awaited, unplayed = [] }: Rows): string {
  const rows = [
    ...results.map((result) => ({ id: result.battery.id, text: playedRow(result) })),
    ...unplayed.map((battery) => ({ id: battery.id, text: unplayedRow(battery) })),
    ...awaited.map((waiting) => ({ id: waiting.id, text: awaitedRow(waiting) })),
  ].sort(byId);
  const head =
    "| # | Case | Passes at | Reached | Verdict | By hand | Took | At |\n|---|---|---|---|---|---|---|---|";
  return `${head}\n${rows.map(({ text }) => text).join("\n")}\n`;
}

/** One line: how many passed, missed, were not run, and wait. */
export function countsOf({ results, awaited, unplayed = [] }: Rows): string {
  const passed = results.filter(({ outcome }) => hasPassed(outcome)).length;
  const skipped = results.filter(({ outcome }) => outcome.skipped !== undefined).length;
  const notPlayed = skipped + unplayed.length;
  const notRun = notPlayed === 0 ? "" : `, ${notPlayed} not run`;
  const waiting = awaited.length === 0 ? "" : `, ${awaited.length} not built yet`;
  return `${passed} passed, ${results.length - passed - skipped} missed${notRun}${waiting}`;
}

/** What the cases of failovers have measured, in the words of docs/redis.md; nothing where they were not played. */
function failoverSection(results: readonly Result[]): string {
  const played = results.filter(({ battery }) => FAILOVER_CASES.includes(battery.id));
  if (!played.some(({ battery }) => battery.id === "C3")) return "";
  const figures = played.flatMap(({ battery, outcome }) =>
    outcome.figures.map(({ name, reached }) => `- ${battery.id}, ${name}: ${reached}`),
  );
  return `
## What a failover can undo

Redis acknowledges a write before its replicas have it. In C3 the replica that is promoted had stopped taking in what the
master sent: whatever was acknowledged from then on is undone by the failover, in every one of them, and what had been
passed on before is kept. With \`waitForReplicas\` the caller is told (\`durable: false\`), without it nobody is. What that
means case by case, what stays true whatever is lost, and how to lower the risk stand in
[redis.md](redis.md#failover-losses). In C1 and C2 the replica had everything, and nothing is undone.

${figures.join("\n")}
`;
}

const FAILOVER_CASES: readonly string[] = ["C1", "C2", "C3"];

function documentOf(run: Run): string {
  const [cpu] = cpus();
  const machine = `${cpus().length} × ${cpu?.model.trim() ?? "unknown processor"}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `# Reliability

What express-curfew must survive, and the figures reached at full counts. \`npm run test:battery -- --write\` makes
this page; \`npm test\` plays most of the cases at a tenth of the counts. A row is the last run of its case; the last column
says when (UTC) and at which commit. Two app processes and a redis-server of their own, all
on one machine, unless a case says otherwise. "By hand" is the app under \`test/naive/\`: express-session, connect-redis
and ioredis, a stamp of the last activity in \`req.session\`, and eviction by deleting the other session's key. A race case
that this app survives counts as a miss, since it would prove nothing. In "Reached" a part of a case has a line of its own,
and what was counted and came to nothing stands at its end.

The ids on this page are cases'. Other pages cite them as "case C7"; "rule C7" is one of the [rules](rules.md).

- Date: ${new Date().toISOString().slice(0, 10)}
- Machine: ${machine}, ${process.platform} ${process.arch}
- Node ${process.version}, Redis ${run.redisVersion}

**${countsOf(run)}.**

${tableOf(run)}${failoverSection(run.results)}`;
}

/** Writes the page. @returns its path */
export function writeReliabilityPage(run: Run): string {
  writeFileSync(PAGE, documentOf(run));
  return PAGE;
}
