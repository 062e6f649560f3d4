import { Redis } from "ioredis";
import { expect, it, onTestFinished } from "vitest";
import { startFaultProxy } from "./fault-proxy.js";
import { testRedisUrl } from "./redis.js";

it.each(["stall", "cut"] as const)(
  "a fault (%s) that has been released spares an answer that was under way",
  async (kind) => {
    const proxy = await startFaultProxy(await testRedisUrl());
    onTestFinished(() => proxy.close());
    const client = new Redis(proxy.url, { retryStrategy: () => null });
    onTestFinished(() => {
      client.disconnect();
    });
    await client.ping();
    proxy.arm(kind === "cut" ? { kind, when: "after" } : { kind, of: "answers" }, 1);
    const answered = client.blpop("test:nothing", 0.2);
    await proxy.quiet(50);
    expect(proxy.hasStruck).toBe(true);
    proxy.release();
    expect(await answered).toBeNull();
  },
);
