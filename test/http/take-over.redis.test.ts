/** Rule M44: processes take over sessions of express-session, and processes of both kinds serve one browser meanwhile. */
import { describe, expect, it } from "vitest";
import {
  DAY_MS,
  OLD_NAME,
  MOVED,
  startBoth,
  sessionsOf,
  moveIn,
  forgetNewCookie,
  me,
  data,
} from "../harness/moving.js";
import { T } from "../harness/policy-fixtures.js";
import { testRedis } from "../harness/redis.js";
import { OLD_STORES } from "../harness/old-app.js";
import { Browser } from "../harness/browser.js";
import { setCookiesOf } from "../harness/http.js";
import { addPassport, PASSPORT_VERSIONS } from "../passport/passport-app.js";

describe.each(OLD_STORES)("M44: beside processes with %s", (store) => {
  it("a session continues with its user and data, here and there", async () => {
    const { site, old, browser } = await startBoth({ store });
    await browser.fetch("post", "/data", { cart: ["book"] });
    browser.server = site.server;
    expect(await browser.standing()).toBe("in");
    expect(await data(browser)).toEqual({ userId: "ann", cart: ["book"] });
    browser.server = old;
    expect(await me(browser)).toBe("ann");
    browser.server = site.server;
    expect(await browser.standing()).toBe("in");
    expect(await sessionsOf(site)).toHaveLength(1);
  });

  it("a sign-out here signs out there, and the old cookie brings nothing back", async () => {
    const both = await startBoth({ store });
    const { site, old, browser, oldKey } = both;
    const redis = await testRedis();
    const stored = await redis.get(oldKey);
    await moveIn(both);
    await browser.fetch("post", "/logout");
    browser.server = old;
    expect(await me(browser)).toBeNull();
    // A slow request of the old process stores its session again.
    await redis.set(oldKey, stored ?? "");
    browser.server = site.server;
    expect(await browser.standing()).not.toBe("in");
    forgetNewCookie(browser);
    expect(await browser.standing()).not.toBe("in");
    expect(await sessionsOf(site)).toEqual([]);
  });

  it.each([
    ["destroys the session", "/logout", false],
    ["destroys the session and clears its cookie", "/logout", true],
    ["removes the user from the data", "/logout-in-place", false],
  ])("a sign-out there that %s signs out here", async (_how, path, clearsCookie) => {
    const both = await startBoth({ store });
    const { site, old, browser } = both;
    await moveIn(both);
    browser.server = old;
    await browser.fetch("post", path);
    if (clearsCookie) browser.cookies.delete(OLD_NAME);
    browser.server = site.server;
    expect(await browser.standing()).not.toBe("in");
    expect(await sessionsOf(site)).toEqual([]);
    expect(site.told("ended").map(({ reason }) => reason)).toEqual(["signed_out"]);
  });

  it.each([
    ["a new id", "/login"],
    ["the same id", "/login-in-place"],
  ])("a sign-in of another user there, under %s, counts here", async (_how, path) => {
    const both = await startBoth({ store });
    const { site, old, browser } = both;
    const ref = await moveIn(both);
    browser.server = old;
    await browser.fetch("post", path, { userId: "ben" });
    browser.server = site.server;
    expect(await browser.state()).toMatchObject({ state: "active", session: { userId: "ben" } });
    expect(await site.curfew.sessions.get(ref)).toBeNull();
    expect(await sessionsOf(site, "ben")).toHaveLength(1);
  });
});

it.each(PASSPORT_VERSIONS)("M44: req.logout of passport %s here signs out there", async (version) => {
  const both = await startBoth({ configure: addPassport(version) });
  const { old, browser } = both;
  await moveIn(both);
  await browser.fetch("post", "/passport/logout", {});
  browser.server = old;
  expect(await me(browser)).toBeNull();
});

describe("M44: an old session", () => {
  it("is not taken over after all of its user's sessions were ended, in any browser", async () => {
    const both = await startBoth();
    const { site, old, browser, oldKey } = both;
    const redis = await testRedis();
    const stored = await redis.get(oldKey);
    await site.curfew.sessions.endAll({ userId: "ann", actor: "an admin" });
    browser.server = site.server;
    expect(await browser.standing()).toMatch(/^revoked/);
    browser.server = old;
    await expect.poll(() => me(browser)).toBeNull();
    await redis.set(oldKey, stored ?? "");
    const [userKey = ""] = await redis.keys(`${site.prefix}u:*`);
    expect(await redis.pttl(userKey)).toBeGreaterThan(2 * DAY_MS - 3_600_000);
    site.at("2000:00");
    browser.server = site.server;
    expect(await browser.standing()).not.toBe("in");
    expect(await sessionsOf(site)).toEqual([]);
  });

  it("is nothing from `until` on, and a session that was taken over continues by itself", async () => {
    const both = await startBoth({ takeOver: { until: T + 600_000 } });
    const { site, old, browser } = both;
    const late = new Browser(old);
    await late.fetch("post", "/login", MOVED);
    await moveIn(both);
    site.at("10:00");
    late.server = site.server;
    expect(await late.state()).toEqual({ state: "anonymous" });
    browser.server = old;
    await browser.fetch("post", "/logout");
    browser.server = site.server;
    expect(await browser.standing()).toBe("in");
  });

  it("is one session if many requests come at once", async () => {
    const { site, browser } = await startBoth();
    browser.server = site.server;
    const cookie = browser.cookieHeader;
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => browser.get("/state", { cookie, accept: "text/html" })),
    );
    const refs = answers.map(({ body }) => (body as { session?: { ref: string } }).session?.ref);
    expect(new Set(refs).size).toBe(1);
    expect(await sessionsOf(site)).toMatchObject([{ ref: refs[0] }]);
    // Both sessions live later too, because the two sign-ins were not twins.
    site.at("1:00");
    expect(await browser.standing()).toBe("in");
    const cookies = answers.map((answer) =>
      setCookiesOf(answer).find((line) => line.startsWith("curfew.sid=")),
    );
    expect(new Set(cookies).size).toBe(1);
  });

  it("without a user brings its data along, once", async () => {
    const { site, old, browser } = await startBoth({ login: "/logout" });
    await browser.fetch("post", "/data", { cart: ["book"] });
    browser.server = site.server;
    expect(await data(browser)).toEqual({ cart: ["book"] });
    expect(await browser.state()).toEqual({ state: "anonymous" });
    await browser.fetch("post", "/data", { cart: ["pen"] });
    expect(await data(browser)).toEqual({ cart: ["pen"] });
    browser.server = old;
    expect(await data(browser)).toEqual({ cart: ["book"] });
    // Its user signs in on an old process.
    await browser.fetch("post", "/login-in-place", MOVED);
    browser.server = site.server;
    expect(await browser.standing()).toBe("in");
  });

  it("is found among several cookies of one name, which the new cookie may have, too", async () => {
    const { site, browser } = await startBoth({ session: { name: OLD_NAME } });
    const old = browser.cookieHeader;
    browser.server = site.server;
    expect(await browser.standing()).toBe("in");
    const taken = browser.cookieHeader;
    for (const cookie of [`${OLD_NAME}=planted; ${old}`, `${old}; ${OLD_NAME}=planted`, `${old}; ${taken}`]) {
      const other = new Browser(site.server);
      const response = await other.get("/state", { cookie, accept: "text/html" });
      expect(response.body).toMatchObject({ state: "active", session: { userId: "ann" } });
    }
    expect(await sessionsOf(site)).toHaveLength(1);
  });

  it("leaves its id in no key, value, event or line of the log of this package", async () => {
    const both = await startBoth();
    const { site, browser, oldKey } = both;
    const redis = await testRedis();
    const oldId = oldKey.slice(oldKey.lastIndexOf(":") + 1);
    await moveIn(both);
    await browser.fetch("post", "/data", { more: 1 });
    await browser.reauthenticate();
    const keys = (await redis.keys(`${site.prefix}*`)).filter((key) => key !== oldKey);
    const values = await Promise.all(
      keys.map(async (key) => ((await redis.type(key)) === "string" ? redis.get(key) : null)),
    );
    expect(keys.length).toBeGreaterThan(4);
    const told = [site.told("signedIn"), site.told("reauthenticated"), site.told("warning"), site.log];
    expect(JSON.stringify([keys, values, told])).not.toContain(oldId);
  });

  it("counts only with a signature of the old secret", async () => {
    const { site, browser } = await startBoth({ takeOver: { secret: "another secret" } });
    browser.server = site.server;
    expect(await browser.standing()).toBe("anonymous");
  });

  it("with a user id that is neither a string nor a whole number is an error that names both", async () => {
    const { site, browser } = await startBoth({ takeOver: { userId: () => 7.5 } });
    browser.server = site.server;
    const response = await browser.fetch("get", "/state");
    expect(response.status).toBe(500);
    expect((response.body as { message: string }).message).toMatch(
      /takeOver\.userId.*a string.*, a whole number, or null/,
    );
  });
});
