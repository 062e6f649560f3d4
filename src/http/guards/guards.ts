import type { RequestHandler } from "express";
import { checkOptions, isLoginUrl, isPositive, type OptionsSpec } from "../../check-options.js";
import { isDocumentRequest, MINUTE_MS } from "../../policy/index.js";
import {
  forbidStorage,
  loginAddress,
  returnTo,
  sendProblem,
  sendSignInRequired,
  sendUnavailable,
} from "../request/answers.js";
import { requireContext } from "../request/context.js";
import { isForeign } from "../request/cross-site.js";
import type { Events } from "../../events.js";
import { isUnguarded } from "./unguarded.js";

/** Options of `curfew.requireSignIn()`. */
export interface RequireSignInOptions {
  /** Address of the login page. @default the `loginUrl` of `createCurfew` */
  readonly loginUrl?: string;
}

const SIGN_IN_OPTIONS: OptionsSpec<RequireSignInOptions> = {
  by: "requireSignIn",
  usage: 'curfew.requireSignIn() or curfew.requireSignIn({ loginUrl: "/login" })',
  checks: { loginUrl: isLoginUrl },
};

const FRESH_OPTIONS: OptionsSpec<RequireFreshOptions> = {
  by: "requireFresh",
  usage: "curfew.requireFresh({ withinMinutes: 10 })",
  checks: { withinMinutes: isPositive("minutes"), loginUrl: isLoginUrl },
  required: ["withinMinutes"],
};

const SAME_SITE_OPTIONS: OptionsSpec<object> = {
  by: "requireSameSite",
  usage: "curfew.requireSameSite()",
  checks: {},
};

/** `curfew.requireSignIn`. @throws CurfewError `invalid_option` */
export function signInGuard(loginUrl: string, options: RequireSignInOptions = {}): RequestHandler {
  checkOptions(SIGN_IN_OPTIONS, options);
  return requireSignIn(options.loginUrl ?? loginUrl);
}

/** `curfew.requireFresh`. @throws CurfewError `invalid_option` */
export function freshGuard(loginUrl: string, options: RequireFreshOptions): RequestHandler {
  checkOptions(FRESH_OPTIONS, (options as RequireFreshOptions | undefined) ?? {});
  return requireFresh(options.loginUrl ?? loginUrl, options.withinMinutes);
}

/** `curfew.requireSameSite`, which takes nothing. @throws CurfewError `invalid_option` */
export function sameSiteGuard(
  trustedOrigins: readonly string[],
  events: Events,
  options: unknown = {},
): RequestHandler {
  checkOptions(SAME_SITE_OPTIONS, options);
  return refuseCrossSite(trustedOrigins, events);
}

/**
 * Lets a request pass only if a user is signed in. A navigation is redirected (303) to the login page with `reason`
 * and `return_to`. Every other request gets a 401 `application/problem+json` with `reason` and, after an eviction,
 * `by`. Caches may not store answers behind this guard.
 */
function requireSignIn(loginUrl: string): RequestHandler {
  return (request, response, next) => {
    const { isEndUnrecorded } = requireContext(request);
    if (request.curfew.state !== "active") {
      if (isUnguarded(request, response, loginUrl)) next();
      else if (isEndUnrecorded) sendUnavailable(request, response);
      else sendSignInRequired(request, response, loginUrl);
      return;
    }
    forbidStorage(response);
    next();
  };
}

/** Options of `curfew.requireFresh()`. */
export interface RequireFreshOptions extends RequireSignInOptions {
  /** Longest time since the user's last authentication, in minutes. */
  readonly withinMinutes: number;
}

/**
 * Lets a request pass only if the user has authenticated recently. Use it for pages that need the password again. A
 * navigation is redirected to the login page with `reauth=1`. Every other request gets a 403 with the error
 * `reauthentication_required`. Without a signed-in user it answers as {@link requireSignIn} does.
 */
function requireFresh(loginUrl: string, withinMinutes: number): RequestHandler {
  const signedIn = requireSignIn(loginUrl);
  const check: RequestHandler = (request, response, next) => {
    const { live } = requireContext(request);
    if (isUnguarded(request, response, loginUrl)) {
      next();
    } else if (
      live &&
      live.shown !== "former" &&
      live.record.isAuthenticationKnown &&
      live.now - live.record.signedInAt < withinMinutes * MINUTE_MS
    ) {
      next();
    } else if (isDocumentRequest(request)) {
      response.redirect(303, loginAddress(loginUrl, { reauth: "1", return_to: returnTo(request) }));
    } else {
      sendProblem(response, {
        status: 403,
        error: "reauthentication_required",
        title: "This needs the password again.",
        loginUrl: loginAddress(loginUrl, { reauth: "1" }),
      });
    }
  };
  return (request, response, next) => {
    signedIn(request, response, (error?: unknown) => {
      if (error === undefined) check(request, response, next);
      else next(error);
    });
  };
}

/**
 * Refuses requests that come from another site with 403 (OWASP ASVS 5.0, 3.5.1).
 *
 * @param methods - `unsafe`: requests with a safe method pass from every site
 */
export function refuseCrossSite(
  trustedOrigins: readonly string[],
  events: Events,
  methods: "unsafe" | "all" = "unsafe",
): RequestHandler {
  return (request, response, next) => {
    if (isForeign(request, trustedOrigins, events, methods))
      sendProblem(response, {
        status: 403,
        error: "cross_site_request",
        title: "This request comes from another site.",
      });
    else next();
  };
}
