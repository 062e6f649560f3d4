/** Writes `docs/reliability.md` from a run of `npm run test:battery -- --write`. */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import type { Result } from "./played.js";
import { byId, hasPassed, type AwaitedCase, type BatteryCase, type Figure } from "./support/battery-case.js";

const PAGE = fileURLToPath(new URL("../../docs/reliability.md", import.meta.url));

/** The content of a page. */
export interface Run {
  readonly results: readonly Result[];
  readonly awaited: readonly AwaitedCase[];
  /** Cases whose full counts have not been played in this clone. */
  readonly unplayed?: readonly BatteryCase[];
  /** Page of an earlier run. Cases that have not been played here keep its entries. */
  readonly earlierPage?: string;
  readonly redisVersion: string;
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;

/** Returns the part of a case in a figure's name: "50 ms" of "50 ms: other answers". */
const beginningOf = ({ name }: Figure): string => /^(.+?): /.exec(name)?.[1] ?? "";

/** Groups figures by their part of the case, in the order in which they were counted. The part "" means none. */
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

/** Writes the figures of one part in one line. Figures of 0 share one 0 at the end. */
function lineOf(part: string, figures: readonly Figure[]): string {
  const named = figures.map(({ name, reached }) => ({
    name: part === "" ? name : name.slice(part.length + ": ".length),
    reached,
  }));
  const zeros = named.filter(({ reached }) => reached === "0");
  const sharesZero = zeros.length > 1;
  const texts = named
    .filter(({ reached }) => !sharesZero || reached !== "0")
    .map(({ name, reached }) => `${name}: ${reached}`);
  if (sharesZero) texts.push(`0 each: ${zeros.map(({ name }) => name).join("; ")}`);
  return `${part === "" ? "" : `**${part}** `}${texts.join("; ")}`;
}

/** Returns all figures of a case, one line for each part. */
export const reachedOf = (figures: readonly Figure[]): string[] =>
  partsOf(figures).map(({ part, figures: own }) => lineOf(part, own));

/** One case of the page, played or not. */
interface Entry {
  readonly id: string;
  readonly title: string;
  readonly passesAt: string;
  readonly verdict: string;
  readonly took: string;
  readonly at: string;
  readonly reached: readonly string[];
  /** Result of the app made by hand, if the case has one. */
  readonly naive?: string | undefined;
}

const NOT_RUN = "not run";

function playedEntry({ battery, outcome, seconds, at, commit }: Result): Entry {
  const { id, title, passesAt } = battery;
  return {
    id,
    title,
    passesAt,
    verdict: outcome.skipped !== undefined ? NOT_RUN : hasPassed(outcome) ? "pass" : "**miss**",
    took: `${seconds.toFixed(0)} s`,
    at: `${at.slice(5, 16).replace("T", " ")} ${commit}`.trim(),
    reached: outcome.skipped === undefined ? reachedOf(outcome.figures) : [outcome.skipped],
    naive: outcome.naive,
  };
}

const NOT_IN_BATTERY = "not in the battery";

const awaitedEntry = ({ id, title, passesAt, testedBy }: AwaitedCase): Entry => ({
  ...{ id, title, passesAt, verdict: NOT_IN_BATTERY, took: "-", at: "-" },
  reached: [`tested by ${testedBy}`],
});

const unplayedEntry = ({ id, title, passesAt }: BatteryCase): Entry => ({
  ...{ id, title, passesAt, verdict: NOT_RUN, took: "-", at: "-" },
  reached: ["the full counts have not been played on this machine yet"],
});

/** Returns the entry of a case on an earlier page; `null` if the page has none, or of a case that has changed. */
function earlierEntry(page: string, { id, title, passesAt }: BatteryCase): Entry | null {
  const begin = `### ${id}: ${title}\n\n- **Passes at:** ${passesAt}\n- **Reached** `;
  const line = page.split("\n").find((each) => each.startsWith(`${row([id, title]).slice(0, -2)} | `));
  const [, rest] = page.split(begin);
  const [verdict = "", took = "", at = ""] = line?.split(" | ").slice(-3) ?? [];
  if (line === undefined || rest === undefined || verdict === NOT_RUN) return null;
  const [reached = "", naive] = (rest.split("\n### ")[0] ?? "").trim().split("\n- **App made by hand:** ");
  const lines = reached.slice(reached.indexOf("):") + 2).split("\n  - ");
  const figures = lines.map((each) => each.trim()).filter((each) => each !== "");
  return { id, title, passesAt, verdict, took, at: at.replace(/ \|$/, ""), reached: figures, naive };
}

type Rows = Pick<Run, "results" | "awaited" | "unplayed" | "earlierPage">;

const entriesOf = ({ results, awaited, unplayed = [], earlierPage = "" }: Rows): Entry[] =>
  [
    ...results.map(playedEntry),
    ...unplayed.map((battery) => earlierEntry(earlierPage, battery) ?? unplayedEntry(battery)),
    ...awaited.map(awaitedEntry),
  ].sort(byId);

/** Returns the table of all cases with their verdicts. */
export function tableOf(rows: Rows): string {
  const head = "| # | Case | Verdict | Took | Last run |\n|---|---|---|---|---|";
  const lines = entriesOf(rows).map(({ id, title, verdict, took, at }) =>
    row([id, title, verdict, took, at]),
  );
  return `${head}\n${lines.join("\n")}\n`;
}

/** Returns one section for each case: the required figures, then the figures reached. */
export function sectionsOf(rows: Rows): string {
  return entriesOf(rows)
    .map(({ id, title, passesAt, verdict, reached, naive }) => {
      const [only = "", ...more] = reached;
      const figures =
        more.length === 0
          ? `- **Reached** (${verdict}): ${only}`
          : `- **Reached** (${verdict}):\n${reached.map((line) => `  - ${line}`).join("\n")}`;
      const byHand = naive === undefined ? "" : `\n- **App made by hand:** ${naive}`;
      return `### ${id}: ${title}\n\n- **Passes at:** ${passesAt}\n${figures}${byHand}\n`;
    })
    .join("\n");
}

/** Returns the numbers of passed, missed, skipped and awaited cases in one line. */
export function countsOf(rows: Rows): string {
  const verdicts = entriesOf(rows).map(({ verdict }) => verdict);
  const count = (verdict: string): number => verdicts.filter((each) => each === verdict).length;
  const [notRun, waiting] = [NOT_RUN, NOT_IN_BATTERY].map((verdict) => {
    const cases = count(verdict);
    return cases === 0 ? "" : `, ${cases} ${verdict}`;
  });
  return `${count("pass")} passed, ${count("**miss**")} missed${notRun ?? ""}${waiting ?? ""}`;
}

/** Returns the section on failovers, or nothing if their case was not played. */
function failoverSection(rows: Rows): string {
  if (entriesOf(rows).find(({ id }) => id === "C3")?.verdict === NOT_RUN) return "";
  return `
## Failover losses

Redis acknowledges a write before its replicas have it. In C3 the promoted replica had stopped receiving the master's
writes. The failover undoes every write that the master acknowledged after that moment, and keeps every earlier write.
With \`waitForReplicas\` the caller learns of it (\`durable: false\`); without the option no caller learns of it. In C1
and C2 the replica had all writes, and the failover undoes nothing. [redis.md](redis.md#failover-losses) lists the losses
and says how to lower the risk.
`;
}

function documentOf(run: Run): string {
  const [cpu] = cpus();
  const machine = `${cpus().length} × ${cpu?.model.trim() ?? "unknown processor"}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `# Reliability

This page lists the hard cases that express-curfew must survive, with the figures of a full run.
\`npm run test:battery -- --write\` writes the page. \`npm test\` plays most of the cases at a tenth of the counts.

Each figure comes from the last run of its case. The table shows the time of that run (UTC) and the commit. A case runs
with two app processes and its own redis-server on one machine, unless its title says otherwise.

Some cases also run on an app made by hand, in \`test/naive/\`. That app uses express-session, connect-redis and ioredis.
It keeps the time of the last activity in \`req.session\`, and evicts a session by deleting its key. If the app made by
hand survives a race, the case counts as a miss, because the race would prove nothing.

The ids on this page are cases. Other pages cite them as "case C7". "Rule C7" is one of the [rules](rules.md).

- Date: ${new Date().toISOString().slice(0, 10)}
- Machine: ${machine}, ${process.platform} ${process.arch}
- Node ${process.version}, Redis ${run.redisVersion}

**${countsOf(run)}.**

## Verdicts

${tableOf(run)}${failoverSection(run)}
## Figures

A case with several parts has a line for each part. "0 each" names all counts that are 0.

${sectionsOf(run)}`;
}

/** Writes the page. @returns the path of the page */
export function writeReliabilityPage(run: Run): string {
  writeFileSync(PAGE, documentOf({ ...run, earlierPage: readFileSync(PAGE, "utf8") }));
  return PAGE;
}
