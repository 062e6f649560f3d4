/** Answers with a distant Redis: the verdict and an operation have `timeoutMs` each (case B7). */
import { describe, expect, it } from "vitest";
import { startApp } from "../harness/app.js";
import { proxiedRedis } from "../harness/app-proxy.js";
import { PASSWORD } from "../harness/browser.js";
import { asAnn, start } from "./sudo-site.js";

describe("B7: Redis 320 ms away, with timeoutMs 1,000", () => {
  it.each(["/login", "/logout", "/curfew/reauth"])(
    "all waits of a request together end in time: POST %s",
    async (path) => {
      const proxy = await proxiedRedis();
      const site = await startApp({ redis: proxy.redis, timeoutMs: 1_000 });
      const browser = await (path === "/login" ? site.browser() : site.signedIn("ann"));
      await browser.fetch("post", "/data", { cart: [1] });
      proxy.latencyMs = 320;
      const start = performance.now();
      const { status } = await browser.fetch("post", path, { userId: "ann", password: PASSWORD });
      const tookMs = performance.now() - start;
      proxy.latencyMs = 0;
      // A slow machine may decide if the write fits, but the request always ends in time.
      expect([200, 303, 503]).toContain(status);
      expect(tookMs).toBeGreaterThan(640);
      // An operation has `timeoutMs` of its own, after the verdict.
      expect(tookMs).toBeLessThan(2_150);
    },
  );
});

describe("B7: Redis 280 ms away, with timeoutMs 1,000", () => {
  it("an operation has `timeoutMs` of its own, also after a slow verdict", async () => {
    const proxy = await proxiedRedis();
    const site = await start({ redis: proxy.redis, timeoutMs: 1_000 });
    // Redis has the scripts by then.
    await (await asAnn(site)).browser.act();
    const { browser } = await asAnn(site);
    proxy.latencyMs = 280;
    // The verdict on a sudo session reads twice. The report reads twice again, and writes.
    const { status } = await browser.act();
    proxy.latencyMs = 0;
    expect(status).toBe(200);
  });
});
