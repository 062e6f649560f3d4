/** The way from an app to the run's Redis, with a proxy on it. */
import { onTestFinished } from "vitest";
import type { RedisClient } from "../../src/index.js";
import { clusterClient } from "./cluster-client.js";
import type { NodeAddress } from "./redis-cluster.js";
import { clusterNodes, testRedisUrl } from "./redis.js";
import { startTcpProxy, type Fault, type TcpProxy } from "./tcp-proxy.js";

/** What a test may do to that way. */
export interface AppProxy {
  /** What the app is given as its `redis`. */
  readonly redis: string | RedisClient;
  /** What a round trip takes longer, in milliseconds. */
  latencyMs: number;
  /** Adds a fault. */
  inject(fault: Fault): void;
}

/** Starts a proxy, or on a Cluster one a node. It is closed with the test. */
export async function proxiedRedis(): Promise<AppProxy> {
  const nodes = clusterNodes();
  if (nodes !== null) return proxiedCluster(nodes);
  const proxy = await startTcpProxy({ target: await testRedisUrl() });
  onTestFinished(() => proxy.close());
  return Object.assign(proxy, { redis: proxy.url });
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

/** A fault is met so many times in all, whichever node its commands go to. */
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
