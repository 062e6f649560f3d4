/** An Express app with everything that the behaviour tests touch, on a free port, with a clock to set. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler } from "express";
import { onTestFinished } from "vitest";
import {
  createCurfew,
  CurfewError,
  type Curfew,
  type CurfewEvents,
  type CurfewOptions,
  type CurfewSessionOptions,
  type EventName,
  type LogEntry,
  type RoutesOptions,
  type SignInOptions,
} from "../../src/index.js";
import { createTestClock, type TestClock } from "../../src/testing/index.js";
import { Browser } from "./browser.js";
import { at, T } from "./policy-fixtures.js";
import { freshPrefix, testRedisUrl } from "./redis.js";

/** Express 4, in the types of Express 5, since it has none of its own here. */
export const express4 = createRequire(import.meta.url)("express4") as typeof express;

export const SECRET = "a secret of the tests, long enough for everybody";
/** The one right password of everybody. */
export const PASSWORD = "open sesame";

/** What a test may have otherwise. */
export interface TestAppOptions extends Partial<CurfewOptions> {
  /** @default Express 5 */
  readonly express?: typeof express;
  readonly session?: Partial<CurfewSessionOptions>;
  readonly routes?: RoutesOptions;
  /** Adds routes of the test's own, before the error handler. */
  readonly configure?: (app: Express, curfew: Curfew) => void;
  /** Comes before `curfew.session()`. */
  readonly before?: (app: Express) => void;
  /** Redis decides by its own clock. */
  readonly realClock?: boolean;
}

/** What has happened, oldest first. */
export type Happened = {
  [Name in EventName]: { readonly name: Name; readonly event: CurfewEvents[Name] };
}[EventName];

/** A running app. */
export interface TestApp {
  readonly curfew: Curfew;
  readonly app: Express;
  readonly server: Server;
  readonly url: string;
  readonly clock: TestClock;
  readonly prefix: string;
  readonly events: Happened[];
  readonly log: LogEntry[];
  /** Sets the clock to so many `minutes:seconds` after {@link T}. */
  at(time: string): void;
  /** The payloads of one event. */
  of<Name extends EventName>(name: Name): CurfewEvents[Name][];
  /** A browser that nobody has used, with a token as every browser has that has seen the login page. */
  browser(userAgent?: string): Promise<Browser>;
}

const EVENT_NAMES: readonly EventName[] = [
  "signedIn",
  "ended",
  "extended",
  "reauthenticated",
  "settingsChanged",
  "warning",
];

/** The app's own session data, which no test declares types for. */
export function dataOf(request: Request): Record<string, unknown> {
  return request.session as unknown as Record<string, unknown>;
}

/** Starts an app of the test's own; it ends with the test. */
export async function startApp(options: TestAppOptions = {}): Promise<TestApp> {
  const { express: framework = express, session, routes, configure, before, realClock, ...own } = options;
  const clock = createTestClock(T);
  const log: LogEntry[] = [];
  const prefix = own.prefix ?? freshPrefix("curfew");
  const curfew = createCurfew({
    redis: await testRedisUrl(),
    prefix,
    sessionPrefix: `${prefix}sess:`,
    log: (entry) => log.push(entry),
    ...(realClock ? {} : { clock }),
    ...own,
  });
  const events: Happened[] = [];
  for (const name of EVENT_NAMES) curfew.on(name, (event) => events.push({ name, event } as Happened));

  const app = framework();
  before?.(app);
  app.use(curfew.session({ secret: SECRET, ...session }));
  app.use(curfew.routes ? "/curfew" : "", mountable(curfew, routes));
  addRoutes(app, framework, curfew);
  configure?.(app, curfew);
  app.use(answerErrors);

  const server = createServer(app);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await curfew.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const of = <Name extends EventName>(name: Name): CurfewEvents[Name][] =>
    events.filter((one) => one.name === name).map((one) => one.event as CurfewEvents[Name]);
  const browser = async (userAgent?: string): Promise<Browser> => {
    const opened = new Browser(server, userAgent);
    await opened.get("/login");
    return opened;
  };
  await curfew.ready();
  return {
    curfew,
    app,
    server,
    url,
    clock,
    prefix,
    events,
    log,
    at: (time) => clock.set(at(time)),
    of,
    browser,
  };
}
