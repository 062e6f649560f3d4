import type { NextFunction, Request } from "express";
import { CurfewError, redisUnavailable } from "../../errors.js";
import { isExpress, sendUnavailable } from "../request/answers.js";
import { noteLoaded, type RequestContext } from "../request/context.js";
import { needsCookie, readSessionCookie, renewCookie, sendCookieWithHeaders } from "./cookies.js";
import { commitOnEnd } from "./end-response.js";
import type { TakeOver } from "./take-over.js";

/** Finds a request's session, sets `req.session`, and passes the request to the app. */
export function beginRequest(context: RequestContext, next: NextFunction, takeOver: TakeOver | null): void {
  const { request, response, store, signer } = context;
  const failed = (error: unknown): void => {
    if (isAway(error) && isExpress(request) && !response.headersSent) sendUnavailable(request, response);
    else next(error);
  };
  if (!store.isConnected) {
    failed(redisUnavailable("there is no session store"));
    return;
  }
  request.sessionStore = store as unknown as Request["sessionStore"];
  const goOn = (): void => {
    context.ownId = request.sessionID;
    commitOnEnd(context, next);
    next();
  };
  const sessionId = readSessionCookie(context)?.sessionId;
  const mayTakeOver = takeOver?.isAskedBy(context) === true;
  if (sessionId === undefined && !mayTakeOver) {
    store.generate(request);
    goOn();
    return;
  }
  const startedAt = performance.now();
  if (sessionId !== undefined) {
    context.cookieId = sessionId;
    request.sessionID = sessionId;
  }
  const reading = mayTakeOver ? takeOver.read(context, sessionId) : store.read(sessionId ?? "", context);
  void reading.then((data) => {
    context.waitedMs = performance.now() - startedAt;
    if (data === null && context.keepsCookie) store.begin(request, sessionId ?? "");
    else if (data === null) store.generate(request);
    else {
      noteLoaded(context);
      store.createSession(request, data);
      if (context.live === null || request.sessionID !== context.cookieId) sendCookieWithHeaders(context);
      else if (needsCookie(context, context.live, data.cookie, signer)) renewCookie(context);
    }
    goOn();
  }, failed);
}

function isAway(failure: unknown): boolean {
  return failure instanceof CurfewError && failure.code === "redis_unavailable";
}
