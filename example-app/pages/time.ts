import express, { type Request, type Router } from "express";
import { safeReturnTo } from "express-curfew";
import { SKIPPED } from "../clock.js";
import { field, type Context } from "../context.js";

const PATH = "/time";
const LONGEST_SKIP_MINUTES = 43_200;

/**
 * Counts the default requests as activity, except the time bar's. Otherwise a skip of 13 minutes would
 * end the idle time.
 */
export function countsAsActivity(request: Request, byDefault: boolean): boolean {
  return byDefault && request.path !== PATH && request.query[SKIPPED] === undefined;
}

/** Serves the form of the time bar. */
export function timePages({ clock }: Pick<Context, "clock">): Router {
  const router = express.Router();
  router.post(PATH, (request, response) => {
    const minutes = Number(field(request, "minutes"));
    if (!Number.isInteger(minutes) || minutes < 1 || minutes > LONGEST_SKIP_MINUTES) {
      response.status(400).type("text").send(`minutes must be 1 to ${LONGEST_SKIP_MINUTES}.\n`);
      return;
    }
    clock.skip(minutes);
    const address = new URL(safeReturnTo(field(request, "return_to")), "http://here.invalid");
    address.searchParams.set(SKIPPED, String(minutes));
    response.redirect(303, address.pathname + address.search);
  });
  return router;
}
