/** What the suite is run on: each supported Node with the usual Redis, and this Node with each Redis. */
import { execFile } from "node:child_process";
import { access, mkdir } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { lastLine } from "../support/debian-packages.js";
import { CACHE, REDIS_SERVER } from "../support/redis-binary.js";
import { fetchRedisVersion, NotToBeHad, REDIS_VERSIONS } from "../support/redis-versions.js";

const run = promisify(execFile);

/** One run of the suite. */
export interface Cell {
  /** Such as `node@24` or `valkey@8`. */
  readonly id: string;
  /** Which part of the suite: what knows no Redis runs the same on each. */
  readonly project: "all" | "redis";
  /** Fetches what it runs on. @throws NotToBeHad with the reason */
  prepare(): Promise<Equipment>;
}

/** What a run needs. */
export interface Equipment {
  /** The path of the Node to run on. */
  readonly node: string;
  readonly env: NodeJS.ProcessEnv;
}

/** The oldest Node that is supported, and the newest of each line since, as the npm registry has them. */
const NODE_VERSIONS = ["20.19.0", "22", "24", "26"];

/** The runs on other Nodes. */
export const NODE_CELLS: readonly Cell[] = NODE_VERSIONS.map((version) => ({
  id: `node@${version}`,
  project: "all",
  prepare: async () => {
    const node = await fetchNode(version);
    // What tests start as `node` or by npm is to be this one too.
    return { node, env: { PATH: `${dirname(node)}${delimiter}${process.env["PATH"] ?? ""}` } };
  },
}));

/** The runs on other Redis versions. */
export const REDIS_CELLS: readonly Cell[] = REDIS_VERSIONS.map((version) => ({
  id: version.id,
  project: "redis",
  prepare: async () => ({
    node: process.execPath,
    env: { [REDIS_SERVER]: await fetchRedisVersion(version), REDIS_URL: "" },
  }),
}));

async function fetchNode(version: string): Promise<string> {
  const folder = join(CACHE, `node@${version}-${process.arch}`);
  const name = `node-${process.platform}-${process.arch}`;
  const path = join(folder, "node_modules", name, "bin", "node");
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere) return path;
  await mkdir(folder, { recursive: true });
  const flags = ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts"];
  try {
    await run("npm", ["install", "--prefix", folder, ...flags, `${name}@${version}`]);
    return path;
  } catch (error) {
    throw new NotToBeHad(`npm install ${name}@${version}: ${lastLine(error)}`, { cause: error });
  }
}
