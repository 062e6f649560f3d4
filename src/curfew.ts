import type { Request, RequestHandler, Router } from "express";
import type { EventName, Listener } from "./events.js";
import type { BearerOptions, BearerTokens } from "./http/bearer/bearer-options.js";
import type { RequireFreshOptions, RequireSignInOptions } from "./http/guards/guards.js";
import type { LimitRequestsOptions } from "./http/guards/limit-requests.js";
import type { LoginHint, LoginHintOptions } from "./http/login/login-hint.js";
import type { ActiveState } from "./http/request/request-state.js";
import type { RoutesOptions } from "./http/routes/routes-options.js";
import type { CurfewSessionOptions } from "./http/session/session-options.js";
import type { SudoOptions } from "./http/sign-in/sudo.js";
import type { SignInOptions } from "./http/sign-in/sign-in-options.js";
import type { EmbedOptions, EmbedUrlOptions } from "./embed/embed-options.js";
import type { AccountPagesOptions } from "./pages/account-pages.js";
import type { AdminPagesOptions } from "./pages/admin-pages.js";
import type { PassportOptions } from "./passport/passport-options.js";
import type { ReadyOptions } from "./state/open-storage.js";
import type { SocketServer } from "./http/request/close-sockets.js";
import type { OnEnd } from "./state/ends/end-watch.js";
import type { Durability } from "./state/replica-wait.js";
import type { AuditApi } from "./api/audit-api.js";
import type { EndResult, SessionsApi } from "./api/sessions-api.js";
import type { SettingsApi } from "./api/settings-api.js";

/** Session enforcement for one app and one Redis. */
export interface Curfew {
  /**
   * Returns the session middleware. It provides express-session's `req.session`, and sets `req.curfew`. Mount it once,
   * before all handlers that use sessions.
   *
   * @throws CurfewError `invalid_option`; names the option and the value to write
   */
  session(options: CurfewSessionOptions): RequestHandler;
  /**
   * Returns the routes for the browser: status, activity, extend, reauth, logout, events, the user's sessions, and the
   * browser's script. Mount them at `routesPath`.
   *
   * @throws CurfewError `invalid_option`
   */
  routes(options?: RoutesOptions): Router;
  /**
   * Address of the browser's script below `routesPath`. It changes with each version of the script, so browsers keep the
   * file for ever.
   *
   * @example `<script type="module" src="${curfew.clientUrl}" data-base="/curfew"></script>`
   */
  readonly clientUrl: string;
  /**
   * Signs a user in on this request, under a new session id. Ends the oldest sessions above the limit. Await the call
   * before the response.
   *
   * @throws CurfewError `too_many_sessions`, `authentication_expired`, `insecure_connection`, `redis_unavailable`, `invalid_argument`,
   * `session_middleware_missing`
   */
  signIn(request: Request, options: SignInOptions): Promise<Durability>;
  /**
   * Signs an administrator, the user of this request, in as another user. The app must check the right first. The new
   * session (`kind: "sudo"`) names the administrator as `sudoUserId`. It ends with the administrator's own session, or earlier.
   * It evicts no session of the user, is never fresh for `requireFresh`, and can't be extended or authenticated again. Await
   * the call before the response.
   *
   * @throws CurfewError `sudo_refused` in a sudo session, for the same user, or in no browser's session;
   * `not_signed_in`, `session_ended`, `authentication_expired`, `insecure_connection`, `redis_unavailable`, `invalid_argument`,
   * `session_middleware_missing`
   * @example await curfew.sudo(req, { userId: person.id })
   */
  sudo(request: Request, options: SudoOptions): Promise<Durability>;
  /**
   * Ends this request's session, if there is one. Ends the administrator's own session too in a sudo session.
   *
   * @throws CurfewError `redis_unavailable`, `session_middleware_missing`
   */
  signOut(request: Request): Promise<EndResult>;
  /**
   * Extends this request's session, as the warning offers.
   *
   * @throws CurfewError `extension_too_early`, `reauthentication_required`, `sign_in_required`, `session_ended`,
   * `not_signed_in`, `redis_unavailable`, `session_middleware_missing`
   */
  extend(request: Request): Promise<ActiveState>;
  /**
   * Records that a person was active `idleMs` ago. An older time than the recorded time changes nothing.
   *
   * @throws CurfewError `invalid_argument`, `session_ended`, `not_signed_in`, `redis_unavailable`,
   * `session_middleware_missing`
   */
  reportActivity(request: Request, idleMs: number): Promise<ActiveState>;
  /**
   * Begins a new absolute window under a new id. Call it after the app has checked the user's password again.
   *
   * @throws CurfewError `sudo_refused` in a sudo session; `session_ended`, `not_signed_in`, `insecure_connection`,
   * `redis_unavailable`, `invalid_argument` after the response has begun, `session_middleware_missing`
   */
  reauthenticate(request: Request): Promise<void>;
  /**
   * Returns the contents of a login page: the reason of an end in words, the length of a session, the page to open after
   * the sign-in, and if "Stay logged in" may be offered. Gives the browser its token (rule M27), so await the call before
   * the response.
   *
   * @throws CurfewError `invalid_argument`, `redis_unavailable`, `session_middleware_missing`
   * @example `const hint = await curfew.loginHint(req, { language: "de" })`
   */
  loginHint(request: Request, options?: LoginHintOptions): Promise<LoginHint>;
  /**
   * Passes only requests of signed-in users. Redirects other navigations to the login page (303), and answers other
   * requests with 401.
   *
   * @throws CurfewError `invalid_option`
   */
  requireSignIn(options?: RequireSignInOptions): RequestHandler;
  /**
   * Passes only requests of users who authenticated recently. Redirects other navigations to the login page (303), and
   * answers other requests with 403 `reauthentication_required`, or 401 without a signed-in user.
   *
   * @throws CurfewError `invalid_option`
   */
  requireFresh(options: RequireFreshOptions): RequestHandler;
  /** Refuses unsafe requests of other sites with 403. Mount it before forms and APIs that change data. */
  requireSameSite(): RequestHandler;
  /**
   * Limits the requests of each address, counted in Redis over all processes. Above the limit, and while Redis is away,
   * the error handler gets `too_many_requests` (429) or `redis_unavailable` (503). Configure `trust proxy` behind a proxy.
   *
   * @throws CurfewError `invalid_option`
   * @example app.post("/login", curfew.limitRequests({ name: "login", perMinute: 20 }), login);
   */
  limitRequests(options: LimitRequestsOptions): RequestHandler;
  /**
   * Returns a middleware for apps with passport 0.5 to 0.7: `req.logIn` and `req.logout` then sign in and out. Mount it
   * after `curfew.session()` and before `passport.initialize()` and `passport.session()`.
   *
   * @throws CurfewError `invalid_option`
   */
  passport(options?: PassportOptions): RequestHandler;
  /**
   * Returns the methods for bearer tokens of programs. A token is a session of the kind `api`: `curfew.sessions` lists and
   * ends it. No idle logout and no browser ends it. Its calls are never activity (rules N13, C6, Q25).
   *
   * @throws CurfewError `invalid_option`
   * @example const tokens = curfew.bearer(); app.use("/api", tokens.requireToken());
   */
  bearer(options?: BearerOptions): BearerTokens;
  /**
   * Returns the middleware of pages in frames of other sites. Mount it once, at its `path`, in front of the embedded pages and
   * before `curfew.session()`. The pages have a session of their own (`kind: "embed"`), in a partitioned cookie that no other
   * page reads. Needs HTTPS.
   *
   * @throws CurfewError `invalid_option`
   * @example app.use("/embed", curfew.embed({ secret, ancestors: ["https://portal.example"] }), embeddedPages);
   */
  embed(options: EmbedOptions): Router;
  /**
   * Returns the address of a frame that opens an embedded page as a user: a path on this site, signed, for one use. Write it
   * behind this site's origin into the `src` of a frame.
   *
   * @throws CurfewError `invalid_argument`, also before `curfew.embed()`
   * @example curfew.embedUrl({ userId: "ann", path: "/embed/report?month=5" })
   */
  embedUrl(options: EmbedUrlOptions): string;
  /**
   * Returns the pages on which users see and end their own sessions. Mount them at any path, behind `curfew.session()`.
   *
   * @throws CurfewError `invalid_option`
   * @example app.use("/account/sessions", curfew.accountPages());
   */
  accountPages(options?: AccountPagesOptions): Router;
  /**
   * Returns the pages for administrators: settings, their history, and sessions. Mount them at any path, behind `curfew.session()`.
   *
   * @throws CurfewError `invalid_option`, for example without an `authorize` function
   * @example app.use("/admin", curfew.adminPages({ authorize: (req) => isAdmin(req) && { actor: userIdOf(req) } }));
   */
  adminPages(options: AdminPagesOptions): Router;
  /** Reads and changes the settings. No restart is needed. */
  readonly settings: SettingsApi;
  /** Lists and ends sessions. */
  readonly sessions: SessionsApi;
  /** Reads the audit trail: starts, extensions, re-authentications and ends of sessions, and changes of the settings. */
  readonly audit: AuditApi;
  /**
   * Calls `onEnd` once a session has ended, in any process: for a WebSocket or an event stream, which no later request
   * judges. A recorded end arrives within a second, and a deadline within five. A watch never counts as activity.
   * While Redis is away no end arrives.
   *
   * @param session - a request of a signed-in user, or a session's `ref`
   * @param onEnd - an error that it throws or rejects with is logged
   * @returns a function that stops watching; call it when the connection closes
   * @throws CurfewError `invalid_argument`, `not_signed_in`, `session_ended`, `session_middleware_missing`
   * @example response.on("close", curfew.watch(request, () => response.end()));
   */
  watch(session: Request | string, onEnd: OnEnd): () => void;
  /**
   * Closes each connection of a socket server when its session ends, and at once if its session has ended already. Browsers
   * get the reason: with socket.io by the event `curfew:ended` (`{ reason, by }`), with ws by close code 4401. Connections
   * without a signed-in user stay open. `curfew.session()` must see each handshake.
   *
   * @param server - a `Server` of socket.io 4, or a `WebSocketServer` of ws 8, before its first connection
   * @throws CurfewError `invalid_argument`
   * @example io.engine.use(sessionMiddleware); curfew.closeSockets(io);
   */
  closeSockets(server: SocketServer): void;
  /** Adds a listener. @returns a function that removes the listener @throws CurfewError `invalid_argument` */
  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void;
  /**
   * Resolves as soon as Redis responds; with a Cluster, as soon as every master responds. Use it at start-up and in a
   * health route.
   *
   * @throws CurfewError `redis_unavailable` with the reason, after `timeoutMs` (by default 10 s); `invalid_option`
   */
  ready(options?: ReadyOptions): Promise<void>;
  /**
   * Ends the event streams of `curfew.routes()`. Waits for background work, at most `timeoutMs`, and closes the connections of this package. The app's own client
   * stays open. Call it after the last request.
   */
  close(): Promise<void>;
}
