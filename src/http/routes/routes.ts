import express, { type RequestHandler, type Router } from "express";
import { checkOptions, isFunction, isWhole, type OptionsSpec } from "../../check-options.js";
import { readJson } from "../../read-body.js";
import { answerErrors } from "./answer-errors.js";
import { addClientFiles } from "./client-files.js";
import { createHandlers, type SessionActions } from "./handlers.js";
import { checkMount, limitTries, requireActive, requireJson, sendJson } from "./middlewares.js";

/** Options of `curfew.routes()`. */
export interface RoutesOptions {
  /**
   * Checks a user's password, for signing in again without leaving the page. Without it `POST /reauth` answers 404, and
   * the warning leads to the login page.
   */
  readonly verifyPassword?: (user: {
    readonly userId: string;
    readonly password: string;
  }) => Promise<boolean> | boolean;
  /** Wrong passwords that may be tried for a user, by all of the user's sessions together, per minute at `POST /reauth`. @default 5 */
  readonly reauthTriesPerMinute?: number;
}

/** Functions that the routes call. `createCurfew` provides them. */
export interface RouteActions extends SessionActions {
  readonly loginUrl: string;
  readonly routesPath: string;
  readonly refuseCrossSite: RequestHandler;
}

const ROUTES_OPTIONS: OptionsSpec<RoutesOptions> = {
  by: "routes",
  usage: 'app.use("/curfew", curfew.routes({ verifyPassword }))',
  checks: { verifyPassword: isFunction, reauthTriesPerMinute: isWhole(1, Infinity) },
};

/**
 * Creates the routes of the browser side. Only `activity` and `extend` count as activity, and no unsafe route is
 * answered to another site.
 *
 * @throws CurfewError `invalid_option`
 */
export function createRoutes(actions: RouteActions, options: RoutesOptions): Router {
  checkOptions(ROUTES_OPTIONS, options);
  const { verifyPassword, reauthTriesPerMinute = 5 } = options;
  const { loginUrl, routesPath, refuseCrossSite } = actions;
  const handlers = createHandlers(actions, verifyPassword);
  const signedIn = requireActive(loginUrl);
  const body = [readJson("8kb"), requireJson, signedIn];

  const router = express.Router();
  router.use(checkMount(routesPath), refuseCrossSite);
  addClientFiles(router);
  router.get("/status", signedIn, sendJson(handlers.status));
  router.post("/activity", body, sendJson(handlers.activity));
  router.post("/extend", body, sendJson(handlers.extend));
  router.post("/logout", body, sendJson(handlers.logout));
  if (verifyPassword)
    router.post("/reauth", body, limitTries(reauthTriesPerMinute), sendJson(handlers.reauth));
  router.use(answerErrors(loginUrl));
  return router;
}
