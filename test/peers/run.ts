/**
 * `npm run test:peers -- --express-session <folder>`: express-session's own test suite, from a checkout of its
 * repository, against `curfew.session()` on a real Redis.
 *
 * `--mode visitor`, `--mode "signed in"` or `--mode loaded` runs one of the three; `--verbose` prints every test.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { startRedis } from "../harness/redis-server.js";
import { LEAST_PASSED } from "./expectations.js";
import { describeTest, judge, type Judged } from "./judge.js";
import { MODES, type Mode } from "./modes.js";
import { Suite } from "./suite.js";

const { values: options } = parseArgs({
  options: {
    "express-session": { type: "string" },
    mode: { type: "string" },
    verbose: { type: "boolean", default: false },
  },
});

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

const folder = resolve(
  options["express-session"] ?? fail("Give --express-session <folder>: a checkout of expressjs/session."),
);
if (!existsSync(join(folder, "test", "session.js")))
  fail(`${folder} has no test/session.js: give a checkout of expressjs/session, not the npm package.`);
const modes = MODES.filter((mode) => options.mode === undefined || mode === options.mode);
if (modes.length === 0) fail(`No such mode. There are: ${MODES.join(", ")}.`);

const VERDICTS = ["pass", "refused option", "documented difference", "defect"] as const;

function tell(mode: Mode, judged: readonly Judged[]): number {
  for (const one of judged)
    if (options.verbose || one.verdict === "defect") process.stdout.write(`   ${describeTest(one)}\n`);
  const counts = VERDICTS.map(
    (verdict) => [verdict, judged.filter((one) => one.verdict === verdict).length] as const,
  );
  const text = counts.map(([verdict, count]) => `${count} ${verdict}`).join(", ");
  process.stdout.write(`${mode}: ${judged.length} tests: ${text}\n`);
  const passed = counts[0]?.[1] ?? 0;
  const defects = counts[3]?.[1] ?? 0;
  if (passed >= LEAST_PASSED[mode]) return defects;
  process.stdout.write(`   Only ${passed} passed; at least ${LEAST_PASSED[mode]} are expected.\n`);
  return defects + 1;
}

const server = await startRedis();
const suite = new Suite(folder);
let passed = 0;
let failed = 0;
try {
  process.stdout.write(`express-session ${suite.version}, Node ${process.version}\n`);
  await suite.install();
  for (const mode of modes) {
    const judged = judge(mode, await suite.run(mode, server.url));
    passed += judged.filter(({ verdict }) => verdict !== "defect").length;
    failed += tell(mode, judged);
  }
} finally {
  suite.remove();
  await server.stop();
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;
