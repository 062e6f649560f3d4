/** Apps with one option each at its most careless value, for case B12: without Redis no option opens a guarded page. */
import express, { type ErrorRequestHandler, type Express } from "express";
import { Redis } from "ioredis";
import { openTelemetry } from "../../../src/otel/index.js";
import {
  createCurfew,
  type CurfewError,
  type CurfewOptions,
  type CurfewSessionOptions,
  type RequireFreshOptions,
  type RequireSignInOptions,
  type RoutesOptions,
  type SignInOptions,
} from "../../../src/index.js";
import type { AppConfig } from "./app-config.js";
import { CANARY } from "./guarded-app.js";

/** An option, named by its interface, and its careless value. */
export interface Careless {
  /** Name such as `CurfewOptions.timeoutMs`. */
  readonly option: string;
  readonly curfew?: Partial<CurfewOptions>;
  /** Connects in a different way. */
  readonly redis?: (url: string) => CurfewOptions["redis"];
  readonly session?: Partial<CurfewSessionOptions>;
  readonly guard?: RequireSignInOptions;
  readonly fresh?: RequireFreshOptions;
  readonly routes?: RoutesOptions;
  readonly signIn?: Partial<SignInOptions>;
}

/** The options of `createCurfew`, `curfew.session`, the guards, the routes and `signIn`. */
export const CARELESS: readonly Careless[] = [
  { option: "CurfewOptions.activity", curfew: { activity: "requests" } },
  { option: "CurfewOptions.activity", curfew: { activity: () => true } },
  { option: "CurfewOptions.allowEarlyExtension", curfew: { allowEarlyExtension: true } },
  { option: "CurfewOptions.clock", curfew: { clock: () => 0 } },
  {
    option: "CurfewOptions.defaults",
    curfew: { defaults: { sessionMinutes: 43_200, inactivityLogout: false, allowPersistentSessions: true } },
  },
  {
    option: "CurfewOptions.describeAgent",
    curfew: { describeAgent: () => ({ browser: "x", operatingSystem: "x" }) },
  },
  { option: "CurfewOptions.limitOpenSessions", curfew: { limitOpenSessions: false } },
  { option: "CurfewOptions.audit", curfew: { audit: false } },
  { option: "CurfewOptions.limits", curfew: { limits: { absoluteMinutes: 525_600, idleMinutes: 144_000 } } },
  { option: "CurfewOptions.locate", curfew: { locate: () => ({ city: "x" }) } },
  { option: "CurfewOptions.log", curfew: { log: () => undefined } },
  { option: "CurfewOptions.loginUrl", curfew: { loginUrl: "/page-of-nobody" } },
  { option: "CurfewOptions.prefix", curfew: { prefix: "careless:" } },
  { option: "CurfewOptions.sessionPrefix", curfew: { sessionPrefix: "careless-data:" } },
  { option: "CurfewOptions.redis", redis: (url) => ({ ...portOf(url), ...CARELESS_CLIENT }) },
  { option: "CurfewOptions.redis", redis: (url) => quiet(new Redis(url, CARELESS_CLIENT)) },
  { option: "CurfewOptions.redis", redis: (url) => quiet(new Redis(url, { lazyConnect: true })) },
  { option: "CurfewOptions.routesPath", curfew: { routesPath: "/page" } },
  { option: "CurfewOptions.telemetry", curfew: { telemetry: openTelemetry() } },
  { option: "CurfewOptions.timeoutMs", curfew: { timeoutMs: 50 } },
  { option: "CurfewOptions.timeoutMs", curfew: { timeoutMs: 60_000 } },
  { option: "CurfewOptions.trustedOrigins", curfew: { trustedOrigins: ["http://127.0.0.1"] } },
  { option: "CurfewOptions.waitForReplicas", curfew: { waitForReplicas: { count: 1, timeoutMs: 50 } } },
  { option: "CurfewSessionOptions.cookie", session: { cookie: { path: "/elsewhere", httpOnly: false } } },
  { option: "CurfewSessionOptions.cookie", session: { cookie: { secure: false, sameSite: false } } },
  { option: "CurfewSessionOptions.cookie", session: { cookie: { secure: "auto", sameSite: "none" } } },
  { option: "CurfewSessionOptions.name", session: { name: "sid" } },
  {
    option: "CurfewSessionOptions.answerEnded",
    session: { answerEnded: { except: ["/page", "/elsewhere"] } },
  },
  { option: "CurfewSessionOptions.proxy", session: { proxy: true } },
  {
    option: "CurfewSessionOptions.strippedPrefix",
    session: { strippedPrefix: "/shop", cookie: { path: "/shop" } },
  },
  { option: "CurfewSessionOptions.unset", session: { unset: "keep" } },
  { option: "CurfewSessionOptions.unset", session: { unset: "destroy" } },
  {
    option: "CurfewSessionOptions.takeOver",
    session: { takeOver: { userId: () => "somebody", until: 8e15 } },
  },
  {
    option: "CurfewSessionOptions.secret",
    session: { secret: ["x", "battery-secret-battery-secret-battery"] },
  },
  { option: "RequireSignInOptions.loginUrl", guard: { loginUrl: "/page-of-nobody" } },
  { option: "RequireFreshOptions.withinMinutes", fresh: { withinMinutes: 1e9 } },
  { option: "RoutesOptions.verify", routes: { verify: () => true } },
  { option: "RoutesOptions.reauthTriesPerMinute", routes: { reauthTriesPerMinute: 1_000 } },
  { option: "RoutesOptions.reauthUrl", routes: { reauthUrl: () => "/page" } },
  { option: "RoutesOptions.openApi", routes: { openApi: true } },
  { option: "RoutesOptions.maxEventStreams", routes: { maxEventStreams: 1 } },
  { option: "SignInOptions.authenticatedAt", signIn: { authenticatedAt: 8e15 } },
  { option: "SignInOptions.endsAt", signIn: { endsAt: 8e15 } },
  { option: "SignInOptions.keepData", signIn: { keepData: true } },
  { option: "SignInOptions.credentialsType", signIn: { credentialsType: "x" } },
  { option: "SignInOptions.deviceClass", signIn: { deviceClass: "phone" } },
  { option: "SignInOptions.tenant", signIn: { tenant: "x" } },
  { option: "SignInOptions.roles", signIn: { roles: ["x"] } },
  { option: "SignInOptions.tags", signIn: { tags: ["x"] } },
  { option: "SignInOptions.metadata", signIn: { metadata: { x: "y" } } },
  { option: "SignInOptions.kind", signIn: { kind: "api" } },
  { option: "SignInOptions.kind", signIn: { kind: "embed" } },
  { option: "SignInOptions.lifetimeMinutes", signIn: { lifetimeMinutes: 43_200 } },
  { option: "SignInOptions.persistent", signIn: { persistent: true } },
  { option: "SignInOptions.userId", signIn: { userId: "admin" } },
];

/** Names of the option in other packages, which this package must refuse with an error. */
export const NOT_OFFERED = [
  "failOpen",
  "fail_open",
  "open",
  "allowWithoutRedis",
  "allowOffline",
  "passOnStoreError",
  "skip",
  "skipFailedRequests",
  "optional",
  "required",
  "fallback",
  "memoryFallback",
  "insecure",
  "enabled",
  "disabled",
  "cacheMs",
  "gracePeriodMs",
  "store",
  "unset",
] as const;

const CARELESS_CLIENT = {
  enableOfflineQueue: true,
  maxRetriesPerRequest: null,
  autoResendUnfulfilledCommands: true,
  enableReadyCheck: false,
} as const;

const portOf = (url: string): { host: string; port: number } => ({
  host: new URL(url).hostname,
  port: Number(new URL(url).port),
});

function quiet(client: Redis): Redis {
  client.on("error", () => undefined);
  return client;
}

const answerErrors: ErrorRequestHandler = (error: Error & Partial<CurfewError>, _request, response, next) => {
  if (response.headersSent) next(error);
  else
    response
      .status(error.status ?? 500)
      .set(error.headers ?? {})
      .json({ error: error.message });
};

/** Creates an app with the careless option of this index. */
export async function createCarelessApp(
  config: AppConfig,
): Promise<{ app: Express; close(): Promise<unknown> }> {
  const careless = CARELESS[config.careless ?? -1];
  if (!careless) throw new Error(`no careless option ${String(config.careless)}`);
  const redis = careless.redis?.(config.redisUrl) ?? config.redisUrl;
  const curfew = createCurfew({ redis, log: () => undefined, ...careless.curfew });
  await curfew.ready();
  const app = express();
  app.use(curfew.session({ secret: "battery-secret-battery-secret-battery", ...careless.session }));
  if (careless.routes) app.use("/curfew", curfew.routes(careless.routes));
  // The second path is the path of the careless cookie.
  app.post(["/login", "/elsewhere/login"], async (request, response) => {
    await curfew.signIn(request, { userId: "ann", ...careless.signIn });
    response.json({});
  });
  const guard = careless.fresh ? curfew.requireFresh(careless.fresh) : curfew.requireSignIn(careless.guard);
  app.all(["/page", "/elsewhere/page", "/page/status"], guard, (_request, response) => {
    response.send(CANARY);
  });
  app.use(answerErrors);
  const close = async (): Promise<void> => {
    await curfew.close();
    if (redis instanceof Redis) redis.disconnect();
  };
  return { app, close };
}
