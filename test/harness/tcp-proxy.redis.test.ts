import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { freshPrefix, testRedis, testRedisUrl } from "./redis.js";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.js";

let direct: Redis;
let proxy: TcpProxy;

beforeAll(async () => {
  direct = await testRedis();
  proxy = await startTcpProxy({ target: await testRedisUrl() });
});

afterAll(() => proxy.close());

async function throughProxy(): Promise<Redis> {
  const client = new Redis(proxy.url, {
    lazyConnect: true,
    retryStrategy: () => null,
    enableOfflineQueue: false,
  });
  client.on("error", () => undefined);
  await client.connect();
  onTestFinished(() => {
    client.disconnect();
    proxy.clearFaults();
    proxy.latencyMs = 0;
    proxy.isAccepting = true;
  });
  return client;
}

describe("the TCP proxy", () => {
  it("carries commands and answers, and lists the commands", async () => {
    const client = await throughProxy();
    const key = freshPrefix();
    const big = "x".repeat(1_000_000);
    proxy.seen.length = 0;
    await Promise.all([client.set(key, big), client.strlen(key)]);
    expect(await client.get(key)).toBe(big);
    expect(proxy.seen).toEqual(["SET", "STRLEN", "GET"]);
    expect(await direct.strlen(key)).toBe(1_000_000);
  });

  it("makes each round trip longer, but pipelined commands only once", async () => {
    const client = await throughProxy();
    proxy.latencyMs = 40;
    const start = performance.now();
    await Promise.all(Array.from({ length: 20 }, () => client.ping()));
    const took = performance.now() - start;
    expect(took).toBeGreaterThan(38);
    expect(took).toBeLessThan(200);
  });

  it("keeps the order when the latency shrinks", async () => {
    const client = await throughProxy();
    const key = freshPrefix();
    const pushes: Promise<number>[] = [];
    for (const latencyMs of [30, 20, 10, 5, 1, 0]) {
      proxy.latencyMs = latencyMs;
      pushes.push(client.rpush(key, latencyMs));
      await new Promise(setImmediate);
    }
    await Promise.all(pushes);
    expect(await direct.lrange(key, 0, -1)).toEqual(["30", "20", "10", "5", "1", "0"]);
  });

  it("cuts before the command reaches Redis", async () => {
    const client = await throughProxy();
    const key = freshPrefix();
    proxy.inject({ on: "set" });
    await expect(client.set(key, "1")).rejects.toThrow(/closed/i);
    expect(await direct.exists(key)).toBe(0);
  });

  it("cuts after Redis has executed the command", async () => {
    const client = await throughProxy();
    const key = freshPrefix();
    proxy.inject({ on: (args) => args[0] === "SET" && args[1] === key, action: "cutAfter" });
    await expect(client.set(key, "1")).rejects.toThrow(/closed/i);
    expect(await direct.get(key)).toBe("1");
  });

  it("swallows a command on an open connection", async () => {
    const client = await throughProxy();
    const key = freshPrefix();
    proxy.inject({ on: "SET", action: "drop" });
    const answer = client.set(key, "1").catch(() => "lost");
    const first = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 50, "waiting"))]);
    expect(first).toBe("waiting");
    expect(await direct.exists(key)).toBe(0);
    proxy.cut();
    expect(await answer).toBe("lost");
  });

  it("refuses connections until it accepts them again", async () => {
    proxy.isAccepting = false;
    await expect(throughProxy()).rejects.toThrow();
    proxy.isAccepting = true;
    const client = await throughProxy();
    expect(await client.ping()).toBe("PONG");
  });
});
