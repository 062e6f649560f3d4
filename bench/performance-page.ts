/** Writes docs/performance.md, so that every figure on it comes from one run of one command. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { join } from "node:path";
import { format } from "prettier";
import { PROJECT_FOLDER } from "./build.js";
import type { ScenarioResult } from "./contest.js";
import type { BenchOptions } from "./options.js";
import type { ContestantId } from "./processes/messages.js";
import type { RoundTrips } from "./round-trips.js";
import type { Target } from "./summary.js";
import { roundTripsTable, scenarioTables, scenarioTitle, targetsTable } from "./tables.js";

/** Everything that the page tells. */
export interface PageContent {
  readonly options: BenchOptions;
  readonly redisVersion: string;
  readonly commandLine: string;
  readonly results: readonly ScenarioResult[];
  readonly traces: ReadonlyMap<ContestantId, RoundTrips>;
  readonly targets: readonly Target[];
}

const PACKAGES = ["express", "express-session", "connect-redis", "ioredis", "autocannon"];

/** @returns the path of the page */
export async function writePerformancePage(content: PageContent): Promise<string> {
  const path = join(PROJECT_FOLDER, "docs/performance.md");
  mkdirSync(join(PROJECT_FOLDER, "docs"), { recursive: true });
  writeFileSync(path, await format(page(content), { parser: "markdown", printWidth: 110 }));
  return path;
}

function page({ options, redisVersion, commandLine, results, traces, targets }: PageContent): string {
  const missed = targets.filter(({ isMet }) => !isMet);
  return `# Performance

Written by \`${commandLine}\` on ${new Date().toISOString().slice(0, 10)}${commit()}. Don't edit it; run the command.

## What is compared

| Contestant | What it does on a request |
| --- | --- |
| Express alone | Answers the same JSON, with no session: what nothing can undercut |
| Express, one GET | Reads one value from Redis first: what nothing with its sessions in Redis can undercut |
| express-session, bare | express-session, connect-redis and ioredis as their READMEs have it; nothing is enforced |
| enforced by hand | The same, with idle and absolute stamps in \`req.session\`, a key for each user that names the newest session, and settings read from Redis |
| express-curfew | Inactivity logout, a limit of one session, location tracking and \`requireSignIn()\`, under settings read from Redis |

Each app runs in a process of its own, a real redis-server in another, autocannon in another. The contestants take
turns of half a second: ${options.rounds} rounds of ${options.seconds} s for each, after a warm-up. Figures are medians of the rounds. Ratios are
taken within each round, so what slows the machine down for a while touches both sides of one. ${options.sessions} sessions are signed in, each
with a user of its own. To put Redis farther away, a proxy holds each command back; "round trip" is what a PING
through it really took.

## Machine

${machine(redisVersion)}

## Targets

${targetsTable(targets)}

${missed.length === 0 ? "All targets were met." : `${missed.length} of ${targets.length} targets were missed in this run.`}

## Round trips

Seen with one request at a time through a proxy that holds each command for 20 ms: which ones the handler waited for,
and which ones the end of the answer waited for. The commands are those of a request that reads, soon after another.

${roundTripsTable(traces)}

## Figures

${results.map((result) => `### ${scenarioTitle(result)}\n\n${scenarioTables(result)}`).join("\n\n")}
`;
}

function machine(redisVersion: string): string {
  const [processor] = cpus();
  const versions = PACKAGES.map((name) => `${name} ${versionOf(name)}`).join(", ");
  return [
    `- ${cpus().length} × ${processor?.model.trim() ?? "unknown processor"}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${type()} ${release()}`,
    `- Node ${process.versions.node}, Redis ${redisVersion}`,
    `- ${versions}`,
  ].join("\n");
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
