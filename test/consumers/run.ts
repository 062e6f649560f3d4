/**
 * `npm run test:consumers`: installs the packed package from npm's registry with Node, TypeScript, Jest, vitest,
 * esbuild, NestJS and the lowest versions of its peers, and tries each way to load the package. `-- --only jest` runs
 * the ways with this word in their name.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { packInto } from "../harness/pack.js";
import { startRedis } from "../harness/redis-server.js";
import { bundlerWays } from "./bundler-ways.js";
import { EmbeddedApps } from "./embedded-ways.js";
import { nodeWays } from "./node-ways.js";
import { PeerApps } from "./peers-ways.js";
import { Project, type Way } from "./project.js";
import { testRunnerWays } from "./test-runner-ways.js";
import { olderPeersWays, typescriptWays } from "./typescript-ways.js";

const TYPES = ["@types/node@20", "@types/express-session@1"];
const COMPILERS = ["ts54@npm:typescript@5.4", "ts60@npm:typescript@6.0"];
const PACKAGES = [
  ...["express@5", "express-session@1", "ioredis@6", "@types/express@5", ...TYPES],
  ...[...COMPILERS, "ts59@npm:typescript@5.9", "ts70@npm:typescript@7.0", "typescript@5.9"],
  ...["jest@30", "babel-jest@30", "@babel/core@7", "@babel/preset-env@7", "ts-jest@29", "@types/jest@30"],
  ...["vitest@4", "esbuild@0.28"],
];
const OLDER_PACKAGES = [
  ...["express@4", "express-session@1", "ioredis@5", "@types/express@4", ...TYPES],
  ...COMPILERS,
];

/** Lines of a failed command's output that are printed. */
const SHOWN_LINES = 30;

const { values: options } = parseArgs({ options: { only: { type: "string" } } });
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function timed(what: string, work: () => Promise<void>): Promise<void> {
  const start = performance.now();
  await work();
  say(`${what} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
}

/** Prints the result of a way. @returns true if the way works */
async function succeeds(way: Way): Promise<boolean> {
  try {
    await timed(`ok   ${way.name}`, () => way.try());
    return true;
  } catch (error) {
    const lines = (error instanceof Error ? error.message : String(error)).split("\n");
    say([`FAIL ${way.name}`, ...lines.slice(0, SHOWN_LINES).map((line) => `     ${line}`)].join("\n"));
    return false;
  }
}

/** Tries the ways, as many at a time as there are processors. */
async function tryAll(ways: readonly Way[]): Promise<boolean[]> {
  const left = [...ways];
  const results: boolean[] = [];
  const work = async (): Promise<void> => {
    for (let way = left.shift(); way !== undefined; way = left.shift()) results.push(await succeeds(way));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return results;
}

const packFolder = mkdtempSync(join(tmpdir(), "curfew-pack-"));
const [project, older, embedded, peers] = [new Project(), new Project(), new EmbeddedApps(), new PeerApps()];
const redis = await startRedis();
try {
  const { file } = packInto(packFolder);
  await timed(`Installed the package with ${String(PACKAGES.length)} others`, () =>
    project.install(file, PACKAGES),
  );
  await timed("Installed the package with Express 4 and ioredis 5", () =>
    older.install(file, OLDER_PACKAGES),
  );
  await timed("Installed the package with js-redis-server, beside ioredis 5 and 6", () =>
    embedded.install(file),
  );
  await timed("Installed the package with its lowest peers, and with NestJS", () => peers.install(file));
  const ways = [
    ...nodeWays(project),
    ...typescriptWays(project),
    ...olderPeersWays(older),
    ...testRunnerWays(project),
    ...bundlerWays(project),
    ...embedded.ways(),
    ...peers.ways(redis.url),
  ];
  const word = options.only?.toLowerCase() ?? "";
  const results = await tryAll(ways.filter(({ name }) => name.toLowerCase().includes(word)));
  const passed = results.filter(Boolean).length;
  say(`${passed} passed, ${results.length - passed} failed`);
  process.exitCode = passed === results.length && passed > 0 ? 0 : 1;
} finally {
  await redis.stop();
  for (const folder of [packFolder, project.folder, older.folder, ...embedded.folders, ...peers.folders])
    rmSync(folder, { recursive: true, force: true });
}
