import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { json } from "node:stream/consumers";
import express from "express";
import expressSession from "express-session";
import { describe, expect, it } from "vitest";
import { createCurfew, type Curfew } from "../../src/index.js";
import { createTestClock } from "../../src/testing/index.js";
import { listen, SECRET, startApp } from "../harness/app.js";
import { Browser } from "../harness/browser.js";
import { setCookiesOf } from "../harness/http.js";
import { appRedis, freshPrefix } from "../harness/redis.js";

/** A login that accepts every user. */
function welcomeEverybody(app: express.Express, curfew: Curfew): void {
  app.get("/login", (_request, response) => {
    response.send("Who are you?");
  });
  app.post("/login", (request, response, next) => {
    curfew.signIn(request, { userId: "ann" }).then(() => response.json({}), next);
  });
}

describe("where curfew.session() is mounted", () => {
  it("in an app within an app it knows the login page, and polls do not count as activity", async () => {
    const clock = createTestClock();
    const curfew = createCurfew({
      redis: await appRedis(),
      prefix: freshPrefix("curfew"),
      clock,
      activity: "requests",
      loginUrl: "/inner/login",
      routesPath: "/inner/curfew",
      defaults: { inactivityLogout: true },
    });
    await curfew.ready();
    const inner = express();
    inner.use(curfew.session({ secret: SECRET }));
    inner.use("/curfew", curfew.routes());
    welcomeEverybody(inner, curfew);
    const browser = new Browser(await listen(express().use("/inner", inner)));
    await browser.visit("/inner/login");
    expect(browser.cookies.has("curfew.browser")).toBe(true);
    await browser.fetch("post", "/inner/login", {});
    clock.advance({ minutes: 10 });
    expect((await browser.fetch("get", "/inner/curfew/status")).status).toBe(200);
    clock.advance({ minutes: 5 });
    expect((await browser.fetch("get", "/inner/curfew/status")).body).toMatchObject({ reason: "idle" });
    await curfew.close();
  });

  /** Result of a request to an app within an app, after another middleware has seen the request. */
  async function behind(outer: express.RequestHandler, inner: Curfew): Promise<unknown> {
    const app = express().use(outer, inner.session({ secret: SECRET }));
    app.get("/", inner.requireSignIn(), (_request, response) => {
      response.send("guarded");
    });
    app.use(((error, _request, response, _next) => {
      response.status(500).json(error);
    }) satisfies express.ErrorRequestHandler);
    return (await new Browser(await listen(app)).fetch("get", "/")).body;
  }

  it("behind another curfew it says so, instead of leaving its guards to the other", async () => {
    const [outer, inner] = [await startApp(), await startApp()];
    expect(await behind(outer.curfew.session({ secret: SECRET }), inner.curfew)).toMatchObject({
      code: "invalid_option",
      details: { option: "session" },
    });
  });

  it("behind another session middleware it says so, instead of signing people in for nothing", async () => {
    const { curfew } = await startApp();
    const other = expressSession({ secret: SECRET, resave: false, saveUninitialized: false });
    expect(await behind(other, curfew)).toMatchObject({ code: "invalid_option" });
  });

  it("twice it works once", async () => {
    const site = await startApp({
      configure: (app, curfew) => {
        app.use(curfew.session({ secret: SECRET }));
        app.get("/twice", (request, response) => {
          response.json(request.curfew);
        });
      },
    });
    const browser = await site.signedIn("ann");
    const answer = await browser.fetch("get", "/twice");
    expect(answer.body).toMatchObject({ state: "active" });
    expect(setCookiesOf(answer)).toEqual([]);
  });

  it("the routes are found in each case in which Express finds them, and polls do not count as activity", async () => {
    const site = await startApp({ activity: "requests", defaults: { inactivityLogout: true } });
    const browser = await site.signedIn("ann");
    for (const path of ["/CURFEW/status", "/Curfew/Status/", "/curfew/status/"]) {
      site.clock.advance({ minutes: 1 });
      expect((await browser.fetch("get", path)).status).toBe(200);
    }
    site.at("15:00");
    expect(await browser.status()).toMatchObject({ reason: "idle" });
  });

  it("with a cookie for one path, other paths are served without a session, and guards stay closed", async () => {
    const site = await startApp({ session: { cookie: { path: "/account" } } });
    const browser = await site.browser();
    expect((await browser.fetch("get", "/state")).body).toEqual({ state: "anonymous" });
    expect(await browser.standing()).toBe("anonymous");
  });

  it("a cookie for one path is found where an app has rewritten the address, and where a proxy names the site in it", async () => {
    const site = await startApp({
      session: { cookie: { path: "/app" } },
      before: (app) => {
        app.use((request, _response, next) => {
          request.url = request.url.replace(/^(http:\/\/[^/]*)?\/app(?=\/)/, "");
          next();
        });
      },
    });
    const browser = await site.browser();
    await browser.fetch("post", "/app/login", { userId: "ann", password: "open sesame" });
    for (const path of ["/app/state", `${site.url}/app/state`]) {
      const { hostname, port } = new URL(site.url);
      const asked = get({ hostname, port, path, headers: { cookie: browser.cookieHeader } });
      const [answer] = (await once(asked, "response")) as [IncomingMessage];
      expect(await json(answer)).toMatchObject({ state: "active" });
    }
  });
});

describe("the login page", () => {
  it("G10: gives each browser its own token, so no cache may keep it", async () => {
    const site = await startApp();
    const [first, second] = [new Browser(site.server), new Browser(site.server)];
    const page = await first.visit("/login");
    expect(page.get("Cache-Control")).toBe("no-store");
    await second.visit("/login");
    const token = (browser: Browser) => browser.cookies.get("curfew.browser");
    expect(token(first)?.value).toMatch(/^s%3Abrowser-[\w-]{22}\./);
    expect(token(first)?.value).not.toBe(token(second)?.value);
    expect(token(first)?.attributes).toMatchObject({ "max-age": String(400 * 86_400), httponly: "" });
    expect(setCookiesOf(await first.visit("/login"))).toEqual([]);
  });

  it.each(["/Login", "/login/", "/LOGIN/?return_to=%2F"])("G10: is known as %s, too", async (path) => {
    const site = await startApp();
    const browser = new Browser(site.server);
    expect((await browser.visit(path)).get("Cache-Control")).toBe("no-store");
    expect(browser.cookies.has("curfew.browser")).toBe(true);
  });

  it("an invented token is replaced", async () => {
    const site = await startApp();
    const browser = new Browser(site.server);
    browser.plant("curfew.browser", "chosen-by-somebody");
    await browser.visit("/login");
    expect(browser.cookies.get("curfew.browser")?.value).toMatch(/^s%3Abrowser-[\w-]{22}\./);
  });
});
