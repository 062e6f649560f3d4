import { inspect } from "node:util";
import { Redis } from "ioredis";
import { describe, expect, it, onTestFinished } from "vitest";
import { GuardedRedis } from "../../src/redis/guarded-redis.js";
import { testRedisUrl } from "../harness/redis.js";

describe("M41: the cause of an error", () => {
  it.each([
    ["SET", "with a wrong option"],
    ["NOSUCHCOMMAND", "that Redis does not know"],
    ["LPUSH", "on a key of another type"],
  ])("M41: holds no argument of %s %s", async (command) => {
    const client = new Redis(await testRedisUrl());
    onTestFinished(() => {
      client.disconnect();
    });
    await client.set("handle-of-a-session", "x", "PX", 1_000);
    const refused: string[] = [];
    const guard = new GuardedRedis(client, 500, {
      reconnects: false,
      onRefused: (_name, cause) => {
        refused.push(cause);
      },
    });
    const args = ["handle-of-a-session", '{"card":"4111"}', "user-ann"];
    const error: unknown = await guard.call(command, args).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "redis_unavailable", cause: { name: "ReplyError" } });
    const shown =
      inspect(error, { depth: 9, showHidden: true }) + String((error as Error).stack) + String(refused);
    for (const secret of ["handle-of-a-session", "4111", "user-ann"]) expect(shown).not.toContain(secret);
  });
});
