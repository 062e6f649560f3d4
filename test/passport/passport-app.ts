/** An app with passport, as passport's own guides have it, and `curfew.passport()` in front of it. */
import { createRequire } from "node:module";
import express, { type Express, type NextFunction, type Request, type RequestHandler } from "express";
import type { Curfew, PassportOptions } from "../../src/index.js";
import { dataOf, startApp, type TestApp, type TestAppOptions } from "../harness/app.js";
import { PASSWORD, type Browser } from "../harness/browser.js";

/** The versions of passport that the package promises. */
export const PASSPORT_VERSIONS = ["0.5.0", "0.5.3", "0.6.0", "0.7.0"] as const;

export type PassportVersion = (typeof PASSPORT_VERSIONS)[number];

/** True for versions whose `logout` is synchronous, and whose `logIn` keeps the session's data. */
export const isOld = (version: PassportVersion): boolean => version.startsWith("0.5");

/** The parts of passport that the tests use. It has no types of its own. */
export interface Passport {
  use(strategy: unknown): void;
  use(name: string, strategy: unknown): void;
  serializeUser(serialize: (user: never, done: Verified) => void): void;
  deserializeUser(deserialize: (id: never, done: Verified) => void): void;
  initialize(options?: object): RequestHandler;
  session(): RequestHandler;
  authenticate(name: string, callback: (error: unknown, user: unknown) => void): RequestHandler;
  authenticate(names: string | string[], options?: object): RequestHandler;
}

type Verified = (error: unknown, value?: unknown, info?: unknown) => void;
type Verify = (name: string, password: string, done: Verified) => void;

/** A request with passport's methods. */
export interface PassportRequest extends Request {
  user?: unknown;
  logIn(user: unknown, options: object, done: (error?: unknown) => void): void;
  logout(done?: (error?: unknown) => void): void;
  logout(options: object, done: (error?: unknown) => void): void;
  isAuthenticated(): boolean;
  flash(type?: string, message?: string): unknown;
}

const require = createRequire(import.meta.url);
const { Strategy } = require("passport-local") as { Strategy: new (verify: Verify) => unknown };
const flash = require("connect-flash") as () => RequestHandler;

/** Returns a new passport of a version. */
function newPassport(version: PassportVersion): Passport {
  const { Passport: PassportClass } = require(`passport-${version}`) as { Passport: new () => Passport };
  return new PassportClass();
}

/** Options of the routes with passport. */
interface PassportRoutesOptions extends Pick<TestAppOptions, "express"> {
  /** `null` leaves the adapter out. */
  readonly passport?: PassportOptions | null;
  /** Options of `passport.initialize()`; `null` leaves `initialize` out. */
  readonly initialize?: object | null;
  /** @default the user's id */
  readonly serialize?: (user: { readonly id: string }) => unknown;
  /** Returns false for a user that has been deleted. */
  readonly exists?: (id: unknown) => boolean;
  readonly routes_?: (app: Express, passport: Passport, curfew: Curfew) => void;
}

/** Options of the app. */
export type PassportAppOptions = PassportRoutesOptions & Omit<TestAppOptions, "configure">;

/** Starts the app. Its password is the same for all users. */
export function startPassportApp(
  version: PassportVersion,
  options: PassportAppOptions = {},
): Promise<TestApp> {
  const {
    passport: _passport,
    initialize: _initialize,
    serialize: _serialize,
    exists: _exists,
    routes_: _routes,
    ...own
  } = options;
  return startApp({ ...own, configure: addPassport(version, options) });
}

/** Returns a function that adds passport and its routes to an app. */
export function addPassport(
  version: PassportVersion,
  options: PassportRoutesOptions = {},
): (app: Express, curfew: Curfew) => void {
  const { passport: adapter, initialize, serialize, exists, routes_ } = options;
  const framework = options.express ?? express;
  const passport = newPassport(version);
  passport.use(
    new Strategy((name, password, done) => {
      if (password === PASSWORD) done(null, { id: name }, { message: `Welcome, ${name}!` });
      else done(null, false, { message: "That password is wrong." });
    }),
  );
  passport.serializeUser((user: { id: string }, done) => {
    done(null, serialize ? serialize(user) : user.id);
  });
  passport.deserializeUser((id: unknown, done) => {
    setImmediate(done, null, (exists?.(id) ?? true) ? { id } : false);
  });
  return (app, curfew) => {
    app.use(framework.json(), framework.urlencoded({ extended: false }));
    app.use(flash());
    if (adapter !== null) app.use(adapter ? curfew.passport(adapter) : curfew.passport());
    if (initialize !== null) app.use(passport.initialize(initialize));
    app.use(passport.session());
    addRoutes(app, passport, version);
    routes_?.(app, passport, curfew);
    app.get("/members", curfew.requireSignIn(), (request, response) => {
      response.json({ user: (request as PassportRequest).user });
    });
  };
}

function addRoutes(app: Express, passport: Passport, version: PassportVersion): void {
  app.post("/passport/login", (request, response, next: NextFunction) => {
    // The query has the options of passport.authenticate.
    const options = JSON.parse((request.query["options"] as string | undefined) ?? "{}") as object;
    passport.authenticate("local", options)(request, response, next);
  });
  app.post("/passport/login", (request, response) => {
    response.json({ user: (request as PassportRequest).user, curfew: request.curfew.state });
  });
  app.post("/passport/logout", (request, response, next) => {
    const own = request as PassportRequest;
    const answer = (): void => {
      own.flash("info", "Goodbye.");
      response.json({ user: own.user ?? null, curfew: request.curfew.state });
    };
    if (isOld(version)) {
      own.logout();
      answer();
      return;
    }
    own.logout((request.body ?? {}) as object, (error) => {
      if (error === undefined) answer();
      else next(error);
    });
  });
  app.get("/passport/me", (request, response) => {
    const own = request as PassportRequest;
    response.json({ passport: own.isAuthenticated(), user: own.user ?? null, curfew: request.curfew.state });
  });
  app.get("/passport/messages", (request, response) => {
    const { messages } = dataOf(request);
    response.json({ flash: (request as PassportRequest).flash(), messages });
  });
}

/** Sends the login form. @param options - options of `passport.authenticate` */
export function logIn(
  browser: Browser,
  username: string,
  options: object = {},
  password = PASSWORD,
): ReturnType<Browser["fetch"]> {
  const query = encodeURIComponent(JSON.stringify(options));
  return browser.fetch("post", `/passport/login?options=${query}`, { username, password });
}

/** Returns what passport and the package know of the browser's user. */
export async function me(browser: Browser): Promise<unknown> {
  return (await browser.fetch("get", "/passport/me")).body;
}

export const SIGNED_IN = (id: string): object => ({ passport: true, user: { id }, curfew: "active" });
