/** What the suite is run on: each supported Node with the usual Redis, and this Node with each Redis. */
import { delimiter, dirname } from "node:path";
import { fetchNode } from "../harness/node-versions.js";
import { REDIS_SERVER } from "../harness/redis-binary.js";
import { fetchRedisVersion, REDIS_VERSIONS } from "../harness/redis-versions.js";

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
export const NODE_VERSIONS = ["20.19.0", "22", "24", "26"];

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
