/** Writes docs/performance.md, its chart and the README's paragraph, so that all their figures come from one run. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { join } from "node:path";
import { format } from "prettier";
import { SESSIONS } from "./apps.js";
import { PROJECT_FOLDER } from "./build.js";
import { drawChart } from "./chart.js";
import { FEW_SESSIONS } from "./growth.js";
import { headlineOf } from "./headline.js";
import { latencyChart } from "./latency-chart.js";
import { JUDGED_NODE, type Nodes } from "./nodes.js";
import type { BenchOptions } from "./options.js";
import { SMALL_PAYLOAD_BYTES } from "./plan.js";
import type { Profiles } from "./profiles.js";
import { withFigures } from "./readme.js";
import {
  nodesTable,
  profilesTable,
  roundTripsTable,
  scenarioTables,
  scenarioTitle,
  targetsTable,
} from "./tables.js";
import { listMisses, type Measurements, type Target } from "./targets.js";

/** The content of the page. */
export interface PageContent extends Measurements {
  readonly options: BenchOptions;
  readonly nodes: Nodes;
  readonly redisVersion: string;
  readonly commandLine: string;
  readonly profiles: Profiles;
  readonly targets: readonly Target[];
}

const PACKAGES = [
  "express",
  "express-session",
  "connect-redis",
  "ioredis",
  "better-auth",
  "iron-session",
  "autocannon",
];

/** Writes the page, its chart and the README's paragraph. Returns the paths. */
export async function writePerformancePage(content: PageContent): Promise<string[]> {
  const date = new Date().toISOString().slice(0, 10);
  const paths: string[] = [];
  const write = (name: string, text: string): void => {
    const path = join(PROJECT_FOLDER, name);
    writeFileSync(path, text);
    paths.push(path);
  };
  const chart = latencyChart(content.results, [
    `Measured by ${content.commandLine}`,
    `on ${date}, ${machineInShort()}.`,
  ]);
  const page = pageOf(content, date, chart !== null);
  write("docs/performance.md", await format(page, { parser: "markdown", printWidth: 110 }));
  if (chart) write("docs/latency.svg", drawChart(chart));
  const readme = readFileSync(join(PROJECT_FOLDER, "README.md"), "utf8");
  write("README.md", withFigures(readme, headlineOf(content)));
  return paths;
}

/** Returns the page. Its fixed sentences state the method only, because a run may not bear out a conclusion. */
export function pageOf(content: PageContent, date: string, hasChart: boolean): string {
  const { options, commandLine, results, traces, profiles, targets } = content;
  return `# Performance

${headlineOf(content)}

\`${commandLine}\` wrote this page on ${date}${commit()}. Don't edit the page; run the command.

## Targets

A ratio is express-curfew's figure over the other figure, the median of the rounds' ratios. Brackets hold the interval
that contains the true median in 95 of 100 runs (all values, if there were fewer than six rounds). All with
${SMALL_PAYLOAD_BYTES} bytes of session data. Missed targets are bold.

${targetsTable(targets)}

${missesOf(targets)}

${hasChart ? `![Latency on Node ${JUDGED_NODE}, median and 99th percentile, of express-curfew and others](latency.svg)\n\n` : ""}## Other versions of Node.js

Full load: 32 busy connections, Redis on this machine.

${nodesTable(results)}

Express sets the prototype of each request and response. V8 in Node 22 and earlier then gives each of them a hidden class
of its own, which makes property access slow. express-curfew lets them share a class on these versions, which has nothing
to do with sessions ([ADR 9](adr/0009-what-a-request-costs.md)). Newer versions share the class by themselves, so their
figures compare the session code alone. Node 20 is past its end of life; no headline comes from Node 20 or 22.

## Contestants

| Contestant | Work on a request |
| --- | --- |
| Express alone | Answers the same JSON, without a session |
| Express, one GET | Reads one value from Redis |
| express-session, bare | express-session, connect-redis and ioredis, as their READMEs show; nothing is enforced |
| enforced by hand | The same, with stamps in \`req.session\`, a key per user and settings in Redis |
| better-auth | \`auth.api.getSession\`, with Redis as secondary storage and no cookie cache |
| iron-session | \`getIronSession\`: all data in a sealed cookie that the app cannot revoke |
| express-curfew | Inactivity logout, a limit of one browser, location tracking and \`requireSignIn()\` |

All contestants answer the same JSON from the same session data. Before measuring, each app answers every user from that
user's session. Each guard also answers 401 to a request without a cookie.

better-auth's cookie cache is off, which is its default: with the cache, a revoked session would continue for minutes. Its
users are in memory. iron-session's cookie can't hold the large payload.

## Method

Each app, each redis-server and the load generator run in a process of their own. The apps run on the Node.js that the
title of a figure names, fetched from the npm registry. The load generator runs on Node ${process.versions.node}.

The apps take turns of half a second, every second time in the opposite order. Every app has ${options.rounds} rounds of
${options.seconds} s after a warm-up. The apps of a target have ${options.judgedRounds}. Figures are medians of the rounds. ${SESSIONS} sessions are
signed in, each of a user of its own.

- **Busy connections** each send a request as soon as the last answer arrives (autocannon).
- **Offered load** comes at random moments, the same for each app, whether or not other requests are answered. The load is
  half of the requests that bare express-session answers with 32 busy connections, and at most 70 % of the slowest app's.
  A request's latency begins when the request is due.
- **Processor times** are the system's own accounting: of the app by \`process.cpuUsage()\`, of Redis by
  \`/proc/<pid>/stat\`.
- **Growth** compares three kinds of sessions in one app process at 32 busy connections: sessions of a Redis with
  ${FEW_SESSIONS.toLocaleString("en")} sessions, sessions of a Redis with the number that the target names, and sessions of one user with many
  sign-ins. Every session was signed in over HTTP. Memory is compared with a Redis that holds the same app data in as
  many keys of the same length.

With one busy connection and with offered load, processors have pauses. A virtual machine returns a paused processor to
its host, and getting the processor back takes tens of microseconds. Threads of the lowest priority keep the processors
awake in these scenarios.

To put Redis farther away, a proxy delays each command. Both directions together are one round trip; "round trip" in a
title is the measured time of a PING.

Figures leave failed requests out. Their number, if any, stands beside the contestant's name.

## Machine

${machine(content)}

## Round trips

One request at a time, through a proxy that delays each command by 20 ms. A request that reads sends these commands,
soon after another.

${roundTripsTable(traces)}
${profiles.size === 0 ? "" : profilesOf(profiles)}
## All figures

${results.map((result) => `### ${scenarioTitle(result)}\n\n${scenarioTables(result)}`).join("\n\n")}
`;
}

function missesOf(targets: readonly Target[]): string {
  const missed = targets.filter(({ isMet }) => !isMet).length;
  if (missed === 0) return `This run met all ${targets.length} targets.`;
  return `This run missed ${missed} of ${targets.length} targets:\n\n${listMisses(targets)}`;
}

function profilesOf(profiles: Profiles): string {
  return `
## Processor time by package

Microseconds of an app's processor time a request on Node ${JUDGED_NODE}, by the package whose code ran, at 32 busy connections
with Redis on this machine. A package's own dependencies count as the package. Profiling slows apps down, so compare
rows, not sums with processor times elsewhere.

${profilesTable(profiles)}
`;
}

function machine({ nodes, redisVersion }: PageContent): string {
  const versions = PACKAGES.map((name) => `${name} ${versionOf(name)}`).join(", ");
  const nodeVersions = [...nodes.values()].map(({ version }) => version).join(", ");
  return [
    `- ${machineInShort()}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${type()} ${release()}`,
    `- Node ${nodeVersions}; Redis ${redisVersion}`,
    `- ${versions}`,
  ].join("\n");
}

function machineInShort(): string {
  return `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown processor"}`;
}

function versionOf(name: string): string {
  const manifest = readFileSync(join(PROJECT_FOLDER, `node_modules/${name}/package.json`), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

function commit(): string {
  try {
    const options = { cwd: PROJECT_FOLDER, encoding: "utf8" } as const;
    return ` at commit ${execFileSync("git", ["rev-parse", "--short", "HEAD"], options).trim()}`;
  } catch {
    return "";
  }
}
