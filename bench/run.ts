/** `npm run bench`: express-curfew beside bare express-session, enforcement by hand, and what can't be undercut. */
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { Redis } from "ioredis";
import { startRedis } from "../test/support/redis-server.js";
import { build } from "./build.js";
import { runContest, traceAll, type Bench, type ScenarioResult } from "./contest.js";
import { parseBenchOptions, USAGE, type BenchOptions } from "./options.js";
import { writePerformancePage } from "./performance-page.js";
import type { LoadCalls } from "./processes/messages.js";
import { judgeTargets } from "./summary.js";
import { roundTripsTable, scenarioTables, scenarioTitle, targetsTable } from "./tables.js";
import { Worker } from "./worker.js";

const say = (line: string): void => {
  console.log(line);
};

async function run(options: BenchOptions): Promise<void> {
  say("Building the package and the benchmark …");
  const built = build();
  const server = await startRedis();
  const redis = new Redis(server.url);
  const load = new Worker<LoadCalls>(built.script("load"));
  try {
    await runWith({ options, built, server, redis, load, say });
  } finally {
    await load.stop();
    redis.disconnect();
    await server.stop();
  }
}

async function runWith(bench: Bench): Promise<void> {
  const { options, server } = bench;
  say(`Redis ${server.version}, Node ${process.versions.node}. Tracing round trips …`);
  const traces = await traceAll(bench);
  const results: ScenarioResult[] = [];
  for (const payloadBytes of options.payloadBytes)
    for (const latencyMs of options.latenciesMs)
      results.push(...(await runContest(bench, latencyMs, payloadBytes)));

  const targets = judgeTargets(results, traces);
  say(`\n${roundTripsTable(traces)}`);
  for (const result of results) say(`\n${scenarioTitle(result)}\n${scenarioTables(result)}`);
  say(`\n${targetsTable(targets)}`);
  if (!options.write) return;
  const commandLine = ["npm run bench --", ...process.argv.slice(2)].join(" ");
  const content = { options, redisVersion: server.version, commandLine, results, traces, targets };
  say(`\nWrote ${await writePerformancePage(content)}`);
}

const options = parseBenchOptions(process.argv.slice(2));
if (options === null) {
  say(USAGE);
} else {
  const absolute = (folder: string | null): string | null => (folder === null ? null : resolve(folder));
  const profile = absolute(options.profile);
  if (profile !== null) mkdirSync(profile, { recursive: true });
  await run({ ...options, against: absolute(options.against), profile });
}
