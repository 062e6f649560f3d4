/**
 * `npm run test:battery` plays every case at its full count and prints a table.
 *
 * - `--only A1,A4` plays these cases.
 * - `--resume` plays the cases that have not passed since temp/battery was emptied.
 * - `--quick` plays a tenth of the counts.
 * - `--soak-minutes 60` lets I5 run for an hour.
 * - `--write` writes docs/reliability.md from the last run of each case.
 */
import { parseArgs } from "node:util";
import { AWAITED } from "./cases/awaited.js";
import { CASES } from "./cases/index.js";
import { commitNow, keepResult, keptResult, type Result } from "./played.js";
import { countsOf, tableOf, writeReliabilityPage } from "./reliability-page.js";
import { byId, hasPassed, type BatteryCase, type Outcome } from "./support/battery-case.js";
import { stopGrownServers } from "./support/grown-servers.js";
import { openTheatre, type Theatre } from "./support/stage.js";

const { values: options } = parseArgs({
  options: {
    only: { type: "string" },
    quick: { type: "boolean", default: false },
    resume: { type: "boolean", default: false },
    "soak-minutes": { type: "string" },
    write: { type: "boolean", default: false },
  },
});

if (options["soak-minutes"] !== undefined) process.env["BATTERY_SOAK_MINUTES"] = options["soak-minutes"];

const sorted = [...CASES].sort(byId);

function hasKeptPass(battery: BatteryCase): boolean {
  const kept = keptResult(battery);
  return kept !== null && hasPassed(kept.outcome);
}

function chosenCases(): readonly BatteryCase[] {
  if (options.only === undefined) return sorted.filter((battery) => !options.resume || !hasKeptPass(battery));
  const ids = options.only.split(",").map((id) => id.trim().toUpperCase());
  const unknown = ids.filter((id) => !sorted.some((battery) => battery.id === id));
  if (unknown.length > 0) {
    process.stderr.write(
      `Unknown case: ${unknown.join(", ")}. Expected some of ${sorted.map(({ id }) => id).join(", ")}.\n`,
    );
    process.exit(2);
  }
  return sorted.filter(({ id }) => ids.includes(id));
}

async function play(theatre: Theatre, battery: BatteryCase, place: string): Promise<Result> {
  const at = new Date().toISOString();
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
  return { battery, outcome, seconds, at, commit };
}

const commit = commitNow();
const chosen = chosenCases();
const theatre = await openTheatre(options.quick ? 0.1 : 1);
process.stdout.write(`Redis ${theatre.redisVersion}, Node ${process.version}\n`);
const results: Result[] = [];
try {
  for (const [index, battery] of chosen.entries()) {
    const result = await play(theatre, battery, `${index + 1}/${chosen.length}`);
    results.push(result);
    if (!options.quick) keepResult(result);
  }
} finally {
  await stopGrownServers();
  await theatre.close();
}
const run = {
  results,
  awaited: options.only === undefined ? AWAITED : [],
  redisVersion: theatre.redisVersion,
};
process.stdout.write(`\n${tableOf(run)}\n${countsOf(run)}\n`);
if (options.write) {
  // Figures at a tenth of the counts are not published.
  const kept = sorted.map(keptResult).filter((result) => result !== null);
  const unplayed = sorted.filter((battery) => !kept.some((result) => result.battery === battery));
  const page = writeReliabilityPage({ ...run, results: kept, awaited: AWAITED, unplayed });
  process.stdout.write(`Written to ${page}\n`);
}
process.exitCode = results.every(({ outcome }) => outcome.skipped !== undefined || hasPassed(outcome))
  ? 0
  : 1;
