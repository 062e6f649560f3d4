/** The app's own Redis clients, of every kind that the package takes. */
import { Redis, type Cluster } from "ioredis";
import { Cluster as Cluster5, Redis as Redis5 } from "ioredis5";
import { onTestFinished } from "vitest";
import { clusterClient, SAFE_CLUSTER_OPTIONS } from "./cluster-client.js";
import { clusterNodes, testRedisUrl } from "./redis.js";

export { asCluster } from "./as-cluster.js";

const SAFE_OPTIONS = {
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  reconnectOnError: (error: Error) => error.message.includes("READONLY"),
  lazyConnect: true,
};

/** A client that a test opens and that is closed with it. */
interface OwnClient {
  on(event: "error", listener: () => void): unknown;
  connect(): Promise<unknown>;
  disconnect(): void;
}

async function connected<Client extends OwnClient>(client: Client): Promise<Client> {
  client.on("error", () => undefined);
  onTestFinished(() => {
    client.disconnect();
  });
  await client.connect();
  return client;
}

/** A connected client of ioredis 6 with options that are safe, a `Cluster` where the run has one. */
export async function ioredis6(url?: string): Promise<Redis | Cluster> {
  const nodes = clusterNodes();
  if (nodes !== null && url === undefined) return connected(clusterClient(nodes, { lazyConnect: true }));
  return connected(new Redis(url ?? (await testRedisUrl()), SAFE_OPTIONS));
}

/** The same of ioredis 5. */
export async function ioredis5(): Promise<Redis5 | Cluster5> {
  const nodes = clusterNodes();
  if (nodes !== null)
    return connected(new Cluster5([...nodes], { ...SAFE_CLUSTER_OPTIONS, lazyConnect: true }));
  return connected(new Redis5(await testRedisUrl(), SAFE_OPTIONS));
}
