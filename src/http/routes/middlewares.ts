/** Middlewares in front of the handlers. */
import type { Request, RequestHandler } from "express";
import { invalidOption } from "../../errors.js";
import { forbidStorage, sendProblem, sendSignInRequired } from "../request/answers.js";
import { requireContext } from "../request/context.js";
import type { UseCounter } from "../../state/use-counter.js";
import { tooManyRequests } from "../guards/limit-requests.js";
import type { Handler } from "./handlers.js";
import { Page } from "./reauth-done.js";
import { Redirect } from "./reauth-redirect.js";
import { routeLimit, type Route } from "./route-table.js";

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

/**
 * Limits the requests of a session to a route. Each route has its own counter, so polls never prevent a sign-out. A public
 * route does not count visitors, because it reads and writes nothing for them.
 */
export function limitSession(counter: UseCounter, { handler, perMinute }: Route): RequestHandler {
  const limit = routeLimit(handler, perMinute);
  return (request, _response, next) => {
    const { live } = requireContext(request);
    if (!live) {
      next();
      return;
    }
    const use = counter.take(limit, { of: live.ref });
    use.then(({ isAllowed, retryInMs }) => {
      if (isAllowed) next();
      else next(tooManyRequests(retryInMs));
    }, next);
  };
}

/** Sends a handler's answer. */
export function sendAnswer(handler: Handler): RequestHandler {
  return (request: Request, response, next) => {
    forbidStorage(response);
    const send = (answer: Awaited<ReturnType<Handler>>): void => {
      if (answer === undefined) response.status(204).end();
      else if (answer instanceof Redirect) response.redirect(303, answer.to);
      else if (answer instanceof Page) response.type("html").send(answer.html);
      else response.json(answer);
    };
    // Also the error of an answer that the app has sent meanwhile.
    handler(request).then(send).catch(next);
  };
}
