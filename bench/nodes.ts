/** The Node.js versions that the apps run on. */
import { execFileSync } from "node:child_process";
import { fetchNode } from "../test/harness/node-versions.js";

/** The versions of Node.js that apps are measured on, newest first. */
export const NODE_VERSIONS = ["26", "24", "22", "20"] as const;

/** One of `NODE_VERSIONS`. */
export type NodeVersion = (typeof NODE_VERSIONS)[number];

/** The active LTS. Headlines, the README's sentence and its picture come from this version alone. */
export const JUDGED_NODE: NodeVersion = "26";

/** Versions on which every target is measured. */
export const TARGET_NODES: readonly NodeVersion[] = ["26", "24"];

/** A Node.js that has been fetched. */
export interface FetchedNode {
  readonly path: string;
  /** The full version, such as `26.10.0`. */
  readonly version: string;
}

/** The fetched Node.js versions. */
export type Nodes = ReadonlyMap<NodeVersion, FetchedNode>;

/** Fetches Node.js from the npm registry, once per version. @throws if a version can't be fetched */
export async function fetchNodes(
  versions: readonly NodeVersion[],
  say: (line: string) => void,
): Promise<Nodes> {
  const nodes = new Map<NodeVersion, FetchedNode>();
  for (const version of versions) {
    const path = await fetchNode(version);
    const full = execFileSync(path, ["--version"], { encoding: "utf8" }).trim().slice(1);
    say(`Node ${full}`);
    nodes.set(version, { path, version: full });
  }
  return nodes;
}

/** Returns a fetched version. @throws if it has not been fetched */
export function nodeOf(nodes: Nodes, version: NodeVersion): FetchedNode {
  const node = nodes.get(version);
  if (!node) throw new Error(`Node ${version} has not been fetched.`);
  return node;
}
