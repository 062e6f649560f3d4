/** `npm run bench`: measures express-curfew beside express-session, enforcement by hand and other packages. */
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { Redis } from "ioredis";
import { startRedis } from "../test/harness/redis-server.js";
import { traceAll, type Bench } from "./apps.js";
import { build } from "./build.js";
import { runGroup, type ScenarioResult } from "./contest.js";
import { measuresGrowth, runGrowth, secondsOfGrowth } from "./growth.js";
import { headlineOf } from "./headline.js";
import { fetchNodes, JUDGED_NODE } from "./nodes.js";
import { parseBenchOptions, USAGE, type BenchOptions } from "./options.js";
import { writePerformancePage } from "./performance-page.js";
import { busyScenario, isSame, planGroups, secondsOfAll, type Group } from "./plan.js";
import type { AwakeCalls, LoadCalls } from "./processes/messages.js";
import type { Profiles } from "./profiles.js";
import { durationOf, Progress } from "./progress.js";
import {
  nodesTable,
  profilesTable,
  roundTripsTable,
  scenarioTables,
  scenarioTitle,
  targetsTable,
} from "./tables.js";
import { judgeTargets, listMisses } from "./targets.js";
import { Worker } from "./worker.js";

const say = (line: string): void => {
  console.log(line);
};

async function run(options: BenchOptions): Promise<void> {
  say("Fetching Node.js …");
  const nodes = await fetchNodes(options.nodes, say);
  say("Building the package and the benchmark …");
  const built = await build();
  const server = await startRedis();
  const redis = new Redis(server.url);
  const load = new Worker<LoadCalls>(built.script("load"));
  const awake = new Worker<AwakeCalls>(built.script("awake"));
  const progress = new Progress(secondsOf(options));
  try {
    await runWith({ options, built, nodes, server, redis, load, awake, progress, say });
  } finally {
    await load.stop();
    await awake.stop();
    redis.disconnect();
    await server.stop();
  }
}

const secondsOf = (options: BenchOptions): number =>
  secondsOfAll(planGroups(options), options) + secondsOfGrowth(options);

async function runWith(bench: Bench): Promise<void> {
  const { options, server, nodes } = bench;
  const startedAt = performance.now();
  say(`Redis ${server.version}. Tracing round trips …`);
  const traces = await traceAll(bench);
  say(`Measuring, which takes ${durationOf(secondsOf(options))} …`);
  const results: ScenarioResult[] = [];
  let profiles: Profiles = new Map();
  for (const group of planGroups(options)) {
    const found = await runGroup(bench, group, isProfiled(group, options));
    results.push(...found.results);
    if (found.profiles.size > 0) profiles = found.profiles;
  }
  say(`\n${roundTripsTable(traces)}`);
  for (const result of results) say(`\n${scenarioTitle(result)}\n${scenarioTables(result)}`);
  if (profiles.size > 0) say(`\n${profilesTable(profiles)}`);
  say(`\n${nodesTable(results)}\n\n${headlineOf({ results, traces })}`);
  const growth = measuresGrowth(options) ? await runGrowth(bench) : null;
  const targets = judgeTargets({ results, growth, traces });
  say(`\n${targetsTable(targets)}\n\nMissed:\n${listMisses(targets) || "none"}`);
  say(`\nThe run took ${durationOf((performance.now() - startedAt) / 1_000)}.`);
  if (!options.write) return;
  const commandLine = ["npm run bench --", ...process.argv.slice(2)].join(" ");
  const measured = { results, growth, traces, profiles, targets };
  const content = { options, nodes, redisVersion: server.version, commandLine, ...measured };
  say(`Wrote ${(await writePerformancePage(content)).join(", ")}`);
}

/** Returns true if the group's apps are profiled: apps under full load on the judged Node. */
function isProfiled({ cells }: Group, { judge, profile }: BenchOptions): boolean {
  if (judge && profile === null) return false;
  return cells.some(({ scenario }) => isSame(scenario, busyScenario(JUDGED_NODE)));
}

const options = parseBenchOptions(process.argv.slice(2));
if (options === null) {
  say(USAGE);
} else {
  if (options.write && !options.nodes.includes(JUDGED_NODE))
    throw new Error(
      `--write: the page's figures come from Node ${JUDGED_NODE}; add ${JUDGED_NODE} to --nodes.`,
    );
  const absolute = (folder: string | null): string | null => (folder === null ? null : resolve(folder));
  const profile = absolute(options.profile);
  if (profile !== null) mkdirSync(profile, { recursive: true });
  await run({ ...options, against: absolute(options.against), profile });
}
