/**
 * `npm run test:fuzz` tries every property at its full count, with progress.
 *
 * - `--only F3,G4` tries these properties.
 * - `--runs 500` tries this many inputs for each.
 * - `--seed 42 --path 1:2` repeats a printed failure.
 */
import { parseArgs } from "node:util";
import { startRedis } from "../harness/redis-server.js";
import { openGround } from "./ground.js";
import { PROPERTIES } from "./index.js";
import { tryProperty } from "./property.js";

const { values: options } = parseArgs({
  options: {
    only: { type: "string" },
    runs: { type: "string" },
    seed: { type: "string" },
    path: { type: "string" },
  },
});
const ids = options.only?.split(",").map((id) => id.trim().toUpperCase());
const chosen = PROPERTIES.filter(({ name }) => {
  const [own = ""] = name.split(":", 1);
  return ids === undefined || own.split(", ").some((id) => ids.includes(id));
});
if (chosen.length === 0) {
  process.stderr.write(`No such property. There are:\n${PROPERTIES.map(({ name }) => name).join("\n")}\n`);
  process.exit(2);
}

const TELL_EVERY_MS = 10_000;
const server = await startRedis();
const ground = await openGround(server.url);
let failed = 0;
try {
  for (const one of chosen) {
    process.stdout.write(`${one.name}\n`);
    const startedAt = performance.now();
    let toldAt = startedAt;
    const runs = options.runs === undefined ? one.runs : Number(options.runs);
    const trial = await tryProperty(
      one,
      ground,
      {
        runs,
        ...(options.seed === undefined ? {} : { seed: Number(options.seed) }),
        ...(options.path === undefined ? {} : { path: options.path }),
      },
      (done) => {
        if (performance.now() - toldAt < TELL_EVERY_MS) return;
        toldAt = performance.now();
        process.stdout.write(`   ${done} of ${runs}\n`);
      },
    );
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    if (trial.failure !== null) failed += 1;
    process.stdout.write(
      trial.failure === null
        ? `   ok, ${trial.runs} inputs in ${seconds} s\n`
        : `   FAILED\n${trial.failure}\n`,
    );
  }
} finally {
  await ground.close();
  await server.stop();
}
process.stdout.write(`${chosen.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;
