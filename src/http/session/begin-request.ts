import type { NextFunction, Request } from "express";
import type { SessionData } from "express-session";
import { redisUnavailable } from "../../errors.js";
import type { RequestVerdict } from "../../telemetry.js";
import type { RequestContext } from "../request/context.js";
import type { RequestCurfew } from "../request/request-state.js";
import type { EndedAnswerer } from "./answer-ended.js";
import { enterRequest, enterWhenFound, failRequest } from "./enter-request.js";
import { findRequestSession } from "./find-session.js";
import { readSessionCookies } from "./request-cookies.js";
import type { TakeOver } from "./take-over.js";

/** Options of `curfew.session()` that only some apps use. */
export interface OptionalSteps {
  readonly takeOver: TakeOver | null;
  readonly answerEnded: EndedAnswerer | null;
}

/** Takes a request to the app: reads its cookies, finds its session, and sets `req.session`. */
export function beginRequest(context: RequestContext, next: NextFunction, optional: OptionalSteps): void {
  const { request, store } = context;
  const { telemetry } = context.storage;
  if (!store.isConnected) {
    telemetry?.countRequest(UNAVAILABLE);
    failRequest(context, redisUnavailable("there is no session store"), next);
    return;
  }
  request.sessionStore = store as unknown as Request["sessionStore"];
  context.sent = readSessionCookies(context);
  const { takeOver, answerEnded } = optional;
  const asked = takeOver?.isAskedBy(context) === true ? takeOver : null;
  // Without a cookie the request is anonymous, and needs no Redis.
  if (context.sent.length === 0 && asked === null) {
    telemetry?.countRequest(ANONYMOUS);
    enterRequest(context, null, next, answerEnded);
    return;
  }
  const find = (): Promise<SessionData | null> => findRequestSession(context, asked);
  const finding = telemetry ? telemetry.check("cookie", find, () => verdictOf(request.curfew)) : find();
  enterWhenFound(context, finding, next, answerEnded);
}

const ANONYMOUS: RequestVerdict = { verdict: "anonymous", reason: null };
const UNAVAILABLE: RequestVerdict = { verdict: "unavailable", reason: null };

function verdictOf(curfew: RequestCurfew): RequestVerdict {
  return { verdict: curfew.state, reason: curfew.state === "ended" ? curfew.reason : null };
}
