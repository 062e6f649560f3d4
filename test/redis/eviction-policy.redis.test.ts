/** Checks the questions that the package asks Redis when a connection opens. */
import { Redis } from "ioredis";
import { expect, it, onTestFinished, vi } from "vitest";
import { startApp } from "../harness/app.js";
import { startRedis } from "../harness/redis-server.js";

async function connectTo(args: readonly string[]): Promise<Redis> {
  const server = await startRedis({ args });
  const client = new Redis(server.url);
  onTestFinished(async () => {
    client.disconnect();
    await server.stop();
  });
  return client;
}

it("B10: warns of an evicting master of a Cluster, also if the other masters evict nothing", async () => {
  const [plain, evicting] = await Promise.all([
    connectTo([]),
    connectTo(["--maxmemory", "1gb", "--maxmemory-policy", "allkeys-lru"]),
  ]);
  const site = await startApp({ redis: Object.assign(plain, { nodes: () => [plain, evicting] }) });
  await vi.waitFor(() => {
    expect(site.log.map(({ code }) => code)).toContain("redis_eviction_policy");
  });
});

it("warns of a URL that leads to one node of a Cluster, with the fix", async () => {
  const node = await connectTo(["--cluster-enabled", "yes"]);
  await node.call("CLUSTER", "ADDSLOTSRANGE", 0, 16_383);
  const { host, port } = node.options;
  const site = await startApp({ redis: `redis://${String(host)}:${String(port)}` });
  await vi.waitFor(() => {
    const named = site.log.filter(({ code }) => code === "unsafe_redis_option");
    expect(named.map(({ message }) => message).join()).toContain("Pass an ioredis Cluster.");
  });
});
