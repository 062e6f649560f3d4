/** Reads the masters and replicas of a Cluster from its nodes. */
import { Redis } from "ioredis";
import type { RedisCluster } from "./redis-cluster.js";
import type { RedisServer } from "./redis-server.js";

const POLL_MS = 10;
const SETTLED_WITHIN_MS = 30_000;

/** Asks one server something, on a separate connection. */
async function ask<T>(server: RedisServer, question: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(server.url, { retryStrategy: () => null });
  client.on("error", () => undefined);
  try {
    return await question(client);
  } finally {
    client.disconnect();
  }
}

/** Returns the server that has a key's slot, in a cluster that is whole. */
export async function masterOf(cluster: RedisCluster, key: string): Promise<RedisServer> {
  const [any] = cluster.servers;
  if (any === undefined) throw new Error("The cluster has no node.");
  const port = await ask(any, async (client) => {
    const slot = Number(await client.call("CLUSTER", "KEYSLOT", key));
    const ranges = await client.cluster("SLOTS");
    return ranges.find(([first, last]) => first <= slot && slot <= last)?.[2]?.[1];
  });
  const server = cluster.servers.find((candidate) => candidate.port === Number(port));
  if (server === undefined) throw new Error(`Nobody serves the slot of ${key}.`);
  return server;
}

/** Returns the servers that are replicas now. */
export async function replicasOf({ servers }: RedisCluster): Promise<RedisServer[]> {
  const roles = await Promise.all(servers.map((server) => ask(server, (client) => client.role())));
  return servers.filter((_server, index) => roles[index]?.[0] === "slave");
}

/** Resolves when another node says that it serves the key. @returns the new node */
export async function replacementOf(
  cluster: RedisCluster,
  key: string,
  gone: RedisServer,
): Promise<RedisServer> {
  const others = cluster.servers.filter((server) => server !== gone);
  const clients = others.map(({ url }) => new Redis(url));
  try {
    for (const endsAt = performance.now() + SETTLED_WITHIN_MS; performance.now() < endsAt;) {
      for (const [index, client] of clients.entries()) {
        const serves = await client.exists(key).then(
          () => client.info("replication").then((info) => info.includes("role:master")),
          () => false,
        );
        const server = others[index];
        if (serves && server) return server;
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } finally {
    for (const client of clients) client.disconnect();
  }
  throw new Error(`No replica took over what ${String(gone.port)} had.`);
}

/** Resolves when all nodes run again and each master has a replica in step. */
export async function isWholeAgain(cluster: RedisCluster): Promise<void> {
  for (const endsAt = performance.now() + SETTLED_WITHIN_MS; performance.now() < endsAt;) {
    const whole = await Promise.all(
      cluster.servers.map((server) =>
        ask(server, async (client) => {
          const [state, replication] = [await client.cluster("INFO"), await client.info("replication")];
          const isInStep = /master_link_status:up|connected_slaves:[1-9]/.test(replication);
          return state.includes("cluster_state:ok") && isInStep;
        }).catch(() => false),
      ),
    );
    if (whole.every(Boolean)) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error("The cluster did not become whole again.");
}
