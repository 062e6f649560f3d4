import { describe, expect, it } from "vitest";
import { Command } from "ioredis";
import type { RedisClient } from "../../src/index.js";
import { GuardedRedis } from "../../src/redis/guarded-redis.js";

type Reply = (command: string, key: string) => unknown;

/** Returns a client that answers at once, and its sent commands, each with its node or "client". */
function client(own: Partial<RedisClient>, reply: Reply) {
  const sent: string[] = [];
  const call =
    (where: string): RedisClient["call"] =>
    async (command, ...args) => {
      sent.push(`${where} ${[command, ...args].join(" ")}`);
      await Promise.resolve();
      return reply(command, String(args[0] ?? ""));
    };
  const nodes = ["one", "two"].map((host) => ({ options: { host, port: 1 }, call: call(host) }));
  const options = {};
  const redis = {
    status: "ready",
    isCluster: false,
    options,
    call: call("client"),
    nodes: () => nodes,
    ...own,
  };
  return { redis: redis as unknown as RedisClient, sent };
}

const wrongType = () => Object.assign(new Error("WRONGTYPE Operation against a key"), { name: "ReplyError" });

function cluster(reply: Reply) {
  const slots: string[][] = [];
  for (const [key, node] of [
    ["a", "one:1"],
    ["b", "two:1"],
  ] as const)
    slots[new Command("get", [key]).getSlot()] = [node];
  return client({ isCluster: true, slots }, reply);
}

describe("reading together on a Cluster", () => {
  const answer: Reply = (command, key) => (command === "TIME" ? ["1700000000", "250000"] : `value of ${key}`);

  it("reads key by key, and asks the node of the first key for the time, behind the reads", async () => {
    const { redis, sent } = cluster(answer);
    const guard = new GuardedRedis(redis, 1_000, { reconnects: false });
    const { values, serverTime } = await guard.readTogether(["a", "b"]);
    expect(values).toEqual(["value of a", "value of b"]);
    expect(serverTime).toBe(1_700_000_000_250);
    expect(sent).toEqual(["client get a", "client get b", "one TIME"]);
  });

  it("asks each node once a turn", async () => {
    const { redis, sent } = cluster(answer);
    const guard = new GuardedRedis(redis, 1_000, { reconnects: false });
    await Promise.all([["a"], ["b"], ["a", "b"]].map((keys) => guard.readTogether(keys)));
    expect(sent.filter((line) => line.endsWith("TIME"))).toEqual(["one TIME", "two TIME"]);
  });

  it("returns null for a key that is not a string", async () => {
    const { redis } = cluster((command, key) => {
      if (key === "b") throw wrongType();
      return answer(command, key);
    });
    const guard = new GuardedRedis(redis, 1_000, { reconnects: false });
    expect((await guard.readTogether(["a", "b"])).values).toEqual(["value of a", null]);
  });
});

describe("reading together behind a proxy that looks like one server", () => {
  it("reads key by key after the first CROSSSLOT, and warns once", async () => {
    const crossSlot = Object.assign(new Error("CROSSSLOT Keys don't hash to the same slot"), {
      name: "ReplyError",
    });
    const { redis, sent } = client({}, (command, key) => {
      if (command === "mget") throw crossSlot;
      return command === "TIME" ? ["1700000000", "0"] : `value of ${key}`;
    });
    let notes = 0;
    const guard = new GuardedRedis(redis, 1_000, { reconnects: false, onCrossSlot: () => (notes += 1) });
    expect((await guard.readTogether(["a", "b"])).values).toEqual(["value of a", "value of b"]);
    expect((await guard.readTogether(["b"])).values).toEqual(["value of b"]);
    expect(sent.filter((line) => line.includes("mget"))).toHaveLength(1);
    expect(notes).toBe(1);
  });
});
