import { describe, expect, it, onTestFinished } from "vitest";
import type { RedisClient } from "../../src/index.js";
import { GuardedRedis } from "../../src/redis/guarded-redis.js";
import { ioredis6 } from "../harness/redis-clients.js";
import { testRedis, freshPrefix } from "../harness/redis.js";

interface Sent {
  readonly redis: GuardedRedis;
  /** Names of the commands that were sent, in their order. */
  readonly names: string[];
  readonly client: Awaited<ReturnType<typeof ioredis6>>;
}

async function connected(): Promise<Sent> {
  const client = await ioredis6();
  onTestFinished(() => {
    client.disconnect();
  });
  const names: string[] = [];
  const recording = new Proxy<RedisClient>(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name === "call")
        return (command: string, ...args: (string | number)[]) => {
          names.push(command);
          return target.call(command, ...args);
        };
      return typeof value === "function" ? (value as () => unknown).bind(target) : value;
    },
  });
  return { redis: new GuardedRedis(recording, 1_000, { reconnects: false }), names, client };
}

describe.skipIf(process.env["CURFEW_TEST_REDIS"] === "cluster")("reading together", () => {
  it("returns the strings in the order of their keys, and null for a key that is missing or not a string", async () => {
    const { redis } = await connected();
    const prefix = freshPrefix();
    const other = await testRedis();
    await other.set(`${prefix}a`, "1");
    await other.set(`${prefix}b`, "2");
    await other.rpush(`${prefix}list`, "x");
    const keys = ["b", "none", "list", "a"].map((name) => prefix + name);
    expect((await redis.readTogether(keys)).values).toEqual(["2", null, null, "1"]);
  });

  it("asks for the time once a turn, behind all reads of that turn", async () => {
    const { redis, names } = await connected();
    await Promise.all([redis.readTogether(["a"]), redis.readTogether(["b"]), redis.readTogether(["c"])]);
    expect(names).toEqual(["mget", "mget", "mget", "TIME"]);
    await redis.readTogether(["a"]);
    expect(names.slice(4)).toEqual(["mget", "TIME"]);
  });

  it("asks for the time behind the reads also while others are under way", async () => {
    const { redis, names, client } = await connected();
    const pending = client.call("BLPOP", `${freshPrefix()}nothing`, "0.05");
    const first = redis.readTogether(["a"]);
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([first, redis.readTogether(["b"]), redis.readTogether(["c"])]);
    expect(names).toEqual(["mget", "TIME", "mget", "mget", "TIME"]);
    await pending;
  });

  it("returns the server's time in milliseconds", async () => {
    const { redis, client } = await connected();
    const before = Number((await client.time())[0]) * 1_000;
    const { serverTime } = await redis.readTogether(["a"]);
    expect(serverTime).toBeGreaterThanOrEqual(before);
    expect(serverTime).toBeLessThan(before + 5_000);
  });

  it("fails completely, with its cause, if the server refuses one of the two", async () => {
    const { redis } = await connected();
    await expect(redis.readTogether([])).rejects.toMatchObject({ code: "redis_unavailable" });
  });
});
