/** Starts the Express app of the behaviour tests on a free port, with a clock to set. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import express, { type ErrorRequestHandler, type Express, type Request } from "express";
import { onTestFinished } from "vitest";
import {
  AUDIT_TYPES,
  createCurfew,
  CurfewError,
  type Curfew,
  type CurfewEvents,
  type CurfewOptions,
  type CurfewSessionOptions,
  type EventName,
  type LogEntry,
  type ReauthAttempt,
  type RoutesOptions,
  type SignInOptions,
} from "../../src/index.js";
import { createTestClock, type TestClock } from "../../src/testing/index.js";
import { Browser, PASSWORD } from "./browser.js";
import { requireDescribed } from "./described-answers.js";
import { at, T } from "./policy-fixtures.js";
import { appRedis, freshPrefix, isEmbedded } from "./redis.js";

/** Express 4 with the types of Express 5, because its own types are not installed. */
export const express4 = createRequire(import.meta.url)("express4") as typeof express;

export const SECRET = "a secret of the tests, long enough for everybody";

/** Changes of the test app. */
export interface TestAppOptions extends Partial<CurfewOptions> {
  /** Version of Express. @default Express 5 */
  readonly express?: typeof express;
  readonly session?: Partial<CurfewSessionOptions>;
  readonly routes?: RoutesOptions;
  /** Adds middleware before `curfew.session()`. */
  readonly before?: (app: Express, curfew: Curfew) => void;
  /** Adds the test's own routes, before the error handler. */
  readonly configure?: (app: Express, curfew: Curfew) => void;
  /** True if Redis's own clock decides. */
  readonly realClock?: boolean;
  /** True if a function of the test fails, such as `verify`, so that described routes answer 500 to 599. */
  readonly hasFaults?: boolean;
}

interface Happened {
  readonly name: EventName;
  readonly event: CurfewEvents[EventName];
}

/** A running app. */
export interface TestApp {
  readonly curfew: Curfew;
  readonly server: Server;
  readonly url: string;
  readonly clock: TestClock;
  /** Prefix of the app's keys. */
  readonly prefix: string;
  readonly log: readonly LogEntry[];
  /** Sets the clock to `minutes:seconds` after `T`. */
  at(time: string): void;
  /** Returns the payloads of one event, oldest first. */
  told<Name extends EventName>(name: Name): CurfewEvents[Name][];
  /** Returns a browser that has just opened the login page. */
  browser(userAgent?: string): Promise<Browser>;
  /** Returns a browser in which this user has signed in. */
  signedIn(userId: string, options?: Partial<SignInOptions>): Promise<Browser>;
}

const EVENT_NAMES: readonly EventName[] = [...AUDIT_TYPES, "warning"];

/** Returns the app's own session data, for which the tests declare no types. */
export function dataOf(request: Request): Record<string, unknown> {
  return request.session as unknown as Record<string, unknown>;
}

/** Starts an app. The app ends with the test. */
export async function startApp(options: TestAppOptions = {}): Promise<TestApp> {
  const { express: framework = express, session, routes, before, configure, ...others } = options;
  const { realClock, hasFaults, ...own } = others;
  const clock = createTestClock(T);
  const log: LogEntry[] = [];
  const prefix = own.prefix ?? freshPrefix("curfew");
  const curfew = createCurfew({
    redis: await appRedis(),
    prefix,
    sessionPrefix: `${prefix}sess:`,
    log: (entry) => {
      log.push(entry);
    },
    ...(realClock ? {} : { clock }),
    // Tests in other processes can hold the embedded Redis for seconds.
    ...(isEmbedded ? { timeoutMs: 10_000 } : {}),
    ...own,
  });
  const happened: Happened[] = [];
  for (const name of EVENT_NAMES)
    curfew.on(name, (event) => {
      happened.push({ name, event });
    });

  const app = framework();
  app.use(requireDescribed(hasFaults));
  before?.(app, curfew);
  app.use(curfew.session({ secret: SECRET, ...session }));
  app.use(own.routesPath ?? "/curfew", curfew.routes(routes ?? { verify: isTestPassword }));
  addRoutes(app, framework, curfew);
  configure?.(app, curfew);
  app.use(answerErrors);
  const server = await listen(app);
  await curfew.ready();
  onTestFinished(() => curfew.close());

  const browser = async (userAgent?: string): Promise<Browser> => {
    const opened = new Browser(server, userAgent === undefined ? {} : { userAgent });
    await opened.visit("/login");
    return opened;
  };
  return {
    curfew,
    server,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    clock,
    prefix,
    log,
    at: (time) => {
      clock.set(at(time));
    },
    told: <Name extends EventName>(name: Name) =>
      happened.filter((one) => one.name === name).map((one) => one.event as CurfewEvents[Name]),
    browser,
    signedIn: async (userId, signInOptions) => {
      const opened = await browser();
      await opened.signIn(userId, signInOptions);
      return opened;
    },
  };
}

/** Checks the password in a body. */
export function isTestPassword({ body }: Pick<ReauthAttempt, "body">): boolean {
  return body["password"] === PASSWORD;
}

/** Serves an app on a free port until the test ends. */
export async function listen(app: Express): Promise<Server> {
  const server = createServer(app);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return server;
}

function addRoutes(app: Express, framework: typeof express, curfew: Curfew): void {
  app.get("/login", (_request, response) => {
    response.send("Who are you?");
  });
  app.post(
    "/login",
    framework.json(),
    framework.urlencoded({ extended: false }),
    (request, response, next) => {
      const { password, ...options } = request.body as SignInOptions & { password: string };
      if (password !== PASSWORD) {
        response.status(401).json({ error: "wrong_password" });
        return;
      }
      curfew.signIn(request, options).then(() => response.redirect(303, "/account"), next);
    },
  );
  app.post("/logout", (request, response, next) => {
    curfew.signOut(request).then(({ ended }) => response.json({ ended }), next);
  });
  app.all("/account", curfew.requireSignIn(), (request, response) => {
    response.json(request.curfew);
  });
  app.get("/state", (request, response) => {
    response.json(request.curfew);
  });
  app.get("/data", (request, response) => {
    const { cookie: _cookie, ...data } = dataOf(request);
    response.json(data);
  });
  app.post("/data", framework.json(), (request, response) => {
    Object.assign(dataOf(request), request.body);
    response.json({});
  });
}

/** Uses an error's `status` and `headers` as Express's own handler does, but answers in JSON without the stack. */
const answerErrors: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (!(error instanceof CurfewError)) {
    next(error);
    return;
  }
  response
    .set(error.headers)
    .status(error.status)
    .json({ code: error.code, message: error.shortMessage, ...error.details });
};
