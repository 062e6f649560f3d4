/** The reason of an end reaches its person in apps that write `req.session` on every request (rules M5, M6). */
import { createRequire } from "node:module";
import { csrfSync } from "csrf-sync";
import express, { type Express, type Request, type RequestHandler } from "express";
import request from "supertest";
import { describe, expect, it, onTestFinished } from "vitest";
import { createCurfew, type Curfew, type CurfewOptions, type CurfewSessionOptions } from "../../src/index.js";
import { createTestClock, NAVIGATION_HEADERS, type TestClock } from "../../src/testing/index.js";
import { listen, SECRET } from "../harness/app.js";
import { Browser } from "../harness/browser.js";
import { T } from "../harness/policy-fixtures.js";
import { appRedis, freshPrefix, testRedis } from "../harness/redis.js";

const require = createRequire(import.meta.url);

/** A library that writes `req.session`, and the token that its forms need. */
interface Library {
  readonly middleware: RequestHandler;
  readonly token: (request: Request) => string;
  /** True if the library refuses forms without a token. */
  readonly checks: boolean;
}

interface WithToken {
  csrfToken(): string;
  session: { csrf?: string };
}

function csurfLike(): Library {
  const middleware: RequestHandler = (incoming, response, next) => {
    const { session } = incoming as unknown as WithToken;
    session.csrf ??= Math.random().toString(36);
    if (
      incoming.method === "POST" &&
      (incoming.body as { _csrf?: string } | undefined)?._csrf !== session.csrf
    )
      response.status(403).send("invalid csrf token");
    else next();
  };
  const token = (incoming: Request): string => (incoming as unknown as WithToken).session.csrf ?? "";
  return { middleware, token, checks: true };
}

function withCsrfSync(): Library {
  const { csrfSynchronisedProtection, generateToken } = csrfSync({
    getTokenFromRequest: (incoming) => (incoming.body as { _csrf?: string })._csrf,
  });
  const middleware: RequestHandler = (incoming, response, next) => {
    generateToken(incoming);
    csrfSynchronisedProtection(incoming, response, next);
  };
  return { middleware, token: (incoming) => generateToken(incoming), checks: true };
}

function withLusca(): Library {
  const lusca = require("lusca") as { csrf(): RequestHandler };
  return {
    middleware: lusca.csrf(),
    token: (incoming) => (incoming as unknown as WithToken).csrfToken(),
    checks: true,
  };
}

function withFlash(): Library {
  const connectFlash = require("connect-flash") as () => RequestHandler;
  const flash = connectFlash();
  const middleware: RequestHandler = (incoming, response, next) => {
    flash(incoming, response, () => {
      (incoming as unknown as { flash(kind: string, text: string): void }).flash("seen", incoming.path);
      next();
    });
  };
  return { middleware, token: () => "", checks: false };
}

const LIBRARIES: readonly (readonly [name: string, create: () => Library])[] = [
  ["a library like csurf", csurfLike],
  ["csrf-sync", withCsrfSync],
  ["lusca", withLusca],
  ["connect-flash", withFlash],
];

interface Site {
  readonly curfew: Curfew;
  readonly clock: TestClock;
  readonly prefix: string;
  browser(): Promise<Browser>;
}

/** An app in the order that each CSRF library asks for: session, body, library, routes. */
async function start(
  { middleware, token }: Library,
  session: Partial<CurfewSessionOptions> = {},
  options: Partial<CurfewOptions> = {},
): Promise<Site> {
  const clock = createTestClock(T);
  const prefix = freshPrefix("reasons");
  const curfew = createCurfew({
    redis: await appRedis(),
    prefix,
    sessionPrefix: `${prefix}sess:`,
    clock,
    log: () => undefined,
    ...options,
  });
  onTestFinished(() => curfew.close());
  const app: Express = express();
  app.use(curfew.session({ secret: SECRET, ...session }));
  app.use("/curfew", curfew.routes());
  app.use(express.urlencoded({ extended: false }), middleware);
  const say: RequestHandler = (incoming, response) => {
    const { state, reason = "", by } = incoming.curfew as { state: string; reason?: string; by?: object };
    const { message } = response.locals as { message?: string };
    response.json({ state, reason, by, message, token: token(incoming) });
  };
  app.get("/home", say);
  app.get("/login", (incoming, response, next) => {
    curfew.loginHint(incoming).then(({ message }) => {
      response.locals["message"] = message;
      say(incoming, response, next);
    }, next);
  });
  app.post("/login", (incoming, response, next) => {
    curfew.signIn(incoming, { userId: "ann" }).then(() => response.redirect(303, "/form"), next);
  });
  app.post("/sign-out", (incoming, response, next) => {
    curfew.signOut(incoming).then(() => response.redirect(303, "/login"), next);
  });
  app.all("/form", curfew.requireSignIn(), say);
  app.post(["/reset", "/reset/now"], say);
  const server = await listen(app);
  await curfew.ready();
  const browser = async (): Promise<Browser> => {
    const opened = new Browser(server);
    await signIn(opened);
    return opened;
  };
  return { curfew, clock, prefix, browser };
}

const visit = async (browser: Browser, path: string) =>
  (await browser.visit(path)).body as Record<string, unknown>;

async function post(browser: Browser, path: string, token = ""): Promise<[status: number, location: string]> {
  const answer = await browser.submit(path, { _csrf: token });
  return [answer.status, answer.get("Location") ?? ""];
}

async function signIn(browser: Browser): Promise<void> {
  const { token } = await visit(browser, "/login");
  expect(await post(browser, "/login", String(token))).toEqual([303, "/form"]);
}

describe.each(LIBRARIES)("with %s", (_name, create) => {
  it("M5: the guard, the login page and the status say why the session has ended", async () => {
    const site = await start(create());
    const browser = await site.browser();
    site.clock.advance({ minutes: 30 });
    expect((await browser.visit("/form")).get("Location")).toBe("/login?reason=absolute&return_to=%2Fform");
    for (let time = 0; time < 3; time++)
      expect(await visit(browser, "/login")).toMatchObject({ state: "ended", reason: "absolute" });
    expect(await browser.status()).toMatchObject({ error: "session_ended", reason: "absolute" });
    expect((await browser.visit("/form")).get("Location")).toBe("/login?reason=absolute&return_to=%2Fform");
  });

  it("M5: an open page that asks first leaves the reason for later answers", async () => {
    const site = await start(create());
    const browser = await site.browser();
    site.clock.advance({ minutes: 30 });
    expect(await visit(browser, "/home")).toMatchObject({ state: "ended", reason: "absolute" });
    expect((await browser.visit("/form")).get("Location")).toBe("/login?reason=absolute&return_to=%2Fform");
    expect(await browser.status()).toMatchObject({ reason: "absolute" });
  });

  it("M5: the next sign-in ends the reason, and a sign-out leaves none", async () => {
    const site = await start(create());
    const browser = await site.browser();
    site.clock.advance({ minutes: 30 });
    await visit(browser, "/home");
    await signIn(browser);
    const { token, state } = await visit(browser, "/form");
    expect(state).toBe("active");
    expect(await post(browser, "/sign-out", String(token))).toEqual([303, "/login"]);
    await visit(browser, "/home");
    expect(await visit(browser, "/home")).toMatchObject({ state: "anonymous", reason: "" });
  });

  it("M6: a form that is posted after the end leads to the login page, and the next sign-in works", async () => {
    const site = await start(create(), { answerEnded: true });
    const browser = await site.browser();
    const { token } = await visit(browser, "/form");
    expect(await post(browser, "/form", String(token))).toEqual([200, ""]);
    site.clock.advance({ minutes: 30 });
    expect(await post(browser, "/form", String(token))).toEqual([303, "/login?reason=absolute"]);
    expect(await visit(browser, "/login")).toMatchObject({ state: "ended", reason: "absolute" });
    await signIn(browser);
    expect(await visit(browser, "/form")).toMatchObject({ state: "active" });
  });

  it("M6: without the option the library answers, and the reason still arrives", async () => {
    const library = create();
    const site = await start(library);
    const browser = await site.browser();
    const { token } = await visit(browser, "/form");
    site.clock.advance({ minutes: 30 });
    const [status] = await post(browser, "/form", String(token));
    expect(status).toBe(library.checks ? 403 : 303);
    expect(await visit(browser, "/login")).toMatchObject({ reason: "absolute" });
  });
});

describe("a stranger's cookie with a reason", () => {
  it("M5: tells an eviction's device in the first answer only", async () => {
    const site = await start(csurfLike(), {}, { defaults: { maxSessionsPerUser: 1 } });
    const [first] = [await site.browser(), await site.browser()];
    expect(await visit(first, "/home")).toMatchObject({
      reason: "evicted",
      by: { device: expect.any(String) as string },
    });
    expect(await visit(first, "/home")).toMatchObject({ state: "ended", reason: "evicted", by: null });
  });

  it.each(LIBRARIES)(
    "M5: names device and time on the login page behind the guard, once: %s",
    async (_name, create) => {
      const site = await start(create(), {}, { defaults: { maxSessionsPerUser: 1 } });
      const [first] = [await site.browser(), await site.browser()];
      site.clock.advance({ minutes: 2 });
      for (let time = 0; time < 2; time++)
        expect((await first.visit("/form")).get("Location")).toBe("/login?reason=evicted&return_to=%2Fform");
      // Another tab's poll takes nothing from the page.
      expect(await first.status()).toMatchObject({ reason: "evicted", by: { agoMs: 120_000 } });
      const { message } = await visit(first, "/login");
      expect(message).toMatch(/Chrome on Windows, 2 minutes ago/);
      const again = await visit(first, "/login");
      expect([again["reason"], again["by"]]).toEqual(["evicted", null]);
      expect(again["message"]).not.toContain("Windows");
    },
  );

  it("M5: names the place on the login page", async () => {
    const locate = () => ({ city: "Berlin", state: null, country: "Germany" });
    const defaults = { maxSessionsPerUser: 1, trackLocation: true };
    const site = await start(csurfLike(), {}, { defaults, locate });
    const [first] = [await site.browser(), await site.browser()];
    await first.visit("/form");
    expect((await visit(first, "/login"))["message"]).toContain("Chrome on Windows, Berlin, Germany, ");
  });

  it("M5, M6: names the device on the login page behind an answered form", async () => {
    const site = await start(csurfLike(), { answerEnded: true }, { defaults: { maxSessionsPerUser: 1 } });
    const [first] = [await site.browser(), await site.browser()];
    expect(await post(first, "/form")).toEqual([303, "/login?reason=evicted"]);
    const { message, token } = await visit(first, "/login");
    expect(message).toContain("Chrome on Windows");
    // The token of that page is the session's token, and the cookie does not change that.
    expect(await post(first, "/login", String(token))).toEqual([303, "/form"]);
  });

  it("M5: says nothing once Redis has forgotten the end", async () => {
    const site = await start(csurfLike());
    const browser = await site.browser();
    site.clock.advance({ minutes: 30 });
    await visit(browser, "/home");
    const redis = await testRedis();
    const [record = ""] = await redis.keys(`${site.prefix}s:*`);
    expect(await redis.pttl(record)).toBeLessThanOrEqual(86_400_000);
    await redis.del(record);
    expect(await visit(browser, "/home")).toMatchObject({ state: "anonymous" });
  });

  it("M5: keeps the app's data of the stranger", async () => {
    const site = await start(csurfLike());
    const browser = await site.browser();
    site.clock.advance({ minutes: 30 });
    const { token } = await visit(browser, "/home");
    expect((await visit(browser, "/home"))["token"]).toBe(token);
  });

  it("M5: has the public handle of the ended session, and nothing else of it", async () => {
    const site = await start(csurfLike());
    const browser = await site.browser();
    site.clock.advance({ minutes: 30 });
    await visit(browser, "/home");
    expect(browser.sessionCookie?.value).toMatch(/~[\w-]{21}\./);
  });
});

describe("answerEnded", () => {
  const headers = { ...NAVIGATION_HEADERS, "content-type": "application/x-www-form-urlencoded" };

  it("M6: answers a page's own call with 401 and the reason, and takes the cookie", async () => {
    const site = await start(csurfLike(), { answerEnded: true });
    const browser = await site.browser();
    const before = browser.sessionCookie?.value;
    site.clock.advance({ minutes: 30 });
    const answer = await browser.fetch("post", "/form", {});
    expect([answer.status, answer.body]).toMatchObject([401, { error: "session_ended", reason: "absolute" }]);
    expect(answer.get("Cache-Control")).toBe("no-store");
    expect(browser.sessionCookie?.value).not.toBe(before);
    // The next unsafe request is a stranger's: the CSRF library decides about it.
    expect((await browser.fetch("post", "/form", {})).status).toBe(403);
  });

  it.each(["/login", "/LOGIN", "/login/", "/curfew/extend", "/reset", "/reset/now"])(
    "M6: never answers a POST to %s",
    async (path) => {
      const site = await start(withFlash(), { answerEnded: { except: ["/reset"] } });
      const browser = await site.browser();
      site.clock.advance({ minutes: 30 });
      const answer = await browser.send(request(browser.server).post(path).set(headers));
      expect(answer.get("Location") ?? "").not.toContain("reason");
    },
  );

  it.each(["get", "head", "options"] as const)("M6: never answers a %s", async (method) => {
    const site = await start(withFlash(), { answerEnded: true });
    const browser = await site.browser();
    site.clock.advance({ minutes: 30 });
    const answer = await browser.send(request(browser.server)[method]("/home"));
    expect(answer.status).toBe(200);
  });

  it("M6: never answers a living session, nor a stranger", async () => {
    const site = await start(withFlash(), { answerEnded: true });
    const browser = await site.browser();
    expect(await post(browser, "/reset")).toEqual([200, ""]);
    expect(await post(new Browser(browser.server), "/reset")).toEqual([200, ""]);
  });

  it("M6: refuses values that are not lists of paths", () => {
    const curfew = createCurfew({ redis: "redis://127.0.0.1:1", log: () => undefined });
    onTestFinished(() => curfew.close());
    const session = (answerEnded: unknown) => () =>
      curfew.session({ secret: SECRET, answerEnded: answerEnded as never });
    expect(session("yes")).toThrow(/session\.answerEnded: must be true, false or an object/);
    expect(session({ except: "/reset" })).toThrow(/session\.answerEnded\.except: must be an array of paths/);
    expect(session({ except: ["//evil.example"] })).toThrow(/must be an array of paths/);
    expect(session({ but: [] })).toThrow(/answerEnded\.but: is not an option; the only option is except/);
  });
});
