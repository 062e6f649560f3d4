import type { RequestHandler } from "express";
import type { Curfew } from "express-curfew";

const REDIS_TIMEOUT_MS = 200;

/** Reports if this instance can serve requests. Without Redis it answers 503, so that a load balancer skips it. */
export function health(curfew: Curfew): RequestHandler {
  return async (_request, response) => {
    response.set("Cache-Control", "no-store");
    await curfew.ready({ timeoutMs: REDIS_TIMEOUT_MS });
    response.json({ redis: "answers" });
  };
}
