/** A Redis that answers reads and refuses writes, for example after the loss of its replicas. */
import { Redis } from "ioredis";
import { describe, expect, it, onTestFinished } from "vitest";
import { startApp } from "../harness/app.js";
import { startRedis } from "../harness/redis-server.js";

describe("M33: where Redis refuses writes", () => {
  it("a session that has run out is ended on public pages", async () => {
    const server = await startRedis();
    const admin = new Redis(server.url);
    onTestFinished(async () => {
      admin.disconnect();
      await server.stop();
    });
    const site = await startApp({ redis: server.url });
    const browser = await site.signedIn("ann");
    await admin.config("SET", "min-replicas-to-write", "1");
    site.at("30:00");
    const page = await browser.fetch("get", "/state");
    expect([page.status, page.body]).toEqual([
      200,
      expect.objectContaining({ state: "ended", reason: "absolute" }),
    ]);
    // An end that was not stored may still be undone.
    expect((await browser.fetch("get", "/account")).status).toBe(503);
    expect(site.told("warning").map(({ code }) => code)).toContain("redis_refused");
    await admin.config("SET", "min-replicas-to-write", "0");
    expect(await browser.standing()).toBe("absolute");
  });
});
