/** Counts the errors that the nodes of a Cluster have answered. */
import { Redis } from "ioredis";
import type { RedisCluster } from "./redis-cluster.js";

/** Number of answers of each error by all running nodes, by the error's first word. */
export type ErrorCounts = Readonly<Record<string, number>>;

/** Asks every running node. */
export async function errorsOf({ servers }: RedisCluster): Promise<ErrorCounts> {
  const counts: Record<string, number> = {};
  for (const { url } of servers) {
    const client = new Redis(url, { retryStrategy: () => null });
    client.on("error", () => undefined);
    const info = await client.info("errorstats").catch(() => "");
    client.disconnect();
    for (const [, name = "", count] of info.matchAll(/^errorstat_(\w+):count=(\d+)/gm))
      counts[name] = (counts[name] ?? 0) + Number(count);
  }
  return counts;
}

/** Returns a line for the end of a run. {@link crossSlotsIn} reads the line. */
export function describeErrors(counts: ErrorCounts): string {
  const { CROSSSLOT = 0, MOVED = 0, ASK = 0 } = counts;
  return `The Cluster answered ${String(CROSSSLOT)} CROSSSLOT, ${String(MOVED)} MOVED, ${String(ASK)} ASK.`;
}

/** Returns the number of CROSSSLOT errors in a run's output; `null` if the line is missing. */
export function crossSlotsIn(output: string): number | null {
  const match = /answered (\d+) CROSSSLOT/.exec(output);
  return match ? Number(match[1]) : null;
}
