import { Cluster } from "ioredis";
import { describe, expect, it, onTestFinished } from "vitest";
import { GuardedRedis } from "../../src/redis/guarded-redis.js";

describe("asking if Redis answers", () => {
  it.each([
    ["none of whose nodes is known yet", {}],
    ["that waits to be connected", { lazyConnect: true }],
  ])("B5: a Cluster %s does not answer", async (_which, options) => {
    const client = new Cluster([{ host: "127.0.0.1", port: 1 }], {
      clusterRetryStrategy: () => 1_000,
      ...options,
    });
    client.on("error", () => undefined);
    onTestFinished(() => {
      client.disconnect();
    });
    const redis = new GuardedRedis(client, 50, { reconnects: false });
    await expect(redis.ping(100)).rejects.toMatchObject({ code: "redis_unavailable" });
    // The client has asked for its nodes.
    expect(client.status).not.toBe("wait");
  });
});
