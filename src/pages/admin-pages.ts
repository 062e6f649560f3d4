import type { Request, RequestHandler, Router } from "express";
import { askPermission, type Authorization } from "../authorize.js";
import { checkOptions, isFunction, type OptionsSpec } from "../check-options.js";
import { requireContext } from "../http/request/context.js";
import { ADMIN_PAGES_API } from "./admin-openapi.js";
import { askToEnd, askToEndAll, end, endAll, showSessions } from "./admin-sessions.js";
import { showAudit } from "./audit-page.js";
import { showEndMany, submitEndMany } from "./end-many-page.js";
import type { FindUsers } from "./find-users.js";
import { showHistory, rollBack } from "./history-page.js";
import {
  answerErrors,
  createContext,
  createPagesRouter,
  handler,
  PAGES_CHECKS,
  type PagesContext,
  type PagesCurfew,
  type PagesOptions,
} from "./mount.js";
import { stopObserving } from "./observation-section.js";
import { field, parameter, redirect } from "./page.js";
import { askToPurge, purge } from "./purge-page.js";
import { showRule, submitRule } from "./rule-pages.js";
import { showReview } from "./review-page.js";
import { showSession } from "./session-page.js";
import { showSettings, submitSettings } from "./settings-pages.js";

/** Options of `curfew.adminPages()`. */
export interface AdminPagesOptions extends PagesOptions {
  /**
   * Decides who may use these pages. Returns `{ actor }` with the administrator's user id, which the history and events
   * name. With `true` the actor is the session's user. Every other value refuses the request. Required.
   *
   * @example (req) => isAdmin(req.user) && { actor: req.user.id }
   */
  readonly authorize: (request: Request) => Authorization | Promise<Authorization>;
  /**
   * Finds users by the text that an administrator typed, such as a part of a name. Without it the search takes exact user
   * ids. The page shows 50 users.
   *
   * @default exact user ids
   */
  readonly findUsers?: FindUsers;
}

const OPTIONS: OptionsSpec<AdminPagesOptions> = {
  by: "adminPages",
  usage:
    'app.use("/admin", curfew.adminPages({ authorize: (req) => isAdmin(req) && { actor: userIdOf(req) } }))',
  checks: { ...PAGES_CHECKS, authorize: isFunction, findUsers: isFunction },
  required: ["authorize"],
};

/**
 * Creates the pages for administrators.
 *
 * @throws CurfewError `invalid_option`
 */
export function createAdminPages(curfew: PagesCurfew, options: AdminPagesOptions): Router {
  checkOptions(OPTIONS, (options as AdminPagesOptions | undefined) ?? {});
  const context = createContext(curfew, options);
  const router = createPagesRouter(curfew, options, ADMIN_PAGES_API);
  router.use(askPermission(options.authorize, refuse(context)));
  router.get("/", (request, response) => {
    redirect(request, response, "settings");
  });
  router.get("/settings", handler(showSettings(context)));
  router.post("/settings", handler(submitSettings(context)));
  router.get("/settings/review", handler(showReview(context)));
  router.post("/settings/stop-observing", handler(stopObserving(context)));
  router.get("/settings/rule", handler(showRule(context)));
  router.post("/settings/rule", handler(submitRule(context)));
  router.get("/settings/purge-locations", handler(askToPurge(context)));
  router.post("/settings/purge-locations", handler(purge()));
  router.get("/history", handler(showHistory(context)));
  router.post("/history/rollback", handler(rollBack(context)));
  router.get("/sessions", handler(showSessions(context, options.findUsers)));
  router.get("/sessions/session", handler(showSession(context)));
  router.get("/sessions/end", context.freshForOthers(parameter), handler(askToEnd(context)));
  router.post("/sessions/end", context.freshForOthers(field), handler(end(context)));
  router.get("/sessions/end-all", context.fresh, handler(askToEndAll(context)));
  router.post("/sessions/end-all", context.fresh, handler(endAll(context)));
  router.get("/sessions/end-many", context.fresh, handler(showEndMany(context)));
  router.post("/sessions/end-many", context.fresh, handler(submitEndMany(context)));
  router.get("/audit", handler(showAudit(context)));
  router.use(answerErrors);
  return router;
}

/** Sends people who are not signed in to the login page, and answers all others with 403. */
function refuse({ curfew, show }: PagesContext): RequestHandler {
  const signIn = curfew.requireSignIn();
  return (request, response, next) => {
    requireContext(request);
    if (request.curfew.state === "active") {
      const page = { title: "For administrators only", status: 403, body: null };
      show(request, response, page).catch(next);
      return;
    }
    // The guard lets preflights and the login page pass. They leave this router.
    void signIn(request, response, (error?: unknown) => {
      next(error ?? "router");
    });
  };
}
