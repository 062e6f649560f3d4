/** The battery's app with express-curfew, with routes that drive it and show its state. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler } from "express";
import {
  AUDIT_TYPES,
  createCurfew,
  formatLogEntry,
  safeReturnTo,
  type Curfew,
  type CurfewOptions,
  type CurfewSessionOptions,
  type DeviceClass,
  type EventName,
} from "../../../src/index.js";
import { auth0Api, SCOPES, type Grant } from "../../../src/dialects/auth0/index.js";
import { lookerApi } from "../../../src/dialects/looker/index.js";
import { clusterClient } from "../../harness/cluster-client.js";
import type { AppConfig } from "./app-config.js";

declare module "express-session" {
  interface SessionData {
    data: Record<string, unknown>;
  }
}

/** Text in every guarded answer. A visitor without a living session must never see it. */
export const CANARY = "canary-7f3a";
/** Secret of the session cookie, unless a case gives others. */
export const SECRET = "battery-secret-battery-secret-battery";
/** Cookie of the sessions of express-session that the app takes over. */
export const OLD_COOKIE = "connect.sid";
/** Lets a battery case use the settings API without a session. */
export const ADMIN_KEY = "Bearer battery-administrator";
/** Secret of every API client. The client's id is the owner of its tokens. */
export const CLIENT_SECRET = "battery-client-secret";

/** Place of all users while places are tracked. */
export const PLACE = { city: "Winterthur", state: "ZH", country: "Switzerland" } as const;

const EVENTS: readonly EventName[] = [...AUDIT_TYPES, "warning"];

/** Time that the health route allows for Redis, in milliseconds. */
const HEALTH_TIMEOUT_MS = 200;

/** An app with its logs and events, and a way to end it. */
export interface GuardedApp {
  readonly app: Express;
  readonly curfew: Curfew;
  /** The session middleware, for socket servers. */
  readonly session: RequestHandler;
  close(): Promise<void>;
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Creates the app of one process. @param own - options that cannot be sent as a message, such as a client */
export async function createGuardedApp(
  config: AppConfig,
  clock: () => number,
  own: Partial<CurfewOptions> = {},
): Promise<GuardedApp> {
  const heard: { name: string; event: unknown }[] = [];
  const lines: string[] = [];
  const cluster = config.clusterNodes ? clusterClient(config.clusterNodes) : null;
  const curfew = createCurfew({
    redis: cluster ?? config.sentinel ?? config.redisUrl,
    ...(config.waitForReplicas ? { waitForReplicas: config.waitForReplicas } : {}),
    timeoutMs: config.timeoutMs ?? 10_000,
    log: (entry) => lines.push(formatLogEntry(entry)),
    ...(config.hasTestClock ? { clock } : {}),
    locate: () => PLACE,
    ...(config.limits ? { limits: config.limits } : {}),
    allowEarlyExtension: config.allowEarlyExtension ?? false,
    ...(config.defaults ? { defaults: config.defaults } : {}),
    ...own,
  });
  for (const name of EVENTS) curfew.on(name, (event: unknown) => heard.push({ name, event }));
  if (config.hasFailingListener)
    curfew.on("signedIn", ({ userId }) => {
      throw new Error(`no mail for ${userId}`);
    });
  if (!config.startsWithoutRedis) await curfew.ready();

  const app = express();
  app.disable("x-powered-by");
  app.get("/healthz", async (_request, response) => {
    await curfew.ready({ timeoutMs: HEALTH_TIMEOUT_MS });
    response.json({ redis: "answers" });
  });
  // This comes before the sessions, because there are none while their store is disconnected.
  let store: Request["sessionStore"] | undefined;
  app.post("/control/store/:event", (request, response) => {
    response.json({ heard: store?.emit(request.params.event) });
  });
  if (config.trustProxy !== undefined) app.set("trust proxy", config.trustProxy);
  const session = curfew.session({
    secret: config.secrets ?? [SECRET],
    ...(config.takesOver ? { takeOver: takeOver(own.sessionPrefix) } : {}),
    ...(config.cookie ? { cookie: config.cookie } : {}),
    ...(config.cookieName === undefined ? {} : { name: config.cookieName }),
  });
  app.use(session);
  app.use((request, _response, next) => {
    store ??= request.sessionStore;
    next();
  });
  app.use("/curfew", curfew.routes({ verify: ({ body }) => body["password"] === "right" }));
  addApis(app, curfew, config.settingsRequestsPerMinute ?? 1_000_000);
  app.use("/admin", curfew.adminPages({ authorize: isAdministrator }));
  app.use(express.json({ limit: "2mb" }));
  addSignIn(app, curfew);
  addGuardedRoutes(app, curfew);
  addControlRoutes(app, curfew, heard, lines);
  app.use(answerErrors);
  const close = async (): Promise<void> => {
    await curfew.close();
    cluster?.disconnect();
  };
  return { app, curfew, session, close };
}

/** Adds both vendors' APIs, and a route that needs a program's token. */
function addApis(app: Express, curfew: Curfew, requestsPerMinute: number): void {
  const tokens = curfew.bearer();
  app.use(
    "/api/4.0",
    lookerApi(curfew, {
      authorize: isAdministrator,
      requestsPerMinute,
      login: {
        tokens,
        verifyClient: ({ clientId, clientSecret }) => (clientSecret === CLIENT_SECRET ? clientId : null),
        loginsPerMinute: requestsPerMinute,
      },
    }),
  );
  const authorize = (request: Request): Grant | null =>
    isAdministrator(request) ? { userId: "admin", scopes: SCOPES } : null;
  app.use("/api/v2", auth0Api(curfew, { authorize, requestsPerMinute }));
  app.get("/api/token", tokens.requireToken(), (_request, response) => {
    response.json({ canary: CANARY });
  });
}

const takeOver = (prefix = "sess:"): NonNullable<CurfewSessionOptions["takeOver"]> => ({
  name: OLD_COOKIE,
  prefix,
  secret: SECRET,
  userId: (data) => (data as { readonly userId?: string }).userId,
  until: new Date("2100-01-01"),
});

function isAdministrator(request: Request): boolean {
  if (request.get("authorization") === ADMIN_KEY) return true;
  return request.curfew.state === "active" && request.curfew.session.userId.startsWith("admin");
}

interface LoginBody {
  readonly userId: string;
  readonly persistent?: boolean;
  readonly deviceClass?: DeviceClass;
  readonly returnTo?: unknown;
}

function addSignIn(app: Express, curfew: Curfew): void {
  app.get("/login", (request, response) => {
    response.type("html").send(`<title>Sign in</title><p>${request.curfew.state}</p>`);
  });
  app.post("/login", curfew.requireSameSite(), async (request, response) => {
    const { userId, persistent, deviceClass, returnTo } = request.body as LoginBody;
    const device = deviceClass === undefined ? {} : { deviceClass };
    const { durable } = await curfew.signIn(request, { userId, persistent: persistent === true, ...device });
    if (returnTo === undefined) response.json({ userId, ip: request.ip, durable });
    else response.redirect(303, safeReturnTo(returnTo));
  });
  app.post("/sudo", curfew.requireSameSite(), async (request, response) => {
    const { userId } = request.body as LoginBody;
    response.json(await curfew.sudo(request, { userId }));
  });
  app.post("/destroy", curfew.requireSameSite(), (request, response, next) => {
    request.session.destroy((error: unknown) => {
      if (error) next(error);
      else response.json({});
    });
  });
  app.post("/logout", curfew.requireSameSite(), async (request, response) => {
    response.json(await curfew.signOut(request));
  });
}

function addGuardedRoutes(app: Express, curfew: Curfew): void {
  const guard = curfew.requireSignIn();
  app.get("/cart", (request, response) => {
    request.session.data = { cart: 1 };
    response.json({});
  });
  app.get("/basket", (request, response) => {
    response.json(request.session.data ?? {});
  });
  app.post("/basket", (request, response) => {
    request.session.data = { ...request.session.data, ...(request.body as object) };
    response.json({});
  });
  app.get("/me", guard, (request, response) => {
    const { curfew: state } = request;
    if (state.state !== "active") throw new Error("the guard refused all users");
    response.json({ canary: CANARY, ...state.session, ...state, data: request.session.data ?? {} });
  });
  app.get("/page", guard, (_request, response) => {
    response.type("html").send(`<title>Account</title><p>${CANARY}</p>`);
  });
  app.get("/traced", guard, (_request, response) => {
    // Start of the handler, on the monotonic clock that all processes of a machine share.
    response.setHeader("x-handler-began", String(process.hrtime.bigint()));
    response.send(CANARY);
  });
  app.get("/guarded/{*path}", guard, (_request, response) => {
    response.send(CANARY);
  });
  app.post("/write", guard, async (request, response) => {
    const { key, ms = 0 } = request.body as { key: string; ms?: number };
    if (ms > 0) await pause(ms);
    request.session.data = { ...request.session.data, [key]: 1 };
    response.json({});
  });
  app.post("/account/email", curfew.requireSameSite(), guard, (request, response) => {
    request.session.data = { ...request.session.data, email: 1 };
    response.json({ canary: CANARY });
  });
}

function addControlRoutes(
  app: Express,
  curfew: Curfew,
  heard: { name: string; event: unknown }[],
  lines: string[],
): void {
  app.post("/control/revoke-all", async (request, response) => {
    const { user } = request.body as { user: string };
    response.json(await curfew.sessions.endAll({ userId: user, actor: "battery" }));
  });
  app.post("/control/revoke", async (request, response) => {
    const { ref } = request.body as { ref: string };
    response.json(await curfew.sessions.end(ref, { actor: "battery" }));
  });
  app.post("/control/forget", async (request, response) => {
    const { user } = request.body as { user: string };
    response.json(await curfew.sessions.forget({ userId: user, actor: "battery" }));
  });
  app.post("/control/purge", async (_request, response) => {
    response.json({ looked: await curfew.sessions.purgeLocations() });
  });
  app.get("/control/sessions", async (request, response) => {
    const { user } = request.query;
    const page = await curfew.sessions.list(typeof user === "string" ? { userId: user } : { limit: 500 });
    response.json({ count: page.sessions.length, ...page });
  });
  app.post("/control/settings", async (request, response) => {
    response.json(await curfew.settings.update(request.body as object));
  });
  app.get("/control/settings", async (_request, response) => {
    response.json(await curfew.settings.get());
  });
  app.get("/control/memory", (_request, response) => {
    collectGarbage();
    const { rss, heapUsed } = process.memoryUsage();
    response.json({ rss, heapUsed });
  });
  app.get("/control/prototype", (_request, response) => {
    const fresh: Record<string, unknown> = {};
    response.json({
      polluted: fresh["polluted"] ?? null,
      names: Object.getOwnPropertyNames(Object.prototype),
    });
  });
  app.get("/control/heard", (_request, response) => {
    response.json({ events: heard.splice(0), lines: lines.splice(0) });
  });
}

// Express passes on the status and headers of an error. Its message may be shown below 500.
const answerErrors: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) {
    next(error);
    return;
  }
  const { status = 500, headers = {} } = error as { status?: number; headers?: Record<string, string> };
  response
    .status(status)
    .set(headers)
    .json({ error: status < 500 || status === 503 ? String(error) : `unexpected: ${String(error)}` });
};
