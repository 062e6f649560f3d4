import { Cluster } from "ioredis";
import { describe, expect, it, onTestFinished } from "vitest";
import { GuardedRedis } from "../../src/redis/guarded-redis.js";

describe("asking whether Redis is there", () => {
  it("B5: a Cluster none of whose nodes is known yet is not", async () => {
    const client = new Cluster([{ host: "127.0.0.1", port: 1 }], { clusterRetryStrategy: () => 1_000 });
    client.on("error", () => undefined);
    onTestFinished(() => {
      client.disconnect();
    });
    const redis = new GuardedRedis(client, 50, { reconnects: false });
    await expect(redis.ping(100)).rejects.toMatchObject({ code: "redis_unavailable" });
  });
});
