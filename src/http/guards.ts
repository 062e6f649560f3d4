import type { RequestHandler } from "express";
import { invalidOption } from "../errors.js";
import { isCrossSite, isNavigation, MINUTE_MS } from "../policy/index.js";
import { forbidStorage, loginAddress, returnTo, sendProblem, sendSignInRequired } from "./answers.js";
import { requireContext } from "./context.js";

/** Options of `curfew.requireSignIn()`. */
export interface RequireSignInOptions {
  /** Where people sign in. @default the `loginUrl` of `createCurfew` */
  readonly loginUrl?: string;
}

/**
 * Lets a request pass only if somebody is signed in. A navigation is sent (303) to the login page with
 * `reason` and `return_to`; everything else is answered 401 `application/problem+json` with `reason` and, for
 * an eviction, `by`. Answers behind it are not to be stored by any cache.
 */
export function requireSignIn(loginUrl: string): RequestHandler {
  return (request, response, next) => {
    requireContext(request);
    if (request.curfew.state !== "active") {
      sendSignInRequired(request, response, loginUrl);
      return;
    }
    forbidStorage(response);
    next();
  };
}

/** Options of `curfew.requireFresh()`. */
export interface RequireFreshOptions extends RequireSignInOptions {
  /** How long ago the user may have authenticated at most, in minutes. */
  readonly withinMinutes: number;
}

/**
 * Lets a request pass only if the user has authenticated recently, for what is worth asking the password
 * again. A navigation is sent to the login page with `reauth=1`; everything else is answered 403 with the
 * error `reauthentication_required`. Without anybody signed in it answers as {@link requireSignIn} does.
 */
export function requireFresh(loginUrl: string, withinMinutes: number | undefined): RequestHandler {
  if (withinMinutes === undefined || !(Number.isFinite(withinMinutes) && withinMinutes > 0))
    throw invalidOption("requireFresh.withinMinutes", "must be a positive number of minutes");
  const signedIn = requireSignIn(loginUrl);
  const check: RequestHandler = (request, response, next) => {
    const { live } = requireContext(request);
    if (live && live.now - live.record.signedInAt < withinMinutes * MINUTE_MS) {
      next();
    } else if (isNavigation(request)) {
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

/** Refuses unsafe requests that come from another site with 403 (OWASP ASVS 5.0, 3.5.1). */
export function refuseCrossSite(trustedOrigins: readonly string[]): RequestHandler {
  return (request, response, next) => {
    if (isCrossSite(request, trustedOrigins))
      sendProblem(response, {
        status: 403,
        error: "cross_site_request",
        title: "This request comes from another site.",
      });
    else next();
  };
}
