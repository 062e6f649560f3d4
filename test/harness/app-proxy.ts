/** A proxy between an app and the run's Redis. */
import { once } from "node:events";
import { onTestFinished } from "vitest";
import { Redis } from "ioredis";
import type { RedisOption } from "../../src/index.js";
import { clusterClient } from "./cluster-client.js";
import type { NodeAddress } from "./redis-cluster.js";
import { clusterNodes, sentinelPlace, testRedisUrl, type SentinelPlace } from "./redis.js";
import { startTcpProxy, type Fault, type TcpProxy } from "./tcp-proxy.js";

/** The proxy, as a test controls it. */
export interface AppProxy {
  /** Value for the app's option `redis`. */
  readonly redis: RedisOption;
  /** Extra time of a round trip, in milliseconds. */
  latencyMs: number;
  /** Adds a fault. */
  inject(fault: Fault): void;
}

/** Starts a proxy, or one for each node of a Cluster. The proxy is closed with the test. */
export async function proxiedRedis(): Promise<AppProxy> {
  const nodes = clusterNodes();
  if (nodes !== null) return proxiedCluster(nodes);
  const place = await sentinelPlace();
  if (place !== null) return proxiedMaster(place);
  const proxy = await startTcpProxy({ target: await testRedisUrl() });
  onTestFinished(() => proxy.close());
  return Object.assign(proxy, { redis: proxy.url });
}

/** Returns the address of the master that the sentinels name. */
export async function masterBehind(
  place: SentinelPlace,
): Promise<{ readonly host: string; readonly port: number }> {
  const asked = new Redis(place);
  await once(asked, "ready");
  const { remoteAddress: host = "", remotePort: port = 0 } = asked.stream;
  asked.disconnect();
  return { host, port };
}

/** Puts a proxy before the master that the sentinels name. The app asks the sentinels directly. */
async function proxiedMaster(place: SentinelPlace): Promise<AppProxy> {
  const { host, port } = await masterBehind(place);
  const proxy = await startTcpProxy({ target: `redis://${host}:${String(port)}` });
  onTestFinished(() => proxy.close());
  const natMap = { [`${host}:${String(port)}`]: { host: "127.0.0.1", port: proxy.port } };
  return Object.assign(proxy, { redis: { ...place, natMap } });
}

async function proxiedCluster(nodes: readonly NodeAddress[]): Promise<AppProxy> {
  const proxies = await Promise.all(
    nodes.map(({ host, port }) => startTcpProxy({ target: `redis://${host}:${String(port)}` })),
  );
  const behind = proxies.map(({ port }) => ({ host: "127.0.0.1", port }));
  const natMap = Object.fromEntries(
    nodes.map(({ host, port }, index) => [`${host}:${String(port)}`, behind[index] ?? { host, port }]),
  );
  const client = clusterClient(behind, { natMap });
  onTestFinished(async () => {
    client.disconnect();
    await Promise.all(proxies.map((proxy) => proxy.close()));
  });
  return {
    redis: client,
    get latencyMs() {
      return proxies[0]?.latencyMs ?? 0;
    },
    set latencyMs(ms) {
      for (const proxy of proxies) proxy.latencyMs = ms;
    },
    inject: (fault) => {
      injectOnce(proxies, fault);
    },
  };
}

/** Adds a fault to all proxies and counts it once, for any node. */
function injectOnce(proxies: readonly TcpProxy[], { on, action = "cut", times = 1 }: Fault): void {
  let left = times;
  const matches = typeof on === "function" ? on : (args: readonly string[]) => args[0] === on.toUpperCase();
  const takes = (args: readonly string[]): boolean => {
    if (left === 0 || !matches(args)) return false;
    left -= 1;
    return true;
  };
  for (const proxy of proxies) proxy.inject({ on: takes, action, times });
}
