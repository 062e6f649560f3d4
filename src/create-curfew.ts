import type { Request, RequestHandler, Router } from "express";
import { checkOptions, isPositive, type OptionsSpec } from "./check-options.js";
import { Events, type EventName, type Listener } from "./events.js";
import { extend, reportActivity } from "./http/sign-in/extend.js";
import {
  freshGuard,
  refuseCrossSite,
  sameSiteGuard,
  signInGuard,
  type RequireFreshOptions,
  type RequireSignInOptions,
} from "./http/guards/guards.js";
import { activityRule } from "./http/session/judge-session.js";
import type { ActiveState } from "./http/request/request-state.js";
import { createRoutes, type RoutesOptions } from "./http/routes/routes.js";
import { createSessionMiddleware, type CurfewSessionOptions } from "./http/session/session-middleware.js";
import { reauthenticate, signIn, signOut, type SignInOptions } from "./http/sign-in/sign-in.js";
import { parseOptions, type CurfewOptions } from "./options.js";
import { BackgroundWork } from "./redis/background-work.js";
import { ClockWatch } from "./redis/clock-watch.js";
import { connect } from "./redis/connect.js";
import { watchEvictionPolicy } from "./redis/eviction-policy.js";
import { GuardedRedis } from "./redis/guarded-redis.js";
import { createKeys } from "./state/keys.js";
import { SettingsCache } from "./state/settings/settings-cache.js";
import { ListPlace } from "./state/list/shelves.js";
import { WAITS_PER_TIMEOUT, type Storage } from "./state/storage.js";
import { ReplicaWait, type Durability } from "./state/replica-wait.js";
import { createSessionsApi, type EndResult, type SessionsApi } from "./api/sessions-api.js";
import { createSettingsApi, type SettingsApi } from "./api/settings-api.js";

/** Session enforcement for one app and one Redis. */
export interface Curfew {
  /**
   * express-session with enforcement, as one middleware; it sets `req.curfew`. Mount it once, before
   * everything that looks at sessions.
   *
   * @throws CurfewError `invalid_option`, naming the option and what to write instead
   */
  session(options: CurfewSessionOptions): RequestHandler;
  /**
   * The browser side's JSON routes: status, activity, extend, reauth, logout. Mount them at `routesPath`.
   *
   * @throws CurfewError `invalid_option`
   */
  routes(options?: RoutesOptions): Router;
  /**
   * Signs a user in on this request, under a new session id, and ends what this sign-in ends. Await it
   * before answering.
   *
   * @throws CurfewError `too_many_sessions`, `insecure_connection`, `redis_unavailable`, `invalid_argument`,
   * `session_middleware_missing`
   */
  signIn(request: Request, options: SignInOptions): Promise<Durability>;
  /** Ends this request's session, if there is one. @throws CurfewError `redis_unavailable` */
  signOut(request: Request): Promise<EndResult>;
  /**
   * Gives this request's session more time, as its warning offers it.
   *
   * @throws CurfewError `extension_too_early`, `reauthentication_required`, `session_ended`, `not_signed_in`,
   * `redis_unavailable`
   */
  extend(request: Request): Promise<ActiveState>;
  /**
   * Notes that a person was active `idleMs` ago. Never backwards, never on an ended session.
   *
   * @throws CurfewError `invalid_argument`, `session_ended`, `not_signed_in`, `redis_unavailable`
   */
  reportActivity(request: Request, idleMs: number): Promise<ActiveState>;
  /**
   * Begins a new absolute window under a new id, after the app has checked the user's password again.
   *
   * @throws CurfewError `session_ended`, `not_signed_in`, `insecure_connection`, `redis_unavailable`
   */
  reauthenticate(request: Request): Promise<void>;
  /** Lets only requests of signed-in people pass. @throws CurfewError `invalid_option` */
  requireSignIn(options?: RequireSignInOptions): RequestHandler;
  /** Lets only requests pass whose user has authenticated recently. @throws CurfewError `invalid_option` */
  requireFresh(options: RequireFreshOptions): RequestHandler;
  /** Refuses unsafe requests of other sites with 403: put it before forms and APIs that change something. */
  requireSameSite(): RequestHandler;
  /** Reads and changes the settings while everything runs. */
  readonly settings: SettingsApi;
  /** Lists and ends sessions. */
  readonly sessions: SessionsApi;
  /** Listens to an event. @returns a function that stops listening @throws CurfewError `invalid_argument` */
  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void;
  /**
   * Resolves as soon as Redis answers, of a Cluster every master: at start-up, and for a health route.
   * @throws CurfewError `redis_unavailable` after `timeoutMs` (10 s), with the reason; `invalid_option`
   */
  ready(options?: { readonly timeoutMs?: number }): Promise<void>;
  /**
   * Waits for what goes on in the background, `timeoutMs` at most, begins nothing of that kind any more, and closes
   * what this package has opened; the app's own client stays open. For when no requests come any more.
   */
  close(): Promise<void>;
}

const READY_TIMEOUT_MS = 10_000;
const READY_OPTIONS: OptionsSpec<{ readonly timeoutMs?: number }> = {
  by: "ready",
  usage: "await curfew.ready({ timeoutMs: 10_000 })",
  checks: { timeoutMs: isPositive("milliseconds") },
};

/**
 * Creates the session enforcement of an app.
 *
 * @throws CurfewError `invalid_option`, naming the option and what to write instead
 */
export function createCurfew(options: CurfewOptions): Curfew {
  const config = parseOptions(options);
  const events = new Events(config.log);
  const { client, own, close, trouble } = connect(config.redis, events);
  const guard = new GuardedRedis(client, config.timeoutMs / WAITS_PER_TIMEOUT, { reconnects: own, trouble });
  const backgroundWork = new BackgroundWork();
  const replicas = config.waitForReplicas && new ReplicaWait(client, config.waitForReplicas, events);
  const storage: Storage = {
    redis: guard,
    background: guard,
    backgroundWork,
    keys: createKeys(config.prefix, config.sessionPrefix),
    live: new SettingsCache(config.defaults, events),
    list: new ListPlace(),
    limits: config.limits,
    events,
    timeoutMs: config.timeoutMs,
    limitOpenSessions: config.limitOpenSessions,
    clock: config.clock,
    clockWatch: new ClockWatch(events, config.timeoutMs),
    replicas,
  };
  watchEvictionPolicy(client, guard, events);
  const { loginUrl, routesPath, trustedOrigins } = config;
  const signInDependencies = config.describe(events);
  const curfew: Curfew = {
    session: (sessionOptions) =>
      createSessionMiddleware(
        {
          storage: storage,
          loginUrl,
          routesPath,
          countsAsActivity: activityRule(config.activity, trustedOrigins),
        },
        sessionOptions,
      ),
    routes: (routesOptions = {}) =>
      createRoutes(
        { ...curfew, loginUrl, routesPath, refuseCrossSite: refuseCrossSite(trustedOrigins) },
        routesOptions,
      ),
    signIn: (request, signInOptions) => signIn(signInDependencies, request, signInOptions),
    signOut,
    extend: (request) => extend(request, config.allowEarlyExtension),
    reportActivity,
    reauthenticate,
    requireSignIn: (guardOptions) => signInGuard(loginUrl, guardOptions),
    requireFresh: (guardOptions) => freshGuard(loginUrl, guardOptions),
    requireSameSite: (...given: unknown[]) => sameSiteGuard(trustedOrigins, ...given),
    settings: createSettingsApi(storage),
    sessions: createSessionsApi(storage),
    on: (name, listener) => events.on(name, listener),
    ready: async (readyOptions = {}) => {
      checkOptions(READY_OPTIONS, readyOptions);
      await ready(guard, readyOptions.timeoutMs ?? READY_TIMEOUT_MS);
    },
    close: async () => {
      await backgroundWork.close(config.timeoutMs);
      close();
      replicas?.close();
    },
  };
  return curfew;
}

async function ready(guard: GuardedRedis, timeoutMs: number): Promise<void> {
  const endsAt = performance.now() + timeoutMs;
  for (;;) {
    try {
      await guard.ping(Math.max(1, endsAt - performance.now()));
      return;
    } catch (error) {
      if (performance.now() >= endsAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}
