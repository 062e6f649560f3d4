/** Starts a Redis Cluster for one test on 127.0.0.1: three masters with a replica each. */
import { execFile } from "node:child_process";
import { access } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { Redis } from "ioredis";
import { isFree } from "./free-port.js";
import { findRedisBinary, NoRedisError } from "./redis-binary.js";
import { startRedis, type RedisServer } from "./redis-server.js";

/** Address of a node. */
export interface NodeAddress {
  readonly host: string;
  readonly port: number;
}

/** Options of a new cluster. */
export interface StartClusterOptions {
  /** Silence after which a node counts as gone, in milliseconds. @default 5000 */
  readonly nodeTimeoutMs?: number;
  /** More arguments of each server. */
  readonly args?: readonly string[];
}

/** A running cluster. The caller that starts it also stops it. */
export interface RedisCluster {
  /** Addresses of all nodes, for a client's start. */
  readonly nodes: readonly NodeAddress[];
  /** Servers of the nodes, for a test that freezes or kills them. */
  readonly servers: readonly RedisServer[];
  /** One line with the number of nodes, their version and its origin. */
  readonly description: string;
  /** Stops every node, even a frozen node. */
  stop(): Promise<void>;
}

const MASTERS = 3;
const REPLICAS_EACH = 1;
const READY_WITHIN_MS = 30_000;
/** Distance of a node's bus port from its port. */
const BUS_OFFSET = 10_000;
/** The range is below the ports that systems assign themselves, so few other programs use it. */
const PORTS = { from: 12_000, count: 10_000 };
const PORT_TRIES = 20;

/**
 * Starts six servers and makes a cluster of them with `redis-cli --cluster create`. Resolves when every node says
 * that the cluster is whole and every replica has its master's data.
 *
 * @throws `NoRedisError` if there is no redis-server, or no redis-cli beside it
 */
export async function startCluster(options: StartClusterOptions = {}): Promise<RedisCluster> {
  const cli = await findRedisCli();
  const servers: RedisServer[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  try {
    for (let i = 0; i < MASTERS * (1 + REPLICAS_EACH); i++) servers.push(await startNode(options));
    const addresses = servers.map(({ port }) => `127.0.0.1:${String(port)}`);
    const args = ["--cluster", "create", ...addresses, "--cluster-replicas", String(REPLICAS_EACH)];
    await promisify(execFile)(cli.path, [...args, "--cluster-yes"], { env: cli.env });
    await eachIsReady(servers);
  } catch (error) {
    await stop();
    throw error;
  }
  const [first] = servers;
  return {
    nodes: servers.map(({ port }) => ({ host: "127.0.0.1", port })),
    servers,
    description: `a Redis Cluster ${first?.version ?? ""} of ${String(MASTERS)} masters with a replica each (${first?.origin ?? ""})`,
    stop,
  };
}

/** Returns the redis-cli that belongs to the server. */
async function findRedisCli(): Promise<{ path: string; env: NodeJS.ProcessEnv }> {
  const { path: server, env } = await findRedisBinary();
  for (const name of ["redis-cli", "valkey-cli"]) {
    const path = join(dirname(server), name);
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return { path, env };
  }
  throw new NoRedisError(`No redis-cli beside ${server}: install redis-tools.`);
}

async function startNode({ nodeTimeoutMs = 5_000, args = [] }: StartClusterOptions): Promise<RedisServer> {
  for (let tries = 1; ; tries += 1) {
    const port = await freePortWithBus();
    try {
      return await startRedis({
        port,
        args: ["--cluster-enabled", "yes", "--cluster-node-timeout", String(nodeTimeoutMs), ...args],
      });
    } catch (error) {
      // Another process may have taken one of the two ports meanwhile.
      if (!String(error).includes("in use") || tries === PORT_TRIES) throw error;
    }
  }
}

async function freePortWithBus(): Promise<number> {
  for (;;) {
    const port = PORTS.from + Math.floor(Math.random() * PORTS.count);
    if ((await isFree(port)) && (await isFree(port + BUS_OFFSET))) return port;
  }
}

async function eachIsReady(servers: readonly RedisServer[]): Promise<void> {
  const endsAt = performance.now() + READY_WITHIN_MS;
  const clients = servers.map(({ url }) => new Redis(url));
  try {
    while (!(await Promise.all(clients.map(isReady))).every(Boolean)) {
      if (performance.now() > endsAt) throw new Error("The cluster did not become whole in time.");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    for (const client of clients) client.disconnect();
  }
}

async function isReady(client: Redis): Promise<boolean> {
  const [state, slots, replication] = await Promise.all([
    client.cluster("INFO"),
    client.cluster("SLOTS"),
    client.info("replication"),
  ]);
  const isWhole =
    state.includes("cluster_state:ok") &&
    slots.length === MASTERS &&
    // A range names its master, then each replica that is in step.
    slots.every((range) => range.length === 2 + 1 + REPLICAS_EACH);
  return isWhole && (replication.includes("role:master") || replication.includes("master_link_status:up"));
}
