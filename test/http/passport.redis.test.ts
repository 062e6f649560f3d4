import { createRequire } from "node:module";
import express, { type Express, type NextFunction, type Request, type RequestHandler } from "express";
import { describe, expect, it } from "vitest";
import type { Curfew } from "../../src/index.js";
import { express4, startApp, type TestApp, type TestAppOptions } from "../harness/app.js";
import { PASSWORD, type Browser } from "../harness/browser.js";

/** The part of passport 0.7 that an app uses; it comes without types of its own. */
interface Passport {
  use(strategy: unknown): void;
  serializeUser(serialize: (user: unknown, done: (error: null, id: unknown) => void) => void): void;
  deserializeUser(deserialize: (id: unknown, done: (error: null, user: unknown) => void) => void): void;
  session(): RequestHandler;
  authenticate(
    strategy: string,
    answer: (error: unknown, user: { id: string } | false) => void,
  ): RequestHandler;
}
type Verify = (name: string, password: string, done: (error: null, user: unknown) => void) => void;
type Session = Request & {
  user?: { id: string };
  logIn(user: unknown, options: object, done: (error?: unknown) => void): void;
  logOut(options: object, done: (error?: unknown) => void): void;
};

const require = createRequire(import.meta.url);
const { Passport: PassportClass } = require("passport") as { Passport: new () => Passport };
const { Strategy } = require("passport-local") as { Strategy: new (verify: Verify) => unknown };

/** Follows passport's own guide, with `curfew.signIn` after passport's login. */
function usePassport(app: Express, curfew: Curfew, framework: typeof express): void {
  const passport = new PassportClass();
  passport.use(
    new Strategy((name, password, done) => {
      done(null, password === PASSWORD ? { id: name } : false);
    }),
  );
  passport.serializeUser((user, done) => {
    done(null, (user as { id: string }).id);
  });
  passport.deserializeUser((id, done) => {
    done(null, { id });
  });
  app.use(passport.session());
  app.post("/passport/login", framework.json(), (request, response, next: NextFunction) => {
    const answer = passport.authenticate("local", (error, user) => {
      if (error !== null || !user) {
        response.status(401).json({});
        return;
      }
      const { keepSessionInfo = false } = request.body as { keepSessionInfo?: boolean };
      (request as Session).logIn(user, { keepSessionInfo }, (failure) => {
        if (failure !== undefined) next(failure);
        else curfew.signIn(request, { userId: user.id }).then(() => response.json({}), next);
      });
    });
    void answer(request, response, next);
  });
  app.post("/passport/logout", (request, response, next) => {
    (request as Session).logOut({}, (failure) => {
      if (failure === undefined) response.json({});
      else next(failure);
    });
  });
  app.get("/passport/me", (request, response) => {
    response.json({ passport: (request as Session).user?.id ?? null, curfew: request.curfew.state });
  });
}

const start = (framework: typeof express, options: TestAppOptions = {}): Promise<TestApp> =>
  startApp({
    ...options,
    express: framework,
    configure: (app, curfew) => {
      usePassport(app, curfew, framework);
    },
  });

async function logIn(browser: Browser, username: string, more: object = {}): Promise<number> {
  const body = { username, password: PASSWORD, ...more };
  return (await browser.fetch("post", "/passport/login", body)).status;
}

const me = async (browser: Browser): Promise<unknown> => (await browser.fetch("get", "/passport/me")).body;

describe.each([
  ["Express 5", express],
  ["Express 4", express4],
])("X7: passport 0.7 on %s", (_title, framework) => {
  it("logs in by passport and then signs in: both know the user on the next request", async () => {
    const site = await start(framework);
    const browser = await site.browser();
    expect(await logIn(browser, "ann")).toBe(200);
    expect(await me(browser)).toEqual({ passport: "ann", curfew: "active" });
    expect(await browser.state()).toMatchObject({ session: { userId: "ann" } });
  });

  it("does nothing for a wrong password", async () => {
    const site = await start(framework);
    const browser = await site.browser();
    expect(await logIn(browser, "ann", { password: "guess" })).toBe(401);
    expect(await me(browser)).toEqual({ passport: null, curfew: "anonymous" });
  });

  it("leaves passport without a user when the session has ended", async () => {
    const site = await start(framework);
    const browser = await site.browser();
    await logIn(browser, "ann");
    site.at("30:00");
    expect(await me(browser)).toEqual({ passport: null, curfew: "ended" });
  });

  it("C2: evicts the other browser, for passport too", async () => {
    const site = await start(framework, { defaults: { maxSessionsPerUser: 1 } });
    const [first, second] = [await site.browser(), await site.browser()];
    await logIn(first, "ann");
    await logIn(second, "ann");
    expect(await me(first)).toEqual({ passport: null, curfew: "ended" });
    expect(await me(second)).toEqual({ passport: "ann", curfew: "active" });
  });

  it("N14: keeps passport's user through a re-authentication", async () => {
    const site = await start(framework);
    const browser = await site.browser();
    await logIn(browser, "ann");
    expect((await browser.reauthenticate()).status).toBe(200);
    expect(await me(browser)).toEqual({ passport: "ann", curfew: "active" });
  });

  it("lets another user log in over a session without logging out first, and drops the first user's data", async () => {
    const site = await start(framework);
    const browser = await site.browser();
    await logIn(browser, "ann");
    await browser.fetch("post", "/data", { cart: [1] });
    expect(await logIn(browser, "bob")).toBe(200);
    expect(await me(browser)).toEqual({ passport: "bob", curfew: "active" });
    expect((await browser.fetch("get", "/data")).body).toEqual({ passport: { user: "bob" } });
    expect((await site.curfew.sessions.list({ userId: "ann" })).sessions).toEqual([]);
  });

  it("drops a visitor's data of the session, unless keepSessionInfo keeps the data", async () => {
    const site = await start(framework);
    const [plain, keeping] = [await site.browser(), await site.browser()];
    for (const browser of [plain, keeping]) await browser.fetch("post", "/data", { cart: [1] });
    await logIn(plain, "ann");
    await logIn(keeping, "bob", { keepSessionInfo: true });
    expect((await plain.fetch("get", "/data")).body).toEqual({ passport: { user: "ann" } });
    expect((await keeping.fetch("get", "/data")).body).toEqual({ cart: [1], passport: { user: "bob" } });
  });

  it("M8: keeps nothing of another user, even with keepSessionInfo", async () => {
    const site = await start(framework);
    const browser = await site.browser();
    await logIn(browser, "ann");
    await browser.fetch("post", "/data", { secret: "ann's" });
    await logIn(browser, "bob", { keepSessionInfo: true });
    expect((await browser.fetch("get", "/data")).body).toEqual({ passport: { user: "bob" } });
  });

  it("C10: passport's logout ends the session as signed out", async () => {
    const site = await start(framework);
    const browser = await site.browser();
    await logIn(browser, "ann");
    const former = browser.sessionCookie;
    expect((await browser.fetch("post", "/passport/logout", {})).status).toBe(200);
    expect(await me(browser)).toMatchObject({ passport: null });
    if (former) browser.cookies.set("curfew.sid", former);
    expect(await browser.standing()).toBe("signed_out");
    expect(site.told("ended")).toMatchObject([{ reason: "signed_out", userId: "ann" }]);
  });
});
