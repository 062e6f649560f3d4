/** Closing during work in the background. */
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { RequestCurfew } from "../../src/index.js";
import { proxiedRedis } from "../harness/app-proxy.js";
import { startApp } from "../harness/app.js";
import { PASSWORD } from "../harness/browser.js";
import { testRedis } from "../harness/redis.js";

const ROUNDS = 20;
const LATENCY_MS = 50;

const refOf = (state: RequestCurfew): string => (state.state === "active" ? state.session.ref : "");

describe("curfew.close()", () => {
  it("waits for the tidying after a session that has just ended, and warns of nothing", async () => {
    const redis = await testRedis();
    for (let round = 0; round < ROUNDS; round++) {
      const site = await startApp();
      const ann = await site.signedIn("ann");
      const key = `${site.prefix}sess:${refOf(await ann.state())}`;
      expect(await redis.exists(key)).toBe(1);
      site.clock.advance({ minutes: 30 });
      expect(await ann.standing()).toBe("absolute");
      await site.curfew.close();
      expect(await redis.exists(key)).toBe(0);
      expect(site.log).toEqual([]);
    }
  });

  it("waits for a distant Redis, and for work that tidying has begun", async () => {
    const proxy = await proxiedRedis();
    const site = await startApp({
      redis: proxy.redis,
      timeoutMs: 4_000,
      defaults: { maxSessionsPerUser: 1 },
    });
    await site.signedIn("ann");
    const second = await site.browser();
    proxy.latencyMs = LATENCY_MS;
    await second.fetch("post", "/login", { userId: "ann", password: PASSWORD });
    expect(site.told("ended")).toEqual([]);
    await site.curfew.close();
    expect(site.told("ended")).toMatchObject([{ reason: "evicted" }]);
    expect(site.log).toEqual([]);
  });

  it("ends all watches: a later watch opens no connection", async () => {
    const redis = await testRedis();
    const site = await startApp({ redis });
    const ann = await site.signedIn("ann");
    const ref = refOf(await ann.state());
    await site.curfew.close();
    const duplicate = vi.spyOn(redis, "duplicate");
    onTestFinished(() => {
      duplicate.mockRestore();
    });
    site.curfew.watch(ref, () => undefined)();
    expect(duplicate).not.toHaveBeenCalled();
  });

  it("may be called twice", async () => {
    const site = await startApp();
    await site.curfew.close();
    await expect(site.curfew.close()).resolves.toBeUndefined();
  });
});
