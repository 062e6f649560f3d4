import type { RequestHandler } from "express";
import type { Curfew } from "express-curfew";

const REDIS_TIMEOUT_MS = 200;

/** Says whether this instance can serve anybody: without Redis it answers 503, for its balancer to send people elsewhere. */
export function health(curfew: Curfew): RequestHandler {
  return async (_request, response) => {
    response.set("Cache-Control", "no-store");
    await curfew.ready({ timeoutMs: REDIS_TIMEOUT_MS });
    response.json({ redis: "answers" });
  };
}
