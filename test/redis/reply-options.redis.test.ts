/** Options of ioredis that change replies or keys (rule M30), and the lowest promised versions (rule M22). */
import { Cluster, Redis, type RedisOptions } from "ioredis";
import { describe, expect, it, onTestFinished } from "vitest";
import type { CurfewError } from "../../src/errors.js";
import { createCurfew } from "../../src/index.js";
import { startApp, type TestAppOptions } from "../harness/app.js";
import { testRedis, testRedisUrl } from "../harness/redis.js";
import { SAFE_OPTIONS } from "../harness/safe-client-options.js";

async function place(): Promise<RedisOptions> {
  const { hostname, port, pathname } = new URL(await testRedisUrl());
  return { host: hostname, port: Number(port), db: Number(pathname.slice(1)) };
}

/** Plays sign-in, re-authentication, and an end by an administrator. */
async function playAll(options: TestAppOptions): Promise<void> {
  const site = await startApp(options);
  const browser = await site.signedIn("ann");
  expect((await browser.fetch("post", "/curfew/reauth", { password: "right" })).status).not.toBe(503);
  expect(await browser.standing()).toBe("in");
  const { sessions } = await site.curfew.sessions.list({ userId: "ann" });
  expect(sessions).toHaveLength(1);
  expect(await site.curfew.sessions.end(sessions[0]?.ref ?? "")).toMatchObject({ ended: true });
  expect(await browser.standing()).toBe("revoked_by_admin");
  expect(site.told("signedIn")).toHaveLength(1);
  expect(site.told("ended")).toHaveLength(1);
  await site.curfew.settings.update({ sessionMinutes: 7 });
  expect((await site.curfew.settings.get()).version).toBe(1);
}

describe("M30: options of ioredis that change replies", () => {
  it.each<RedisOptions>([
    { stringNumbers: true },
    { replyMapping: "resp3" },
    { protocol: 2 },
    { enableAutoPipelining: true },
    { keyPrefix: "app:" },
    { showFriendlyErrorStack: true },
  ])("%o works on the package's own connection", async (option) => {
    await playAll({ redis: { ...(await place()), ...option } });
  });

  it.each<RedisOptions>([
    { replyMapping: "resp3" },
    { protocol: 2 },
    { enableAutoPipelining: true },
    { keyPrefix: "app:" },
  ])("%o works on the app's own client", async (option) => {
    const client = await testRedis({ ...SAFE_OPTIONS, ...option });
    await playAll({ redis: client });
  });

  it("stringNumbers is refused by name on the app's own client", () => {
    const client = new Redis({ lazyConnect: true, stringNumbers: true });
    const cluster = new Cluster([], { lazyConnect: true, redisOptions: { stringNumbers: true } });
    for (const redis of [client, cluster]) {
      onTestFinished(() => redis.disconnect());
      let error: unknown;
      try {
        createCurfew({ redis });
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toMatchObject({ code: "invalid_option", details: { option: "redis" } });
      expect((error as CurfewError).shortMessage).toContain("stringNumbers: true");
    }
  });
});
