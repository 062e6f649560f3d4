/** Which errors the nodes of a Cluster have answered. */
import { Redis } from "ioredis";
import type { RedisCluster } from "./redis-cluster.js";

/** How often each error has been answered by all running nodes together, by its first word. */
export type ErrorCounts = Readonly<Record<string, number>>;

/** Asks every node that is running. */
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

/** A line for the end of a run; {@link crossSlotsIn} reads it. */
export function describeErrors(counts: ErrorCounts): string {
  const { CROSSSLOT = 0, MOVED = 0, ASK = 0 } = counts;
  return `The Cluster answered ${String(CROSSSLOT)} CROSSSLOT, ${String(MOVED)} MOVED, ${String(ASK)} ASK.`;
}

/** How many CROSSSLOT errors a run's output tells of; `null` if it tells nothing. */
export function crossSlotsIn(output: string): number | null {
  const match = /answered (\d+) CROSSSLOT/.exec(output);
  return match ? Number(match[1]) : null;
}
