import express, { type Request, type RequestHandler, type Router } from "express";
import { checkOptions, isFunction, isWhole, type OptionsSpec } from "../../check-options.js";
import { readJson } from "../../read-body.js";
import type { UseCounter } from "../../state/use-counter.js";
import { answerErrors } from "./answer-errors.js";
import { addClientFiles } from "./client-files.js";
import { createHandlers, type SessionActions } from "./handlers.js";
import { checkMount, limitSession, requireActive, requireJson, sendJson } from "./middlewares.js";
import { ROUTES, type Route } from "./route-table.js";
import { TryLimits } from "./try-limits.js";

/** An attempt to authenticate again. */
export interface ReauthAttempt {
  /** The user of the session. */
  readonly userId: string;
  /** The request's body, parsed from JSON. */
  readonly body: unknown;
  readonly req: Request;
}

/** Options of `curfew.routes()`. */
export interface RoutesOptions {
  /**
   * Checks a user's authentication, for signing in again without leaving the page: a password, a one-time code or a
   * passkey. `body` is the JSON that the page has sent, of at most 8 KB and of any type: check it. Only `true` counts.
   * Without `verify`, `POST /reauth` answers 404, and the warning leads to the login page.
   *
   * @example verify: ({ userId, body }) => isPassword(userId, body.password)
   */
  readonly verify?: (attempt: ReauthAttempt) => Promise<boolean> | boolean;
  /**
   * Wrong tries of a session per minute at `POST /reauth`, counted in Redis over all processes. A session has 20 times as
   * many a day. All sessions of a user together have 4 times as many a minute.
   *
   * @default 5
   */
  readonly reauthTriesPerMinute?: number;
}

/** Functions that the routes call. `createCurfew` provides them. */
export interface RouteActions extends SessionActions {
  readonly loginUrl: string;
  readonly routesPath: string;
  readonly refuseCrossSite: RequestHandler;
  readonly counter: UseCounter;
}

const ROUTES_OPTIONS: OptionsSpec<RoutesOptions> = {
  by: "routes",
  usage: 'app.use("/curfew", curfew.routes({ verify }))',
  checks: { verify: isFunction, reauthTriesPerMinute: isWhole(1, 1_000) },
  refused: { verifyPassword: "is now verify: ({ userId, body }) => isPassword(userId, body.password)" },
};

const MAX_BODY = "8kb";

/**
 * Creates the routes of the browser side. Only `activity` and `extend` count as activity, and no unsafe route is
 * answered to another site.
 *
 * @throws CurfewError `invalid_option`
 */
export function createRoutes(actions: RouteActions, options: RoutesOptions): Router {
  checkOptions(ROUTES_OPTIONS, options);
  const { verify, reauthTriesPerMinute = 5 } = options;
  const { loginUrl, routesPath, refuseCrossSite, counter } = actions;
  const handlers = createHandlers(actions, verify, new TryLimits(counter, reauthTriesPerMinute));
  const signedIn = requireActive(loginUrl);

  const router = express.Router();
  router.use(checkMount(routesPath), refuseCrossSite);
  addClientFiles(router);
  for (const route of ROUTES) {
    const { method, path, handler, countsItself } = route;
    if (handler === "reauth" && !verify) continue;
    const limits = countsItself ? [] : [limitSession(counter, route)];
    const [checkType, readBody] = bodyOf(route);
    router[method](path, checkType, signedIn, limits, readBody, sendJson(handlers[handler]));
  }
  router.use(answerErrors(loginUrl));
  return router;
}

/** Returns the handlers that check the type of a route's body, and that read the body. */
function bodyOf({ body }: Route): [checkType: RequestHandler[], readBody: RequestHandler[]] {
  return body === "none" ? [[], []] : [[requireJson], [readJson(MAX_BODY, { strict: body === "fields" })]];
}
