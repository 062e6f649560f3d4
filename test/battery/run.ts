/**
 * `npm run test:battery`: every case at its full count, as a table.
 *
 * `--only A1,A4` runs those; `--quick` a tenth of the counts; `--write` saves the table as docs/battery.md.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CASES } from "./cases/index.js";
import { hasPassed, type BatteryCase, type Outcome } from "./support/battery-case.js";
import { openTheatre, type Theatre } from "./support/stage.js";

interface Result {
  readonly battery: BatteryCase;
  readonly outcome: Outcome;
  readonly seconds: number;
}

const { values: options } = parseArgs({
  options: {
    only: { type: "string" },
    quick: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});

function chosenCases(): readonly BatteryCase[] {
  if (options.only === undefined) return CASES;
  const ids = options.only.split(",").map((id) => id.trim().toUpperCase());
  const unknown = ids.filter((id) => !CASES.some((battery) => battery.id === id));
  if (unknown.length > 0) {
    process.stderr.write(
      `No such case: ${unknown.join(", ")}. There are ${CASES.map(({ id }) => id).join(", ")}.\n`,
    );
    process.exit(2);
  }
  return CASES.filter(({ id }) => ids.includes(id));
}

async function play(theatre: Theatre, battery: BatteryCase): Promise<Result> {
  process.stdout.write(`${battery.id} ${battery.title}\n`);
  const start = performance.now();
  let outcome: Outcome;
  try {
    outcome = await theatre.play(battery, (progress) => process.stdout.write(`   ${progress}\n`));
  } catch (error) {
    outcome = { figures: [{ name: "the case ran", reached: String(error), passed: false }] };
  }
  const seconds = (performance.now() - start) / 1_000;
  for (const { name, reached, passed } of outcome.figures)
    process.stdout.write(`   ${passed ? "ok  " : "MISS"} ${name}: ${reached}\n`);
  if (outcome.naive !== undefined) process.stdout.write(`   by hand ${outcome.naive}\n`);
  process.stdout.write(`   ${hasPassed(outcome) ? "pass" : "MISS"} in ${seconds.toFixed(1)} s\n`);
  return { battery, outcome, seconds };
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

function tableOf(results: readonly Result[]): string {
  const rows = results.map(({ battery, outcome, seconds }) => {
    const reached = outcome.figures.map(({ name, reached: figure }) => `${name}: ${figure}`).join("; ");
    const verdict = hasPassed(outcome) ? "pass" : "**miss**";
    const cells = [battery.id, battery.title, battery.passesAt, reached, verdict, outcome.naive ?? "-"];
    return `| ${[...cells, `${seconds.toFixed(0)} s`].map(cell).join(" | ")} |`;
  });
  const head = "| # | Case | Passes at | Reached | Verdict | By hand | Took |\n|---|---|---|---|---|---|---|";
  return `${head}\n${rows.join("\n")}\n`;
}

function documentOf(results: readonly Result[], redisVersion: string): string {
  const [cpu] = cpus();
  const machine = `${cpus().length} x ${cpu?.model.trim() ?? "unknown processor"}`;
  return `# The battery

What express-curfew must survive, and the figures of one run at full counts. \`npm run test:battery -- --write\` made this
page; \`npm test\` runs the same cases at a tenth of the counts. Two app processes and a redis-server of their own, all on
one machine. "By hand" is the app under \`test/naive/\`: express-session, connect-redis and ioredis, a stamp of the last
activity in \`req.session\`, and eviction by deleting the other session's key. A race case that this app survives counts
as a miss, since it would prove nothing.

- Date: ${new Date().toISOString().slice(0, 10)}
- Machine: ${machine}, ${process.platform} ${process.arch}
- Node ${process.version}, Redis ${redisVersion}

${tableOf(results)}`;
}

const chosen = chosenCases();
const theatre = await openTheatre(options.quick ? 0.1 : 1);
process.stdout.write(`Redis ${theatre.redisVersion}, Node ${process.version}\n`);
const results: Result[] = [];
try {
  for (const battery of chosen) results.push(await play(theatre, battery));
} finally {
  await theatre.close();
}
process.stdout.write(`\n${tableOf(results)}\n`);
const passed = results.filter(({ outcome }) => hasPassed(outcome)).length;
process.stdout.write(`${passed} passed, ${results.length - passed} missed\n`);
if (options.write) {
  const file = fileURLToPath(new URL("../../docs/battery.md", import.meta.url));
  writeFileSync(file, documentOf(results, theatre.redisVersion));
  process.stdout.write(`Written to ${file}\n`);
}
process.exitCode = passed === results.length ? 0 : 1;
