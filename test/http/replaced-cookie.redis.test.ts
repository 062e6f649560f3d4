/** The mark that a sign-in leaves for late requests with the cookie before (rule M15). */
import { describe, expect, it, vi } from "vitest";
import { proxiedRedis } from "../harness/app-proxy.js";
import { setCookiesOf } from "../harness/http.js";
import { T } from "../harness/policy-fixtures.js";
import { testRedis } from "../harness/redis.js";
import { late, start } from "./late-cookie-site.js";

/** Returns a function that recognises a command at the key of a mark. */
const isAtMark =
  (command: string, prefix: string) =>
  ([name, key]: readonly string[]): boolean =>
    name === command && key?.startsWith(`${prefix}m:`) === true;

describe("the mark of a replaced cookie", () => {
  it("M42: a message of a request that waits through the sign-in begins no session, because no browser gets its cookie", async () => {
    const { site, slow } = await start();
    const browser = await site.signedIn("ann");
    const arrival = slow.arrival();
    const waiting = late(site, browser, browser.cookieHeader, "/slow");
    await arrival;
    await browser.signIn("ann");
    slow.release();
    await waiting;
    const redis = await testRedis();
    const texts = await Promise.all(
      (await redis.keys(`${site.prefix}sess:*`)).map(async (key) => redis.get(key)),
    );
    expect(texts.filter((text) => text?.includes("Saved"))).toEqual([]);
  });

  it("M15: holds only a time, and Redis drops it within a minute", async () => {
    const { site } = await start();
    const browser = await site.browser();
    await browser.fetch("get", "/widget");
    await browser.signIn("ann");
    const redis = await testRedis();
    const [key = "", ...others] = await redis.keys(`${site.prefix}m:*`);
    expect(others).toEqual([]);
    expect(await redis.get(key)).toBe(String(T));
    expect(await redis.pttl(key)).toBeLessThanOrEqual(60_000);
    expect(await redis.pttl(key)).toBeGreaterThan(0);
  });

  it("M15: is set before the visitor's data are deleted", async () => {
    const proxy = await proxiedRedis();
    const { site } = await start({ redis: proxy.redis });
    const browser = await site.browser();
    await browser.fetch("get", "/widget");
    const redis = await testRedis();
    const [key = ""] = await redis.keys(`${site.prefix}sess:*`);
    proxy.inject({ on: isAtMark("SET", site.prefix), times: 10 });
    await browser.signIn("ann");
    await vi.waitFor(() => {
      expect(site.told("warning").map(({ message }) => message)).toContainEqual(
        expect.stringContaining("Marking"),
      );
    });
    expect(await redis.exists(key)).toBe(1);
  });

  it.each(["while nothing else runs", "while a request waits that stores them again"])(
    "M8: a sign-in deletes the visitor's data that it has taken over, %s",
    async (when) => {
      const { site, slow } = await start();
      const browser = await site.browser();
      await browser.fetch("get", "/widget");
      const redis = await testRedis();
      const [key = ""] = await redis.keys(`${site.prefix}sess:*`);
      const arrival = slow.arrival();
      const waiting = when.startsWith("while a request") ? browser.clone().fetch("get", "/slow") : null;
      if (waiting) await arrival;
      await browser.signIn("ann");
      await vi.waitFor(async () => {
        expect(await redis.exists(key)).toBe(0);
      });
      slow.release();
      await waiting;
      expect(await redis.exists(key)).toBe(0);
      expect((await browser.fetch("get", "/views")).body).toBe(1);
    },
  );

  it("M15, M5: a late page that is to name the evicting device replaces no cookie", async () => {
    const { site, slow } = await start({ defaults: { maxSessionsPerUser: 1 } });
    const browser = await site.signedIn("ann");
    await site.signedIn("ann");
    expect((await browser.visit("/to-login")).status).toBe(303);
    const arrival = slow.arrival();
    const waiting = browser.clone().visit("/slow");
    await arrival;
    await browser.signIn("ann");
    slow.release();
    expect(setCookiesOf(await waiting)).toEqual([]);
    expect(await browser.standing()).toBe("in");
  });

  it("M15: if Redis does not answer for it, the answer tells the end and sets no cookie", async () => {
    const proxy = await proxiedRedis();
    const { site } = await start({ redis: proxy.redis });
    const browser = await site.signedIn("ann");
    await site.curfew.sessions.endAll({ userId: "ann", actor: "admin" });
    expect(await browser.standing()).toBe("revoked_by_admin");
    proxy.inject({ on: isAtMark("GET", site.prefix), action: "drop", times: 10 });
    const answer = await browser.visit();
    expect(answer.get("Location")).toContain("revoked_by_admin");
    expect(setCookiesOf(answer)).toEqual([]);
  });
});
