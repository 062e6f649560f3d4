/** A re-authentication offers a new secret; the session, its ref and its data stay. */
import { describe, expect, it } from "vitest";
import { startApp, type TestAppOptions } from "../harness/app.js";
import { proxiedRedis } from "../harness/app-proxy.js";
import type { Browser } from "../harness/browser.js";
import { PASSWORD } from "../harness/browser.js";
import { setCookiesOf } from "../harness/http.js";
import { minutes } from "../harness/policy-fixtures.js";
import { testRedis } from "../harness/redis.js";
import { storedText } from "../harness/stored-text.js";

/** A browser that has authenticated again, and a browser that still holds the earlier cookie. */
async function reauthenticated({ at = "20:00", ...options }: TestAppOptions & { readonly at?: string } = {}) {
  const site = await startApp({
    ...options,
    configure: (app, curfew) => {
      app.get("/fresh", curfew.requireFresh({ withinMinutes: 10 }), (_request, response) => {
        response.json("fresh");
      });
    },
  });
  const browser = await site.signedIn("ann");
  await browser.fetch("post", "/data", { cart: [1] });
  site.at(at);
  const before = browser.clone();
  expect((await browser.reauthenticate()).status).toBe(200);
  return { site, browser, before };
}

const isFresh = async (browser: Browser): Promise<boolean> =>
  (await browser.fetch("get", "/fresh")).status === 200;

describe("M25: until a request shows the new cookie", () => {
  it("the old one passes under its own window, without freshness", async () => {
    const { site, before } = await reauthenticated();
    expect(await before.status()).toMatchObject({ absoluteRemainingMs: minutes(10) });
    expect(await isFresh(before)).toBe(false);
    site.at("29:59");
    expect(await before.standing()).toBe("in");
    expect((await before.fetch("get", "/data")).body).toEqual({ cart: [1] });
  });

  it("an answer that never arrives signs no user out, and the form can be sent again", async () => {
    const { site, before } = await reauthenticated();
    site.at("20:10");
    const again = await before.reauthenticate();
    expect([again.status, setCookiesOf(again).length]).toEqual([200, 1]);
    expect(await before.status()).toMatchObject({ absoluteRemainingMs: minutes(30) });
    expect(await isFresh(before)).toBe(true);
  });

  it("the time of the old one runs out for itself alone: no end is recorded", async () => {
    const { site, browser, before } = await reauthenticated();
    site.at("30:00");
    expect(await before.standing()).toBe("absolute");
    expect(site.told("ended")).toEqual([]);
    expect(await browser.standing()).toBe("in");
    expect(await browser.status()).toMatchObject({ absoluteRemainingMs: minutes(20) });
  });

  it.each([false, true])(
    "an answer to the old one, whose time is over, sets no cookie (M15; answerEnded %s)",
    async (answerEnded) => {
      const { site, browser, before } = await reauthenticated({ session: { answerEnded }, at: "29:59" });
      site.at("30:00");
      const answer = await before.fetch("post", "/data", { cart: ["late"] });
      expect(setCookiesOf(answer)).toEqual([]);
      expect((await browser.fetch("get", "/data")).body).toEqual({ cart: [1] });
    },
  );

  it("a browser whose offer was lost can store data again ten seconds later", async () => {
    const { site, before } = await reauthenticated({ at: "29:59" });
    site.at("30:10");
    expect(setCookiesOf(await before.fetch("post", "/data", { state: "of a login" }))).toHaveLength(1);
  });

  it("another user's sign-in with the old one, whose time is over, leaves the session alone", async () => {
    const { site, browser, before } = await reauthenticated();
    site.at("30:00");
    await before.signIn("bob");
    expect(await browser.standing()).toBe("in");
    expect((await browser.fetch("get", "/data")).body).toEqual({ cart: [1] });
  });

  it("lists and limits go by the new window", async () => {
    const { site } = await reauthenticated({ defaults: { maxSessionsPerUser: 1 } });
    site.at("35:00");
    const { sessions } = await site.curfew.sessions.list({ userId: "ann" });
    expect(sessions).toMatchObject([{ expiresAt: site.clock() + minutes(15) }]);
  });

  it("an extension with the old one leaves the data and the row of the list the offered life", async () => {
    const site = await startApp({ defaults: { sessionMinutes: 480, inactivityLogout: false } });
    const browser = await site.signedIn("ann");
    await browser.fetch("post", "/data", { cart: [1] });
    site.at("479:00");
    const before = browser.clone();
    expect((await browser.reauthenticate()).status).toBe(200);
    expect((await before.extend()).status).toBe(200);
    const offeredEnd = site.clock() + minutes(480);
    site.at("520:00");
    expect((await browser.fetch("get", "/data")).body).toEqual({ cart: [1] });
    const [session] = (await site.curfew.sessions.list({ userId: "ann" })).sessions;
    const ref = session?.ref ?? "";
    // The row is stored in the background.
    await site.curfew.close();
    const redis = await testRedis();
    expect(await redis.pttl(`${site.prefix}sess:${ref}`)).toBeGreaterThan(minutes(479));
    expect(Number(await redis.zscore(`${site.prefix}l:0:0`, ref))).toBeGreaterThanOrEqual(offeredEnd);
  });

  it.each([210, 290])("Redis %i ms away: it is done, and the browser stays signed in", async (latencyMs) => {
    const proxy = await proxiedRedis();
    const site = await startApp({ redis: proxy.redis, timeoutMs: 1_500 });
    // Redis has the scripts by then.
    await (await site.signedIn("bob")).reauthenticate();
    const browser = await site.signedIn("ann");
    proxy.latencyMs = latencyMs;
    expect((await browser.reauthenticate()).status).toBe(200);
    proxy.latencyMs = 0;
    expect(await browser.standing()).toBe("in");
  });
});

describe("M28: once a request has shown the new cookie", () => {
  it("the old one passes for ten seconds, without freshness and without a cookie", async () => {
    const { site, browser, before } = await reauthenticated();
    expect(await isFresh(browser)).toBe(true);
    site.at("20:09");
    const page = await before.visit();
    expect([page.status, setCookiesOf(page), page.get("Clear-Site-Data")]).toEqual([200, [], undefined]);
    expect(await before.status()).toMatchObject({ absoluteRemainingMs: minutes(30) - 9_000 });
    expect(await isFresh(before)).toBe(false);
  });

  it("the old one is worth nothing afterwards, and ends nothing", async () => {
    const { site, browser, before } = await reauthenticated();
    await browser.standing();
    site.at("20:10");
    expect(await before.standing()).toBe("unknown");
    const signOut = await before.fetch("post", "/logout", {});
    const data = await before.fetch("post", "/data", { cart: ["theirs"] });
    // A late answer must not replace the cookie that the browser holds by now (rule M15).
    expect([...setCookiesOf(signOut), ...setCookiesOf(data)]).toEqual([]);
    expect((await browser.fetch("get", "/data")).body).toEqual({ cart: [1] });
    expect(site.told("ended")).toEqual([]);
  });

  it("another user's sign-in with the old one leaves the session and its data alone", async () => {
    const { site, browser, before } = await reauthenticated();
    await browser.standing();
    site.at("20:10");
    expect(await before.standing()).toBe("unknown");
    await before.signIn("bob");
    expect(await browser.standing()).toBe("in");
    expect((await browser.fetch("get", "/data")).body).toEqual({ cart: [1] });
    expect(site.told("ended")).toEqual([]);
  });

  it("a browser that still holds the old secret can begin again later", async () => {
    const { site, browser, before } = await reauthenticated();
    await browser.standing();
    site.at("26:00");
    const data = await before.fetch("post", "/data", { cart: ["theirs"] });
    expect(setCookiesOf(data)).toHaveLength(1);
    expect(await browser.standing()).toBe("in");
  });

  it("the same form sent twice is answered 200 both times, with one cookie, before and after that", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    const twin = browser.clone();
    const answers = [await browser.reauthenticate(), await twin.reauthenticate()];
    await browser.standing();
    answers.push(await twin.clone().reauthenticate());
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(answers.map((answer) => setCookiesOf(answer).length)).toEqual([1, 0, 0]);
    expect(await browser.standing()).toBe("in");
    expect(site.told("reauthenticated")).toHaveLength(1);
  });

  it("of many at once, all are answered 200 and one sends a cookie", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    const copies = Array.from({ length: 4 }, () => browser.clone());
    const answers = await Promise.all(copies.map((copy) => copy.reauthenticate(PASSWORD)));
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(4).fill(200));
    expect(answers.flatMap(setCookiesOf)).toHaveLength(1);
    for (const copy of copies) expect(await copy.standing()).toBe("in");
  });
});

describe("M37: the session keeps its ref", () => {
  it("so that an administrator can end it by the earlier ref", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    const [session] = (await site.curfew.sessions.list({ userId: "ann" })).sessions;
    await browser.reauthenticate();
    await browser.standing();
    expect(await site.curfew.sessions.end(session?.ref ?? "", { actor: "ann" })).toMatchObject({
      ended: true,
    });
    expect(await browser.standing()).toBe("revoked");
  });

  it("Redis holds no secret of a cookie", async () => {
    const { site, browser, before } = await reauthenticated();
    await browser.standing();
    const redis = await testRedis();
    const keys = await redis.keys(`${site.prefix}*`);
    const stored = await Promise.all(keys.map(async (key) => key + (await storedText(redis, key))));
    for (const { sessionCookie } of [browser, before]) {
      const secret = decodeURIComponent(sessionCookie?.value ?? "").split(".")[2] ?? "";
      expect(secret).toHaveLength(32);
      expect(stored.join("\n")).not.toContain(secret);
    }
  });
});
