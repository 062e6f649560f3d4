import type { RequestHandler } from "express";
import { requireContext, type RequestContext } from "../http/request/context.js";
import type { SignInDependencies } from "../http/sign-in/sign-in.js";
import { interceptManager } from "./manager.js";
import { checkPassportOptions, type PassportOptions } from "./passport-options.js";
import { PassportRequest } from "./passport-request.js";

/** Requests that have the adapter, so that a second mount has no effect. */
const adapted = new WeakSet<RequestContext>();

/**
 * Returns a middleware with which passport's `req.logIn` and `req.logout` sign in and out.
 *
 * @throws CurfewError `invalid_option`
 */
export function createPassport(
  dependencies: SignInDependencies,
  options: PassportOptions = {},
): RequestHandler {
  checkPassportOptions(options);
  return function curfewPassport(request, _response, next) {
    const context = requireContext(request);
    if (!adapted.has(context)) {
      adapted.add(context);
      interceptManager(request, new PassportRequest(context, dependencies, options, next));
    }
    next();
  };
}
