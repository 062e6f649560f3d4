/**
 * `npm run test:battery`: every case at its full count, as a table.
 *
 * `--only A1,A4` runs those; `--quick` a tenth of the counts; `--soak-minutes 60` lets I5 go on for an hour; `--write` saves the table as docs/reliability.md.
 */
import { parseArgs } from "node:util";
import { AWAITED } from "./cases/awaited.js";
import { CASES } from "./cases/index.js";
import { countsOf, tableOf, writeReliabilityPage, type Result } from "./reliability-page.js";
import { byId, hasPassed, type BatteryCase, type Outcome } from "./support/battery-case.js";
import { openTheatre, type Theatre } from "./support/stage.js";

const { values: options } = parseArgs({
  options: {
    only: { type: "string" },
    quick: { type: "boolean", default: false },
    "soak-minutes": { type: "string" },
    write: { type: "boolean", default: false },
  },
});

if (options["soak-minutes"] !== undefined) process.env["BATTERY_SOAK_MINUTES"] = options["soak-minutes"];

function chosenCases(): readonly BatteryCase[] {
  const sorted = [...CASES].sort(byId);
  if (options.only === undefined) return sorted;
  const ids = options.only.split(",").map((id) => id.trim().toUpperCase());
  const unknown = ids.filter((id) => !sorted.some((battery) => battery.id === id));
  if (unknown.length > 0) {
    process.stderr.write(
      `No such case: ${unknown.join(", ")}. There are ${sorted.map(({ id }) => id).join(", ")}.\n`,
    );
    process.exit(2);
  }
  return sorted.filter(({ id }) => ids.includes(id));
}

async function play(theatre: Theatre, battery: BatteryCase, place: string): Promise<Result> {
  process.stdout.write(`[${place}] ${battery.id} ${battery.title}\n`);
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
  if (outcome.skipped !== undefined) process.stdout.write(`   not run: ${outcome.skipped}\n`);
  else process.stdout.write(`   ${hasPassed(outcome) ? "pass" : "MISS"} in ${seconds.toFixed(1)} s\n`);
  return { battery, outcome, seconds };
}

const chosen = chosenCases();
const theatre = await openTheatre(options.quick ? 0.1 : 1);
process.stdout.write(`Redis ${theatre.redisVersion}, Node ${process.version}\n`);
const results: Result[] = [];
try {
  for (const [index, battery] of chosen.entries())
    results.push(await play(theatre, battery, `${index + 1}/${chosen.length}`));
} finally {
  await theatre.close();
}
const run = {
  results,
  awaited: options.only === undefined ? AWAITED : [],
  redisVersion: theatre.redisVersion,
  commandLine: ["npm run test:battery --", ...process.argv.slice(2)].join(" "),
};
process.stdout.write(`\n${tableOf(run)}\n${countsOf(run)}\n`);
if (options.write) process.stdout.write(`Written to ${writeReliabilityPage(run)}\n`);
process.exitCode = results.every(({ outcome }) => outcome.skipped !== undefined || hasPassed(outcome))
  ? 0
  : 1;
