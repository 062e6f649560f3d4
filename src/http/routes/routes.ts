import express, { type RequestHandler, type Router } from "express";
import { readJson } from "../../read-body.js";
import type { UseCounter } from "../../state/use-counter.js";
import { answerErrors } from "./answer-errors.js";
import { addClientFiles } from "./client-files.js";
import type { EventStreams } from "./event-streams.js";
import { createHandlers, type SessionActions } from "./handlers.js";
import { checkMount, limitSession, requireActive, requireJson, sendAnswer } from "./middlewares.js";
import { ROUTES, type Route } from "./route-table.js";
import { sendDescription } from "../../serve-openapi.js";
import { reauthRedirect } from "./reauth-redirect.js";
import { ROUTES_API } from "./routes-openapi.js";
import { checkRoutesOptions, type RoutesOptions } from "./routes-options.js";
import { TryLimits } from "./try-limits.js";

/** Functions that the routes call. `createCurfew` provides them. */
export interface RouteActions extends SessionActions {
  readonly loginUrl: string;
  readonly routesPath: string;
  readonly refuseCrossSite: RequestHandler;
  /** Refuses requests with any method. */
  readonly refuseOtherSites: RequestHandler;
  readonly streams: EventStreams;
  readonly counter: UseCounter;
}

const MAX_BODY = "8kb";

/**
 * Creates the routes of the browser side. Only `activity` and `extend` count as activity, and no unsafe route is
 * answered to another site.
 *
 * @throws CurfewError `invalid_option`
 */
export function createRoutes(actions: RouteActions, options: RoutesOptions): Router {
  checkRoutesOptions(options);
  const { verify, reauthUrl, reauthTriesPerMinute = 5, maxEventStreams = 10_000, openApi = false } = options;
  const { loginUrl, routesPath, refuseCrossSite, refuseOtherSites, counter, streams } = actions;
  const handlers = createHandlers(actions, verify, new TryLimits(counter, reauthTriesPerMinute), (request) =>
    reauthRedirect(request, loginUrl, reauthUrl),
  );
  const signedIn = requireActive(loginUrl);

  const router = express.Router();
  router.use(checkMount(routesPath), refuseCrossSite);
  addClientFiles(router);
  if (openApi) router.get("/openapi.json", sendDescription(ROUTES_API));
  for (const route of ROUTES) {
    const { method, path, handler, countsItself, isPublic, refusesOtherSites } = route;
    if (handler === "reauth" && !verify) continue;
    const limits = countsItself ? [] : [limitSession(counter, route)];
    const [checkType, readBody] = bodyOf(route);
    const sameSite = refusesOtherSites ? [refuseOtherSites] : [];
    const guard = isPublic ? [] : [signedIn];
    const answer = handler === "events" ? streams.answer(maxEventStreams) : sendAnswer(handlers[handler]);
    router[method](path, sameSite, checkType, guard, limits, readBody, answer);
  }
  router.use(answerErrors(loginUrl));
  return router;
}

/** Returns the handlers that check the type of a route's body, and that read the body. */
function bodyOf({ body }: Route): [checkType: RequestHandler[], readBody: RequestHandler[]] {
  return body === "none" ? [[], []] : [[requireJson], [readJson(MAX_BODY)]];
}
