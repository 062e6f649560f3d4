import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LuaScript } from "../../src/redis/port.js";
import * as scripts from "../../src/state/scripts.generated.js";
import { createTestRedis, type TestRedis } from "../../src/testing/index.js";
import { testRedis } from "../harness/redis.js";
import { CALLS, type Call } from "./script-calls.js";

const SCRIPTS: Readonly<Record<string, LuaScript | undefined>> = { ...scripts };
async function answersOf(redis: Redis): Promise<[Call, unknown][]> {
  const answers: [Call, unknown][] = [];
  for (const call of CALLS) answers.push([call, await answerOf(redis, call)]);
  return answers;
}

/** Scripts whose third answer is the time that is left. */
const COUNTERS: ReadonlySet<string> = new Set(["countUses", "countTries"]);

async function answerOf(redis: Redis, [name, ...args]: Call): Promise<unknown> {
  const script = SCRIPTS[name];
  try {
    if (!script) return await redis.call(name, ...args);
    const answer: unknown = await redis.eval(script.lua, script.keyCount, ...args);
    // The time that is left differs by milliseconds.
    return COUNTERS.has(name) ? (answer as unknown[]).slice(0, 2) : answer;
  } catch (error) {
    // Servers differ in the text around the script's error.
    return /\bWRONGTYPE\b/.exec(String(error))?.[0] ?? String(error);
  }
}

describe("the embedded Redis", () => {
  let embedded: TestRedis;
  let client: Redis;

  beforeAll(async () => {
    embedded = await createTestRedis();
    client = new Redis(embedded.url);
  });

  afterAll(async () => {
    client.disconnect();
    await embedded.close();
  });

  it("answers every script of the package as a real Redis does", async () => {
    const scriptNames = Object.keys(SCRIPTS);
    const tried = new Set(CALLS.map(([name]) => name));
    expect(scriptNames.filter((name) => !tried.has(name))).toEqual([]);
    expect(await answersOf(client)).toEqual(await answersOf(await testRedis()));
  });

  it("answers MGET of every type and TIME as a real Redis does", async () => {
    for (const redis of [client, await testRedis()]) {
      await redis.set("text", "x");
      await redis.hset("hash", "a", 1);
      const [values, time] = await Promise.all([redis.mget("text", "hash", "none"), redis.time()]);
      expect(values).toEqual(["x", null, null]);
      expect(Math.abs(Number(time[0]) - Date.now() / 1_000)).toBeLessThan(60);
      expect(await redis.set("text", "y", "NX")).toBeNull();
      expect(await redis.set("new", "y", "NX")).toBe("OK");
    }
  });

  it("deletes keys at the end of their TTL, as a real Redis does", async () => {
    for (const redis of [client, await testRedis()]) {
      await redis.eval("redis.call('SET', KEYS[1], 'a', 'PX', 300)", 1, "short");
      const left = await redis.pttl("short");
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(300);
      await expect.poll(() => redis.exists("short")).toBe(0);
    }
  });
});
