/** The app's own Redis clients, of every kind that the package accepts. */
import { Redis, type Cluster } from "ioredis";
import { Cluster as Cluster5, Redis as Redis5 } from "ioredis5";
import { onTestFinished } from "vitest";
import { clusterClient, SAFE_CLUSTER_OPTIONS } from "./cluster-client.js";
import { clusterNodes, sentinelPlace, testRedisUrl } from "./redis.js";
import { SAFE_BEHIND_SENTINEL, SAFE_OPTIONS } from "./safe-client-options.js";

export { asCluster } from "./as-cluster.js";

/** A client that a test opens and that closes with the test. */
interface OwnClient {
  on(event: "error" | "end", listener: () => void): unknown;
  connect(): Promise<unknown>;
  disconnect(): void;
}

async function connected<Client extends OwnClient>(client: Client): Promise<Client> {
  client.on("error", () => undefined);
  client.on("end", () => undefined);
  onTestFinished(() => {
    client.disconnect();
  });
  await client.connect();
  return client;
}

/** Returns a connected client of ioredis 6 with safe options, a `Cluster` if the run has a Cluster. */
export async function ioredis6(url?: string): Promise<Redis | Cluster> {
  const nodes = clusterNodes();
  if (nodes !== null && url === undefined) return connected(clusterClient(nodes, { lazyConnect: true }));
  const place = await sentinelPlace();
  if (place !== null && url === undefined) return connected(new Redis({ ...place, ...SAFE_BEHIND_SENTINEL }));
  return connected(new Redis(url ?? (await testRedisUrl()), SAFE_OPTIONS));
}

/** Like {@link ioredis6}, but with ioredis 5. */
export async function ioredis5(): Promise<Redis5 | Cluster5> {
  const nodes = clusterNodes();
  if (nodes !== null)
    return connected(new Cluster5([...nodes], { ...SAFE_CLUSTER_OPTIONS, lazyConnect: true }));
  const place = await sentinelPlace();
  if (place !== null) return connected(new Redis5({ ...place, ...SAFE_BEHIND_SENTINEL }));
  return connected(new Redis5(await testRedisUrl(), SAFE_OPTIONS));
}
