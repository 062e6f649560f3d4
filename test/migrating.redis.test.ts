/** Checks docs/migrating.md for users, cookies and data: express-session alone beside this package. */
import type { Server } from "node:http";
import { RedisStore } from "connect-redis";
import express from "express";
import session from "express-session";
import { describe, expect, it } from "vitest";
import { dataOf, listen, SECRET, startApp, type TestApp, type TestAppOptions } from "./harness/app.js";
import { Browser } from "./harness/browser.js";
import { testRedis } from "./harness/redis.js";

/** Name of the app's cookie, before and after. */
const NAME = "connect.sid";
const DAY_SECONDS = 86_400;

/** Adds a login form that does not call signIn. */
function addOwnLogin(app: express.Express): void {
  app.post("/own-login", (request, response) => {
    dataOf(request)["userId"] = "ann";
    response.json({});
  });
  app.get("/own-page", (request, response) => {
    const { userId = null } = dataOf(request);
    response.status(userId === null ? 401 : 200).json({ userId });
  });
}

/** Starts the old app: express-session and connect-redis, without limits. */
async function startOldApp(prefix: string): Promise<Server> {
  const app = express();
  const store = new RedisStore({ client: await testRedis(), prefix });
  app.use(session({ name: NAME, secret: SECRET, store, resave: false, saveUninitialized: false }));
  addOwnLogin(app);
  return listen(app);
}

interface Both {
  readonly site: TestApp;
  readonly old: Server;
  readonly oldKeys: () => Promise<string[]>;
}

async function startBoth(options: TestAppOptions = {}): Promise<Both> {
  const site = await startApp({ configure: addOwnLogin, session: { name: NAME }, ...options });
  const prefix = `${site.prefix}sess:`;
  const redis = await testRedis();
  return { site, old: await startOldApp(prefix), oldKeys: () => redis.keys(`${prefix}*`) };
}

const page = async (browser: Browser): Promise<number> => (await browser.fetch("get", "/own-page")).status;

describe("an app that moves from express-session", () => {
  it("does not read old sessions, for any cookie name and secret, and leaves their keys unchanged", async () => {
    const { site, old, oldKeys } = await startBoth();
    const browser = new Browser(old);
    await browser.fetch("post", "/own-login", {});
    expect(await page(browser)).toBe(200);
    const before = await oldKeys();
    expect(before).toHaveLength(1);
    browser.server = site.server;
    expect(await browser.state()).toEqual({ state: "anonymous" });
    expect((await browser.fetch("get", "/data")).body).toEqual({});
    expect(await oldKeys()).toEqual(before);
  });

  it("beside old processes, with the same cookie name, refuses their sign-ins, and they refuse its sign-ins", async () => {
    const { site, old } = await startBoth();
    const browser = await site.signedIn("ann");
    browser.server = old;
    expect(await page(browser)).toBe(401);
    await browser.fetch("post", "/own-login", {});
    browser.server = site.server;
    expect(await browser.standing()).toBe("anonymous");
  });

  it("beside old processes, with another cookie name, keeps the sign-ins of both", async () => {
    const { site, old } = await startBoth({ session: {} });
    const browser = await site.signedIn("ann");
    browser.server = old;
    expect(await page(browser)).toBe(401);
    await browser.fetch("post", "/own-login", {});
    expect(await page(browser)).toBe(200);
    browser.server = site.server;
    expect(await browser.standing()).toBe("in");
  });

  it("does not limit a login that forgets signIn: its data lives a day after each request", async () => {
    const site = await startApp({ configure: addOwnLogin });
    const browser = await site.browser();
    await browser.fetch("post", "/own-login", {});
    const redis = await testRedis();
    const [key = ""] = await redis.keys(`${site.prefix}sess:*`);
    await redis.expire(key, 60);
    site.at("600:00");
    expect(await page(browser)).toBe(200);
    expect(await redis.ttl(key)).toBeGreaterThan(DAY_SECONDS - 60);
    // This package's guard shows that there was no sign-in.
    expect(await browser.standing()).toBe("anonymous");
  });

  it("has an old guard fail safe once the session has ended", async () => {
    const site = await startApp({ configure: addOwnLogin });
    const browser = await site.signedIn("ann");
    await browser.fetch("post", "/own-login", {});
    expect(await page(browser)).toBe(200);
    site.at("30:00");
    expect(await page(browser)).toBe(401);
  });

  it("M43: sends a visitor a cookie only once the app has written a field", async () => {
    const site = await startApp();
    const browser = await site.browser();
    const before = await browser.fetch("get", "/data");
    expect(before.headers["set-cookie"]).toBeUndefined();
    const written = await browser.fetch("post", "/data", { visitor: true });
    expect(String(written.headers["set-cookie"])).toContain("curfew.sid=");
    expect((await browser.fetch("get", "/data")).body).toEqual({ visitor: true });
  });

  it("M43: brings a message that is written after signOut to the next page", async () => {
    const site = await startApp({
      configure: (app, curfew) => {
        app.post("/leave", (request, response, next) => {
          curfew.signOut(request).then(() => {
            dataOf(request)["message"] = "You have signed out.";
            response.json({});
          }, next);
        });
      },
    });
    const browser = await site.signedIn("ann");
    await browser.fetch("post", "/leave", {});
    expect((await browser.fetch("get", "/data")).body).toEqual({ message: "You have signed out." });
    expect(await browser.standing()).not.toBe("in");
  });

  it("M43: warns of a short secret, and refuses the option key", async () => {
    const site = await startApp({ session: { secret: "twelve chars" } });
    expect(site.log.map(({ code }) => code)).toContain("weak_secret");
    expect(() => site.curfew.session({ secret: SECRET, key: "sid" } as never)).toThrow(/key/);
  });
});
