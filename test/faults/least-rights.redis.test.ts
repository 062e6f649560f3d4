/** Plays every operation of an app whose Redis user has exactly the rights in docs/redis.md. */
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { redisRights, refusedBy } from "../harness/redis-rights.js";
import { startRedis, type RedisServer } from "../harness/redis-server.js";
import { OPERATIONS } from "./support/play.js";
import { openFaultSite, type FaultSite } from "./support/site.js";

const KEYS = { prefix: "curfew:", sessionPrefix: "sess:" };
const USER = { username: "app", password: "password" };
const TIMEOUT_MS = 30_000;

let server: RedisServer;
let site: FaultSite;
let admin: Redis;

beforeAll(async () => {
  server = await startRedis();
  admin = new Redis(server.url);
  await allow(redisRights(KEYS));
  site = await openFaultSite({
    redisUrl: `${server.url}/1`,
    kind: "own connection",
    timeoutMs: 10_000,
    as: { ...USER, ...KEYS },
  });
});

afterAll(async () => {
  await site.close();
  admin.disconnect();
  await server.stop();
});

const allow = (rights: string): Promise<unknown> =>
  admin.call("ACL", "SETUSER", USER.username, "reset", "on", `>${USER.password}`, ...rights.split(" "));

const refused = (): Promise<string[]> => refusedBy(admin);

describe("a Redis user with the package's rights", () => {
  it.each(OPERATIONS)("is enough for $name", { timeout: TIMEOUT_MS }, async (operation) => {
    const trial = await operation.begin(site);
    try {
      const answered = await trial.act();
      expect(answered.status).toBe(operation.done);
      expect(await trial.whenDone(answered)).toEqual([]);
    } finally {
      await trial.end?.();
    }
    expect(await refused()).toEqual([]);
  });

  it("may not read or write other keys", async () => {
    const client = new Redis({ port: server.port, ...USER });
    await expect(client.get("other")).rejects.toThrow(/^NOPERM/);
    await expect(client.set("session:1", "x")).rejects.toThrow(/^NOPERM/);
    await expect(client.flushall()).rejects.toThrow(/^NOPERM/);
    client.disconnect();
    expect(await refused()).not.toEqual([]);
  });
});
