/** Facts about a Redis server, or each master of a Cluster. */
import type { RedisClient } from "../../redis/redis-client.js";
import type { NodeConnection } from "../../redis/nodes.js";

type Node = Pick<RedisClient, "call"> & Partial<NodeConnection>;

/** Facts about one server. A text is `null` if Redis refuses to tell it. */
export interface NodeFacts {
  readonly name: string;
  /** The sections of INFO that the checks read. */
  readonly info: string | null;
  /** Points of time at which Redis saves its data; `null` if Redis does not tell them. */
  readonly save: string | null;
  /** Redis's clock minus this machine's clock, in milliseconds. */
  readonly clockAheadMs: number;
  readonly roundTripMs: number;
}

const SECTIONS = ["server", "memory", "persistence", "replication"];
const TRIPS = 5;

/** Asks a server, or each master of a Cluster. */
export function askNodes(client: RedisClient): Promise<NodeFacts[]> {
  const nodes: readonly Node[] = client.nodes?.("master") ?? [client];
  return Promise.all(nodes.map(askNode));
}

async function askNode(node: Node): Promise<NodeFacts> {
  const { host = "localhost", port = 6379 } = (node.options ?? {}) as { host?: string; port?: number };
  const infos = await Promise.all(SECTIONS.map((section) => textOrNull(node.call("INFO", section))));
  const save = await node.call("CONFIG", "GET", "save").catch(() => null);
  return {
    name: `${host}:${String(port)}`,
    info: infos.includes(null) ? null : infos.join("\n"),
    save: savePoints(save),
    ...(await askTime(node)),
  };
}

const textOrNull = (reply: Promise<unknown>): Promise<string | null> => reply.then(String, () => null);

/** Returns the value of `CONFIG GET save`, which is a list with RESP2 and a map with RESP3. */
function savePoints(reply: unknown): string | null {
  if (Array.isArray(reply)) return typeof reply[1] === "string" ? reply[1] : null;
  const { save } = (reply ?? {}) as { readonly save?: unknown };
  return typeof save === "string" ? save : null;
}

/** Compares the clocks by the fastest of some round trips. */
async function askTime(node: Node): Promise<Pick<NodeFacts, "clockAheadMs" | "roundTripMs">> {
  let best = { clockAheadMs: 0, roundTripMs: Number.POSITIVE_INFINITY };
  for (let trip = 0; trip < TRIPS; trip++) {
    const sentAt = performance.now();
    const [seconds, microseconds] = (await node.call("TIME")) as [string, string];
    const roundTripMs = performance.now() - sentAt;
    if (roundTripMs >= best.roundTripMs) continue;
    const serverMs = Number(seconds) * 1_000 + Number(microseconds) / 1_000;
    best = { clockAheadMs: serverMs - (Date.now() - roundTripMs / 2), roundTripMs };
  }
  return best;
}
