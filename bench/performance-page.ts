/** Writes docs/performance.md and its chart, so that every figure on them comes from one run of one command. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { join } from "node:path";
import { format } from "prettier";
import { PROJECT_FOLDER } from "./build.js";
import { drawChart } from "./chart.js";
import type { ScenarioResult } from "./contest.js";
import { headlineOf } from "./headline.js";
import { latencyChart } from "./latency-chart.js";
import { explainMisses } from "./misses.js";
import type { BenchOptions } from "./options.js";
import { SMALL_PAYLOAD_BYTES } from "./plan.js";
import type { ContestantId } from "./processes/messages.js";
import type { Profiles } from "./profiles.js";
import type { RoundTrips } from "./round-trips.js";
import { profilesTable, roundTripsTable, scenarioTables, scenarioTitle, targetsTable } from "./tables.js";
import type { Target } from "./targets.js";

/** Everything that the page tells. */
export interface PageContent {
  readonly options: BenchOptions;
  readonly redisVersion: string;
  readonly commandLine: string;
  readonly results: readonly ScenarioResult[];
  readonly traces: ReadonlyMap<ContestantId, RoundTrips>;
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

/** @returns the paths of what it has written */
export async function writePerformancePage(content: PageContent): Promise<string[]> {
  const folder = join(PROJECT_FOLDER, "docs");
  mkdirSync(folder, { recursive: true });
  const written = [join(folder, "performance.md")];
  const date = new Date().toISOString().slice(0, 10);
  const chart = latencyChart(content.results, [
    `Measured by ${content.commandLine}`,
    `on ${date}, ${machineInShort()}.`,
  ]);
  if (chart) {
    written.push(join(folder, "latency.svg"));
    writeFileSync(join(folder, "latency.svg"), drawChart(chart));
  }
  const page = pageOf(content, date, chart !== null);
  writeFileSync(join(folder, "performance.md"), await format(page, { parser: "markdown", printWidth: 110 }));
  return written;
}

function pageOf(content: PageContent, date: string, hasChart: boolean): string {
  const { options, redisVersion, commandLine, results, traces, profiles, targets } = content;
  return `# Performance

${headlineOf(results, traces)}

Written by \`${commandLine}\` on ${date}${commit()}. Don't edit it; run the command.

## Targets

Ratios are express-curfew's figure over the other's, the median of the rounds' ratios, in brackets the interval that holds
the true median in 95 of 100 runs (of fewer than six rounds, all that was seen). All with ${SMALL_PAYLOAD_BYTES} bytes of session
data. What was missed is bold.

${targetsTable(targets)}

${missedOf(targets)}

${hasChart ? "![Latency, median and 99th percentile, of express-curfew and others](latency.svg)\n\n" : ""}## What is compared

| Contestant | What it does on a request |
| --- | --- |
| Express alone | Answers the same JSON, with no session: what nothing can undercut |
| Express, one GET | Reads one value from Redis first: what nothing with its sessions in Redis can undercut |
| express-session, bare | express-session, connect-redis and ioredis as their READMEs have it; nothing is enforced |
| enforced by hand | The same, with idle and absolute stamps in \`req.session\`, a key for each user that names the newest session, and settings read from Redis |
| better-auth | \`auth.api.getSession\`, sessions in Redis as secondary storage on ioredis as its documentation has it, users in memory. The session cookie cache is off, as it is by default, so that a revoked session ends at once, as with express-curfew |
| iron-session | \`getIronSession\`: everything in a sealed cookie, and Redis is not asked. Nobody can end such a session before its time |
| express-curfew | Inactivity logout, a limit of one session, location tracking and \`requireSignIn()\`, under settings read from Redis |

All answer the same JSON from the same session data. Before anything is measured, each app has answered every user from
that user's own session, and those that guard have answered 401 to nobody. Express alone and with one GET take part with
Redis on this machine and the small payload, better-auth and iron-session with the small payload and Redis up to 1 ms
away (a sealed cookie can't hold the large one), the others everywhere.

## How it is measured

Each app runs in a process of its own, a real redis-server in another, the load generator in another. The contestants take
turns of half a second, every second time in the opposite order: ${options.rounds} rounds of ${options.seconds} s for each after a warm-up, and
${options.judgedRounds} for those whose figures are judged. Figures are medians of the rounds. Ratios are taken within each round, so what slows
the machine down for a while touches both sides of one. ${options.sessions} sessions are signed in, each with a user of its own.

- **Busy connections** each send a request as soon as their last one is answered (autocannon). This shows how much an app
  can do: as many connections as these share two processors with Redis and the load generator, so from 32 on it is
  processor time that decides, wherever Redis is. An app that waits less is only kept busier.
- **Offered load** comes at random moments, the same for every contestant, whether or not others are answered: half of
  what bare express-session can carry with 32 busy connections in the same place, and at most 70 % of what the slowest
  can. Each request's time runs from the moment at which it was due, so an app that falls behind can't hide it. This is
  what the users of an app see that is not overloaded, and where a round trip that is spared shows.

With one busy connection and with offered load processors have pauses. A virtual machine's are given back to the host in
each, and take tens of microseconds to come back for each packet, which no app has any say in: so threads of the lowest
priority keep them awake there, and give way to everybody else.

To put Redis farther away, a proxy holds each command back, for as long as makes a PING take that much longer than one
without the proxy; both directions together are one round trip. "Round trip" is what a PING took in all before the apps
were measured. "1 ms away" may be said of a round trip and of each direction, so 1 ms and 2 ms are both judged. While
commands are held, the proxy takes about a fifth of a processor, and so does the generator of offered load. Requests that
fail are in no figure but one: their number stands beside the contestant's name, where there were any.

## Machine

${machine(redisVersion)}

## Round trips

Seen with one request at a time through a proxy that holds each command for 20 ms: which ones the handler waited for,
and which ones the end of the answer waited for. The commands are those of a request that reads, soon after another.

${roundTripsTable(traces)}
${profiles.size === 0 ? "" : whereTheTimeGoes(profiles)}
## Figures

${results.map((result) => `### ${scenarioTitle(result)}\n\n${scenarioTables(result)}`).join("\n\n")}
`;
}

function missedOf(targets: readonly Target[]): string {
  const missed = targets.filter(({ miss }) => miss !== null).length;
  if (missed === 0) return "All targets were met.";
  return `${missed} of ${targets.length} targets ${missed === 1 ? "was" : "were"} missed in this run:\n\n${explainMisses(targets)}`;
}

function whereTheTimeGoes(profiles: Profiles): string {
  return `
## Where the time goes

Microseconds of an app's processor time a request, shared out by whose code was running according to processor profiles
at 32 busy connections, Redis on this machine, 300 bytes; a package's own dependencies count as its own. Profiles are
taken apart from the figures, since they slow an app down: compare rows, not sums with processor times elsewhere.

${profilesTable(profiles)}
`;
}

function machine(redisVersion: string): string {
  const versions = PACKAGES.map((name) => `${name} ${versionOf(name)}`).join(", ");
  return [
    `- ${machineInShort()}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${type()} ${release()}`,
    `- Node ${process.versions.node}, Redis ${redisVersion}`,
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
