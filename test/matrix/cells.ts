/** The cells of the matrix: each supported Node with the usual Redis, and this Node with each Redis. */
import { delimiter, dirname } from "node:path";
import { fetchNode } from "../harness/node-versions.js";
import { REDIS_SERVER } from "../harness/redis-binary.js";
import { fetchRedisVersion, REDIS_VERSIONS } from "../harness/redis-versions.js";

/** One run of the suite. */
export interface Cell {
  /** Name such as `node@24` or `valkey@8`. */
  readonly id: string;
  /** Part of the suite. Tests without Redis give the same result on each Redis. */
  readonly project: "all" | "redis";
  /** Fetches the cell's programs. @throws NotToBeHad with the reason */
  prepare(): Promise<Equipment>;
}

/** Programs of a run. */
export interface Equipment {
  /** Path of the Node to run on. */
  readonly node: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Oldest supported Node, and the newest of each later line in the npm registry. */
export const NODE_VERSIONS = ["20.19.0", "22", "24", "26"];

/** The runs on other Nodes. */
export const NODE_CELLS: readonly Cell[] = NODE_VERSIONS.map((version) => ({
  id: `node@${version}`,
  project: "all",
  prepare: async () => {
    const node = await fetchNode(version);
    // Tests that start `node` or npm must also use this Node.
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
