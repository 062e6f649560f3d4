/** An app's own Cluster client, with the options that docs/redis.md recommends. */
import { Cluster, type ClusterOptions } from "ioredis";
import type { NodeAddress } from "./redis-cluster.js";

/** ioredis 6 declares `replyMapping` in a way that exactOptionalPropertyTypes refuses to pass on. */
export type SafeClusterOptions = Omit<ClusterOptions, "redisOptions">;

/** Options that docs/redis.md recommends, with their reasons. */
export const SAFE_CLUSTER_OPTIONS = {
  scaleReads: "master",
  retryDelayOnFailover: 0,
  retryDelayOnClusterDown: 0,
  slotsRefreshTimeout: 500,
  clusterRetryStrategy: (times: number) => Math.min(50 * times, 250),
  redisOptions: { connectTimeout: 1_000 },
} as const satisfies ClusterOptions;

/** Opens a client. The caller disconnects the client. */
export function clusterClient(nodes: readonly NodeAddress[], options: SafeClusterOptions = {}): Cluster {
  const client = new Cluster([...nodes], { ...SAFE_CLUSTER_OPTIONS, ...options });
  // Without a listener, ioredis prints errors on the console.
  client.on("error", () => undefined);
  return client;
}
