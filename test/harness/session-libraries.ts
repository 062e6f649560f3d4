/** An app with a library that writes `req.session` on every request, for the tests of reasons (rules M5, M6). */
import { createRequire } from "node:module";
import { csrfSync } from "csrf-sync";
import express, { type Express, type Request, type RequestHandler } from "express";
import { expect, onTestFinished } from "vitest";
import { createCurfew, type Curfew, type CurfewOptions, type CurfewSessionOptions } from "../../src/index.js";
import { createTestClock, type TestClock } from "../../src/testing/index.js";
import { listen, SECRET } from "./app.js";
import { Browser } from "./browser.js";
import { T } from "./policy-fixtures.js";
import { appRedis, freshPrefix } from "./redis.js";

const require = createRequire(import.meta.url);

/** A library that writes `req.session`, and the token that its forms need. */
export interface Library {
  readonly middleware: RequestHandler;
  readonly token: (request: Request) => string;
  /** True if the library refuses forms without a token. */
  readonly checks: boolean;
}

interface WithToken {
  csrfToken(): string;
  session: { csrf?: string };
}

/** A library like csurf, which keeps its secret in the session. */
export function csurfLike(): Library {
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

/** connect-flash, which checks nothing. */
export function withFlash(): Library {
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

/** All libraries by name. */
export const LIBRARIES: readonly (readonly [name: string, create: () => Library])[] = [
  ["a library like csurf", csurfLike],
  ["csrf-sync", withCsrfSync],
  ["lusca", withLusca],
  ["connect-flash", withFlash],
];

/** A running app. */
export interface Site {
  readonly curfew: Curfew;
  readonly clock: TestClock;
  readonly prefix: string;
  browser(): Promise<Browser>;
}

/** An app in the order that each CSRF library asks for: session, body, library, routes. */
export async function startWithLibrary(
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

/** Opens a page, and returns its body. */
export const visit = async (browser: Browser, path: string): Promise<Record<string, unknown>> =>
  (await browser.visit(path)).body as Record<string, unknown>;

/** Sends a form. */
export async function post(
  browser: Browser,
  path: string,
  token = "",
): Promise<[status: number, location: string]> {
  const answer = await browser.submit(path, { _csrf: token });
  return [answer.status, answer.get("Location") ?? ""];
}

/** Signs ann in with a form. */
export async function signIn(browser: Browser): Promise<void> {
  const { token } = await visit(browser, "/login");
  expect(await post(browser, "/login", String(token))).toEqual([303, "/form"]);
}
