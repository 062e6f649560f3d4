/** `npm run bench`: express-curfew beside express-session, enforcement by hand, its peers, and what can't be undercut. */
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { Redis } from "ioredis";
import { startRedis } from "../test/support/redis-server.js";
import { traceAll, type Bench } from "./apps.js";
import { build } from "./build.js";
import { runGroup, type ScenarioResult } from "./contest.js";
import { headlineOf } from "./headline.js";
import { explainMisses } from "./misses.js";
import { parseBenchOptions, USAGE, type BenchOptions } from "./options.js";
import { writePerformancePage } from "./performance-page.js";
import { contestantsOf, planGroups, secondsOfAll } from "./plan.js";
import type { AwakeCalls, LoadCalls } from "./processes/messages.js";
import type { Profiles } from "./profiles.js";
import { durationOf, Progress } from "./progress.js";
import { profilesTable, roundTripsTable, scenarioTables, scenarioTitle, targetsTable } from "./tables.js";
import { judgeTargets } from "./targets.js";
import { Worker } from "./worker.js";

const say = (line: string): void => {
  console.log(line);
};

async function run(options: BenchOptions): Promise<void> {
  say("Building the package and the benchmark …");
  const built = await build();
  const server = await startRedis();
  const redis = new Redis(server.url);
  const load = new Worker<LoadCalls>(built.script("load"));
  const awake = new Worker<AwakeCalls>(built.script("awake"));
  const progress = new Progress(secondsOfAll(planGroups(options), options));
  try {
    await runWith({ options, built, server, redis, load, awake, progress, say });
  } finally {
    await load.stop();
    await awake.stop();
    redis.disconnect();
    await server.stop();
  }
}

async function runWith(bench: Bench): Promise<void> {
  const { options, server } = bench;
  const startedAt = performance.now();
  const groups = planGroups(options);
  say(`Redis ${server.version}, Node ${process.versions.node}. Tracing round trips …`);
  const traces = await traceAll(bench);
  say(`Measuring, which takes ${durationOf(secondsOfAll(groups, options))} …`);
  const results: ScenarioResult[] = [];
  let profiles: Profiles = new Map();
  // Profiled where the most contestants are, which is where there is no distance and little to carry.
  const most = Math.max(...groups.map((group) => contestantsOf(group).length));
  const profiled = groups.find((group) => contestantsOf(group).length === most);
  const isProfiling = !options.judge || options.profile !== null;
  for (const group of groups) {
    const found = await runGroup(bench, group, group === profiled && isProfiling);
    results.push(...found.results);
    if (found.profiles.size > 0) profiles = found.profiles;
  }

  const targets = judgeTargets(results, traces);
  say(`\n${roundTripsTable(traces)}`);
  for (const result of results) say(`\n${scenarioTitle(result)}\n${scenarioTables(result)}`);
  if (profiles.size > 0) say(`\n${profilesTable(profiles)}`);
  say(`\n${headlineOf(results, traces)}\n\n${targetsTable(targets)}\n\n${explainMisses(targets)}`);
  say(`\nThat took ${durationOf((performance.now() - startedAt) / 1_000)}.`);
  if (!options.write) return;
  const commandLine = ["npm run bench --", ...process.argv.slice(2)].join(" ");
  const content = { options, redisVersion: server.version, commandLine, results, traces, profiles, targets };
  say(`Wrote ${(await writePerformancePage(content)).join(" and ")}`);
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
