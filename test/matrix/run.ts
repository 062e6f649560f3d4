/**
 * `npm run test:matrix` runs the suite on each supported Node with the usual Redis, and the Redis tests on this Node
 * with each available Redis and Valkey. It does not combine every Node with every Redis.
 *
 * `--only node@24,valkey` selects cells. Arguments after `--` go to vitest, such as the name of a test file.
 */
import { parseArgs } from "node:util";
import { NODE_CELLS, REDIS_CELLS, type Cell } from "./cells.js";
import { runCell, type CellResult } from "./run-cell.js";

const { values: options, positionals } = parseArgs({
  options: { only: { type: "string" } },
  allowPositionals: true,
});

const CELLS = [...NODE_CELLS, ...REDIS_CELLS];

function chosenCells(): readonly Cell[] {
  if (options.only === undefined) return CELLS;
  const names = options.only.split(",").map((name) => name.trim());
  const unknown = names.filter((name) => !CELLS.some(({ id }) => id.startsWith(name)));
  if (unknown.length > 0) {
    const all = CELLS.map(({ id }) => id).join(", ");
    process.stderr.write(`No such version: ${unknown.join(", ")}. There are ${all}.\n`);
    process.exit(2);
  }
  return CELLS.filter(({ id }) => names.some((name) => id.startsWith(name)));
}

function table(results: readonly CellResult[]): string {
  const rows = results.map(({ id, ran, reason, passed, failed, skipped, seconds }) => {
    if (reason !== null) return `| ${id} | could not be had: ${reason} | | | | |`;
    const cells = [id, ran ?? "", passed, failed, skipped, seconds.toFixed(0)];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "| Version | What ran | Passed | Failed | Skipped | Seconds |",
    "| --- | --- | --: | --: | --: | --: |",
    ...rows,
  ].join("\n");
}

const chosen = chosenCells();
const results: CellResult[] = [];
for (const [index, cell] of chosen.entries()) {
  process.stdout.write(`[${index + 1}/${chosen.length}] ${cell.id}\n`);
  const result = await runCell(cell, (line) => process.stdout.write(`   ${line}\n`), positionals);
  results.push(result);
  const { ran, reason, passed, failed, seconds, log } = result;
  if (reason !== null) process.stdout.write(`   could not be had: ${reason}\n`);
  else
    process.stdout.write(`   ${ran ?? ""}: ${passed} passed, ${failed} failed in ${seconds.toFixed(0)} s\n`);
  if (failed > 0) process.stdout.write(`   All that it printed: ${log}\n`);
}
process.stdout.write(`\n${table(results)}\n`);
const ran = results.filter(({ reason }) => reason === null);
const failed = ran.reduce((sum, result) => sum + result.failed, 0);
const passed = ran.reduce((sum, result) => sum + result.passed, 0);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 || ran.length === 0 ? 1 : 0;
