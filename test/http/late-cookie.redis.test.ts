/** Requests with an earlier cookie: a page's other calls, whose answers come after the sign-in's answer (rule M15). */
import { describe, expect, it, vi } from "vitest";
import type { TestApp } from "../harness/app.js";
import type { Browser } from "../harness/browser.js";
import { setCookiesOf } from "../harness/http.js";
import { testRedis } from "../harness/redis.js";
import { late, start } from "./late-cookie-site.js";

/** Routes that change the session, begin a new one, or change it and give the cookie a lifetime. */
const WRITING = ["/widget", "/regenerate", "/lasting"];

/** States of a browser before its sign-in. */
const BEFORE: readonly (readonly [string, (site: TestApp) => Promise<Browser>])[] = [
  [
    "a visitor's cookie with data",
    async (site) => {
      const browser = await site.browser();
      await browser.fetch("get", "/widget");
      return browser;
    },
  ],
  ["the cookie of the user's own session", (site) => site.signedIn("ann")],
  ["the cookie of another user's session", (site) => site.signedIn("bob")],
  [
    "the cookie of a session that has ended",
    async (site) => {
      const browser = await site.signedIn("ann");
      await site.curfew.sessions.endAll({ userId: "ann", actor: "admin" });
      return browser;
    },
  ],
  [
    "the cookie of a session that Redis has forgotten",
    async (site) => {
      const browser = await site.signedIn("ann");
      const redis = await testRedis();
      await Promise.all((await redis.keys(`${site.prefix}s:*`)).map((key) => redis.del(key)));
      return browser;
    },
  ],
  [
    "the cookie of a session whose re-authentication's answer was lost",
    async (site) => {
      const browser = await site.signedIn("ann");
      const before = browser.clone();
      site.clock.advance({ minutes: 29, seconds: 45 });
      await browser.reauthenticate();
      site.clock.advance({ seconds: 15 });
      return before;
    },
  ],
  [
    "an old cookie of another user's session that goes on",
    async (site) => {
      const browser = await site.signedIn("bob");
      const before = browser.clone();
      await browser.reauthenticate();
      await browser.standing();
      site.clock.advance({ minutes: 6 });
      return before;
    },
  ],
  [
    "a visitor's cookie that carries a reason",
    async (site) => {
      const browser = await site.signedIn("ann");
      await site.curfew.sessions.endAll({ userId: "ann", actor: "admin" });
      await browser.fetch("get", "/widget");
      return browser;
    },
  ],
];

/** Waits until no visitor has data, because a sign-in deletes them in the background. */
async function visitorsAreGone({ prefix }: TestApp): Promise<void> {
  const redis = await testRedis();
  await vi.waitFor(async () => {
    const keys = await redis.keys(`${prefix}sess:*`);
    const records = keys.map((key) => redis.exists(key.replace("sess:", "s:")));
    expect(await Promise.all(records)).not.toContain(0);
  });
}

describe.each(BEFORE)("%s", (_title, open) => {
  it.each(WRITING)(
    "M15: on a late request to %s it does not replace the cookie of the sign-in",
    async (path) => {
      const { site } = await start();
      const browser = await open(site);
      const before = browser.cookieHeader;
      await browser.signIn("ann");
      for (let time = 0; time < 2; time++)
        expect(setCookiesOf(await late(site, browser, before, path))).toEqual([]);
      expect(await browser.standing()).toBe("in");
    },
  );

  it("M15: a sign-in and a sign-out in one request leave the browser a cookie for the data that follow", async () => {
    const { site } = await start();
    const browser = await site.browser();
    for (const before of ["a visitor's data", "the cookie of the answer before"]) {
      await browser.fetch("get", "/widget");
      await browser.fetch("get", "/half-signed-in");
      expect((await browser.fetch("get", "/flash")).body, before).toBe("The second factor is missing");
    }
  });

  it.each([
    ...WRITING.map((path) => ["write", path] as const),
    ["regenerate", "/widget"] as const,
    ["sign-out", "/widget"] as const,
  ])(
    "M15: a request that waits through the sign-in and then does a %s replaces no cookie, nor does a late request to %s",
    async (how, path) => {
      const { site, slow } = await start();
      const browser = await open(site);
      const before = browser.cookieHeader;
      const arrival = slow.arrival();
      const waiting = late(site, browser, before, `/slow?how=${how}`);
      await arrival;
      await browser.signIn("ann");
      slow.release();
      expect(setCookiesOf(await waiting)).toEqual([]);
      expect(setCookiesOf(await late(site, browser, before, path))).toEqual([]);
      expect(await browser.standing()).toBe("in");
    },
  );

  it("M15: a browser that is left with it gets a new cookie ten seconds later", async () => {
    const { site } = await start();
    const browser = await open(site);
    const before = browser.cookieHeader;
    await browser.signIn("ann");
    await visitorsAreGone(site);
    site.clock.advance({ seconds: 10 });
    expect(setCookiesOf(await late(site, browser, before))).toHaveLength(1);
  });

  it("M15: with it the same browser can sign in again", async () => {
    const { site } = await start();
    const browser = await open(site);
    const twin = browser.clone();
    await browser.signIn("ann");
    await twin.signIn("ann");
    expect(await twin.standing()).toBe("in");
  });
});
