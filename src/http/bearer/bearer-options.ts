import type { Request, RequestHandler } from "express";
import { isPositive, type Check, type OptionsSpec } from "../../check-options.js";
import type { EndResult } from "../../api/sessions-api.js";
import type { Durability } from "../../state/replica-wait.js";
import type { SessionLabels } from "../../state/values/session-labels.js";
import { SIGN_IN, type SignInOptions } from "../sign-in/sign-in-options.js";

/** Options of `curfew.bearer`. */
export interface BearerOptions {
  /**
   * Lifetime of a token, in minutes. No token passes the system limit (`limits.absoluteMinutes`).
   * @default 60
   */
  readonly lifetimeMinutes?: number;
}

/** The user and the scopes of a new token, and its options. */
export interface IssueOptions
  extends
    SessionLabels,
    Pick<SignInOptions, "userId" | "credentialsType" | "lifetimeMinutes" | "authenticatedAt" | "endsAt"> {
  /**
   * Words for the operations that the token permits, at most 50. Guards compare them.
   * @default none
   * @example ["read:sessions"]
   */
  readonly scopes?: readonly string[];
}

/** A new token. */
export interface IssuedToken extends Durability {
  /** The token. Send it to the client once: Redis keeps a hash of its secret. */
  readonly token: string;
  /** Public handle of the token's session, for `curfew.sessions`. */
  readonly ref: string;
  /** Time at which the token ends, in milliseconds since 1970 on the deciding clock. */
  readonly expiresAt: number;
  /** Whole seconds until then, for `expires_in` of OAuth. */
  readonly expiresInSeconds: number;
}

/** The session of a living token. Times are milliseconds since 1970 on the deciding clock. */
export interface TokenSession {
  readonly ref: string;
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly tenant: string | null;
  readonly roles: readonly string[];
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Options of `requireToken`. */
export interface RequireTokenOptions {
  /** Scopes that the token must have, all of them. @default none */
  readonly scopes?: readonly string[];
}

/** Tokens for programs: `curfew.bearer()`. Each token is a session of the kind `api` (rules N13, C6, Q25). */
export interface BearerTokens {
  /**
   * Issues a token to a client that the app has authenticated. The request gives address and User-Agent for lists. The
   * token is a user's session: lists show it, and `sessions.end`, `sessions.endAll` and `forget` end it.
   *
   * @throws CurfewError `invalid_argument`, `authentication_expired`, `redis_unavailable`
   * @example const { token } = await tokens.issue(req, { userId: client.owner, scopes: ["read:sessions"] })
   */
  issue(request: Request, options: IssueOptions): Promise<IssuedToken>;
  /**
   * Returns the session of a request's token; `null` if the token is missing, unknown or over. Reads Redis once for a
   * request. The id of a browser's session is never a token.
   *
   * @throws CurfewError `redis_unavailable`
   */
  verify(request: Request | string): Promise<TokenSession | null>;
  /** Ends the session of a request's token. @throws CurfewError `redis_unavailable` */
  end(request: Request | string): Promise<EndResult>;
  /**
   * Passes only requests with a living token. Other requests get 401, and 403 if a scope is missing, with
   * `WWW-Authenticate` (RFC 6750). Preflights get 401 too, so mount `cors()` before this guard.
   *
   * @throws CurfewError `invalid_option`
   */
  requireToken(options?: RequireTokenOptions): RequestHandler;
}

const MAX_SCOPES = 50;
/** The characters of a scope in OAuth (RFC 6749, 3.3). */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/;

const isScopes: Check = (value) =>
  Array.isArray(value) &&
  value.length <= MAX_SCOPES &&
  value.every((each) => typeof each === "string" && SCOPE.test(each))
    ? null
    : `must be an array of at most ${String(MAX_SCOPES)} words, such as "read:sessions"`;

/** The options of `curfew.bearer` and their checks. */
export const BEARER: OptionsSpec<BearerOptions> = {
  by: "bearer",
  usage: "curfew.bearer({ lifetimeMinutes: 60 })",
  checks: { lifetimeMinutes: isPositive("minutes") },
};

const { userId, tenant, roles, tags, metadata } = SIGN_IN.checks;
const { credentialsType, lifetimeMinutes, authenticatedAt, endsAt } = SIGN_IN.checks;

/** The options of `issue` and their checks. */
export const ISSUE: OptionsSpec<IssueOptions> = {
  by: "issue",
  usage: "await tokens.issue(req, { userId: user.id })",
  checks: {
    ...{ userId, tenant, roles, tags, metadata },
    ...{ credentialsType, lifetimeMinutes, authenticatedAt, endsAt },
    scopes: isScopes,
  },
  required: ["userId"],
};

/** The options of `requireToken` and their checks. */
export const REQUIRE_TOKEN: OptionsSpec<RequireTokenOptions> = {
  by: "requireToken",
  usage: 'tokens.requireToken({ scopes: ["read:sessions"] })',
  checks: { scopes: isScopes },
};
