/** Facts about a Redis server, or each master of a Cluster. */
import { ask, askOrNull, nodeName, type Node } from "./ask.js";

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

/** Asks a server. @throws CurfewError `redis_unavailable` */
export async function askNode(node: Node): Promise<NodeFacts> {
  const infos = await Promise.all(SECTIONS.map((section) => askOrNull(node, "INFO", section)));
  const save = await askOrNull(node, "CONFIG", "GET", "save");
  return {
    name: nodeName(node),
    info: infos.includes(null) ? null : infos.join("\n"),
    save: savePoints(save),
    ...(await askTime(node)),
  };
}

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
    const [seconds, microseconds] = (await ask(node, "TIME")) as [string, string];
    const roundTripMs = performance.now() - sentAt;
    if (roundTripMs >= best.roundTripMs) continue;
    const serverMs = Number(seconds) * 1_000 + Number(microseconds) / 1_000;
    best = { clockAheadMs: serverMs - (Date.now() - roundTripMs / 2), roundTripMs };
  }
  return best;
}
