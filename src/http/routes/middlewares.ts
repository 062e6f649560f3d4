/** Middlewares in front of the handlers. */
import type { Request, RequestHandler } from "express";
import { rateLimit } from "express-rate-limit";
import { invalidOption } from "../../errors.js";
import { forbidStorage, sendProblem, sendSignInRequired } from "../request/answers.js";
import { requireContext } from "../request/context.js";
import type { Body, Handler } from "./handlers.js";

/** The session middleware recognises by path the requests that are not activity, so the paths must be equal. */
export function checkMount(routesPath: string): RequestHandler {
  return (request, _response, next) => {
    if (request.baseUrl.toLowerCase() === routesPath.toLowerCase()) next();
    else
      next(
        invalidOption(
          "routesPath",
          `is "${routesPath}" but curfew.routes() is mounted at "${request.baseUrl}"; give createCurfew({ routesPath: "${request.baseUrl}" })`,
        ),
      );
  };
}

/** Refuses bodies of another type. Forms can't carry JSON, and no other type may be read as JSON. */
export const requireJson: RequestHandler = (request, response, next) => {
  if (request.is("application/json") !== false || !request.get("content-type")) next();
  else
    sendProblem(response, { status: 415, error: "unsupported_media_type", title: "Send application/json." });
};

/** Answers 401 unless a user is signed in. */
export function requireActive(loginUrl: string): RequestHandler {
  return (request, response, next) => {
    requireContext(request);
    if (request.curfew.state === "active") next();
    else sendSignInRequired(request, response, loginUrl);
  };
}

/** Limits the wrong tries of each user. */
export function limitTries(triesPerMinute: number): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit: triesPerMinute,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    skipSuccessfulRequests: true,
    // By user, not by session or address: another sign-in must not give new tries.
    keyGenerator: (request) => requireContext(request).live?.record.userId ?? "",
    handler: (_request, response) => {
      sendProblem(response, {
        status: 429,
        error: "too_many_tries",
        title: "Too many tries. Wait a minute.",
      });
    },
  });
}

/** Sends a handler's answer. */
export function sendJson(handler: Handler): RequestHandler {
  return (request: Request, response, next) => {
    handler(request, (request.body ?? {}) as Body).then((answer) => {
      forbidStorage(response);
      if (answer === undefined) response.status(204).end();
      else response.json(answer);
    }, next);
  };
}
