/** Runs each code block of docs/migrating.md in an app, and looks at the effect over HTTP (rule M43). */
import { createRequire } from "node:module";
import { RedisStore } from "connect-redis";
import session from "express-session";
import type { Request, RequestHandler } from "express";
import { agent } from "supertest";
import { describe, expect, it } from "vitest";
import { dataOf, express4, listen, SECRET } from "./harness/app.js";
import { Browser } from "./harness/browser.js";
import { createOldApp } from "./harness/old-app.js";
import { pageCode } from "./harness/page-code.js";
import { addPages, prepare, serveHandshakes } from "./harness/page-stage.js";
import { clusterNodes, freshPrefix, testRedis } from "./harness/redis.js";
import { textOf } from "./harness/source-files.js";

const PAGE = "docs/migrating.md";

type Done = (error: null, value: unknown) => void;

/** The part of passport that the test uses. The package has no types of its own. */
interface Passport {
  use(strategy: unknown): void;
  serializeUser(serialize: (user: { readonly id: string }, done: Done) => void): void;
  deserializeUser(deserialize: (id: string, done: Done) => void): void;
  authenticate(strategy: string): RequestHandler;
}
type Verify = (user: string, password: string, done: Done) => void;

const require = createRequire(import.meta.url);
const { Passport: PassportClass } = require("passport") as { readonly Passport: new () => Passport };
const { Strategy } = require("passport-local") as {
  readonly Strategy: new (options: object, verify: Verify) => unknown;
};
const { csrfSync } = require("csrf-sync") as {
  readonly csrfSync: () => {
    readonly csrfSynchronisedProtection: RequestHandler;
    generateToken(request: Request): string;
  };
};

const statusOf = async (browser: Browser, path: string): Promise<number> =>
  (await browser.fetch("get", path)).status;
const bodyOf = async (browser: Browser, path: string): Promise<unknown> =>
  (await browser.fetch("get", path)).body;

/** Looks for the code in the fixture that `npm run test:consumers` runs with NestJS, which the project does not install. */
function runsInNest(code: string): Promise<void> {
  const fixture = linesOf(textOf("test/consumers/fixtures/nest.ts")).join("\n");
  expect(fixture).toContain(linesOf(code.replace(/^import .*\n/gm, "")).join("\n"));
  return Promise.resolve();
}

const linesOf = (code: string): string[] =>
  code
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

/** Proofs of the blocks, by the heading above each block. */
const PROOFS: Readonly<Record<string, (code: string) => Promise<void>>> = {
  "Line by line 1": async (code) => {
    const { app, run, open } = await prepare(code, { mounts: false });
    const store = new RedisStore({ client: await testRedis(), prefix: freshPrefix("before") });
    app.use(session({ secret: SECRET, store, resave: false, saveUninitialized: false }));
    await run();
    const browser = await open();
    expect((await browser.fetch("get", "/")).headers["location"]).toBe("/login");
    expect((await browser.submit("/login", { user: "ann" })).status).toBe(303);
    expect(await bodyOf(browser, "/")).toEqual({ user: "ann" });
  },
  "Line by line 2": async (code) => {
    const { run, open } = await prepare(code);
    await run();
    const browser = await open();
    expect((await browser.visit("/")).headers["location"]).toBe("/login?return_to=%2F");
    expect((await browser.submit("/login", { user: "ann" })).status).toBe(303);
    expect(await bodyOf(browser, "/")).toEqual({ user: "ann" });
  },
  "Open sessions 1": async (code) => {
    const { app, curfew, run, open } = await prepare(code, { mounts: false });
    // The block names no prefix, so the old app has the prefix of connect-redis.
    const store = new RedisStore({ client: await testRedis(), prefix: "sess:" });
    const old = new Browser(await listen(createOldApp(store, { secret: SECRET })));
    await old.fetch("post", "/login", { userId: "ann" });
    await run();
    addPages(app, curfew);
    const { server } = await open();
    old.server = server;
    expect(await bodyOf(old, "/me")).toMatchObject({ state: "active", session: { userId: "ann" } });
    expect(await bodyOf(old, "/data")).toEqual({ userId: "ann" });
  },
  "passport 1": async (code) => {
    const authenticator = new PassportClass();
    authenticator.use(
      new Strategy({ usernameField: "user" }, (user, _password, done) => {
        done(null, { id: user });
      }),
    );
    authenticator.serializeUser((user, done) => {
      done(null, user.id);
    });
    authenticator.deserializeUser((id, done) => {
      done(null, { id });
    });
    const { app, curfew, run, open } = await prepare(code, { mounts: false });
    await run({ passport: authenticator });
    app.post("/login", authenticator.authenticate("local"), (_request, response) => {
      response.json({});
    });
    app.post("/logout", (request, response, next) => {
      const { logout } = request as typeof request & { logout(done: (error?: unknown) => void): void };
      logout.call(request, (error) => {
        if (error) next(error);
        else response.json({});
      });
    });
    addPages(app, curfew);
    const browser = await open();
    await browser.submit("/login", { user: "ann", password: "any" });
    expect(await bodyOf(browser, "/me")).toMatchObject({ state: "active", session: { userId: "ann" } });
    await browser.fetch("post", "/logout");
    expect(await statusOf(browser, "/me")).toBe(401);
  },
  "Visitors without a session 1": async (code) => {
    const { app, run, open } = await prepare(code);
    await run();
    app.get("/after", (request, response) => {
      response.json(dataOf(request)["visitor"]);
    });
    const browser = await open();
    expect((await browser.visit("/data")).headers["set-cookie"]).toBeUndefined();
    expect((await browser.visit("/after")).body).toBe(true);
    expect(browser.sessionCookie).toBeDefined();
    expect(await bodyOf(browser, "/data")).toEqual({ visitor: true });
  },
  "Order of middleware 1": async (code) => {
    const { app, curfew, run, open } = await prepare(code, { mounts: false });
    const cors = ({ origin }: { readonly origin: string }): RequestHandler => {
      return (_request, response, next) => {
        response.set("Access-Control-Allow-Origin", origin);
        next();
      };
    };
    const { csrfSynchronisedProtection: csrfProtection } = csrfSync();
    // The browser of this test gets its session before the CSRF check.
    const checkAfterSignIn: RequestHandler = (request, response, next) => {
      if (request.path === "/sign-in") next();
      else void csrfProtection(request, response, next);
    };
    await run({ cors, csrfProtection: checkAfterSignIn });
    addPages(app, curfew);
    app.post("/form", (_request, response) => response.json({}));
    const browser = await open();
    await browser.fetch("post", "/sign-in");
    expect((await browser.submit("/form", {})).status).toBe(403);
    await curfew.sessions.endAll({ userId: "ann", actor: "an admin" });
    const late = await browser.submit("/form", {});
    expect(late.status).toBe(303);
    expect(late.headers["location"]).toContain("/login?reason=revoked");
    expect(late.headers["access-control-allow-origin"]).toBe("https://app.example.com");
  },
  "The page to come back to 1": async (code) => {
    const { run, open } = await prepare(code);
    await run();
    const browser = await open();
    const after = async (returnTo: string): Promise<unknown> =>
      (await browser.submit("/login", { user: "ann", return_to: returnTo })).headers["location"];
    expect(await after("/reports?page=2")).toBe("/reports?page=2");
    expect(await after("https://example.com/")).toBe("/");
    expect(await statusOf(browser, "/me")).toBe(200);
  },
  "CSRF tokens at the sign-in 1": async (code) => {
    const { app, run, open } = await prepare(code);
    const { generateToken } = csrfSync();
    app.get("/form", (request, response) => response.json(generateToken(request)));
    await run();
    const browser = await open();
    const planted = await bodyOf(browser, "/form");
    expect(await bodyOf(browser, "/form")).toBe(planted);
    await browser.submit("/login", { user: "ann" });
    expect(await statusOf(browser, "/me")).toBe(200);
    expect(await bodyOf(browser, "/data")).toEqual({});
    expect(await bodyOf(browser, "/form")).not.toBe(planted);
  },
  "Flash messages after the sign-out 1": async (code) => {
    const { run, open } = await prepare(code);
    await run();
    const browser = await open();
    await browser.fetch("post", "/sign-in");
    expect((await browser.submit("/logout", {})).headers["location"]).toBe("/login");
    expect(await bodyOf(browser, "/data")).toEqual({ message: "You have signed out." });
    expect(await statusOf(browser, "/me")).toBe(401);
  },
  "Flash messages after the sign-out 2": async (code) => {
    const { run, open } = await prepare(code);
    await run();
    const browser = await open();
    await browser.fetch("post", "/sign-in");
    expect((await browser.submit("/logout-everywhere", {})).headers["location"]).toBe("/login");
    expect(await bodyOf(browser, "/data")).toEqual({ message: "You have signed out everywhere." });
    expect(await statusOf(browser, "/me")).toBe(401);
  },
  "Sessions by their id 1": async (code) => {
    const { run, open } = await prepare(code);
    const browser = await open();
    await browser.fetch("post", "/sign-in");
    const { session: own } = (await bodyOf(browser, "/me")) as { session: { ref: string } };
    expect(await run({ ref: own.ref }, ["session", "ended"])).toMatchObject({
      session: { userId: "ann" },
      ended: true,
    });
    expect(await statusOf(browser, "/me")).toBe(401);
  },
  "Requests with a bearer token 1": async (code) => {
    const { app, run, open } = await prepare(code);
    const requireToken: RequestHandler = (request, response, next) => {
      if (request.get("authorization") === "Bearer good") next();
      else response.status(401).json({ from: "token" });
    };
    await run({ requireToken, listOrders: ((_request, response) => response.json([1])) as RequestHandler });
    app.get("/account/orders", (_request, response) => response.json([2]));
    const browser = await open();
    const { status, headers } = await browser.get("/api/orders", { authorization: "Bearer good" });
    expect([status, headers["set-cookie"]]).toEqual([200, undefined]);
    expect(await bodyOf(browser, "/api/orders")).toEqual({ from: "token" });
    expect(await statusOf(browser, "/account/orders")).toBe(401);
    await browser.fetch("post", "/sign-in");
    expect(await bodyOf(browser, "/account/orders")).toEqual([2]);
  },
  "The app's tests 1": async (code) => {
    const { app, curfew, run, open } = await prepare(code);
    app.post("/login", (request, response, next) => {
      const { user } = request.body as { readonly user: string };
      curfew.signIn(request, { userId: user }).then(() => response.redirect(303, "/account"), next);
    });
    app.get("/account", curfew.requireSignIn(), (_request, response) => response.json({}));
    await open();
    const afterwards: (() => Promise<void>)[] = [];
    await run({ agent, after: (work: () => Promise<void>) => afterwards.push(work) });
    expect(afterwards).toHaveLength(1);
    await afterwards[0]?.();
    // `close()` leaves a Cluster's client open, because the app has given it.
    const answers = await curfew.ready({ timeoutMs: 50 }).then(
      () => true,
      () => false,
    );
    expect(answers).toBe(clusterNodes() !== null);
  },
  "NestJS 1": runsInNest,
  "NestJS 2": runsInNest,
  "Express 4 1": async (code) => {
    const { run, open } = await prepare(code, { framework: express4 });
    await run();
    const browser = await open();
    const visitor = await browser.fetch("post", "/more-time");
    expect([visitor.status, visitor.body]).toEqual([401, { code: "not_signed_in" }]);
    await browser.fetch("post", "/sign-in");
    expect((await browser.fetch("post", "/more-time")).body).toEqual({ code: "extension_too_early" });
  },
  "socket.io 1": async (code) => {
    const { app, curfew, run, open } = await prepare(code, { mounts: false });
    const { io, handshakes } = await serveHandshakes();
    await run({ io });
    addPages(app, curfew);
    const browser = await open();
    const connect = async (): Promise<unknown> => {
      const { server } = browser;
      browser.server = handshakes;
      const { text } = await browser.fetch("get", "/socket.io");
      browser.server = server;
      return text;
    };
    expect(await connect()).toBe("not signed in");
    await browser.fetch("post", "/sign-in");
    expect(await connect()).toBe("connected");
  },
};

describe("the code on docs/migrating.md", () => {
  const blocks = pageCode(PAGE);

  it("M43: has a proof for each block", () => {
    expect(blocks.map(({ name }) => name)).toEqual(Object.keys(PROOFS));
  });

  it.each(blocks)("M43: does what the page says: $name", async ({ name, code }) => {
    await PROOFS[name]?.(code);
  });
});
