import type { NextFunction, Request } from "express";
import type { SessionData } from "express-session";
import { CurfewError, redisUnavailable } from "../../errors.js";
import type { TimedValues } from "../../redis/port.js";
import { chooseSession } from "../../state/sessions/choose-session.js";
import { isExpress, sendUnavailable } from "../request/answers.js";
import { noteLoaded, oldIdsOf, type RequestContext } from "../request/context.js";
import {
  needsCookie,
  readSessionCookies,
  renewCookie,
  sendCookieWithHeaders,
  type SessionCookieValue,
} from "./cookies.js";
import { findSession } from "./find-session.js";
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
  const sent = readSessionCookies(context);
  const mayTakeOver = takeOver?.isAskedBy(context) === true;
  if (sent.length === 0 && !mayTakeOver) {
    store.generate(request);
    goOn();
    return;
  }
  const startedAt = performance.now();
  const reading = readSession(context, sent, mayTakeOver ? takeOver : null);
  void reading.then((data) => {
    context.waitedMs = performance.now() - startedAt;
    if (data === null) store.generate(request);
    else {
      noteLoaded(context);
      store.createSession(request, data);
      if (context.live === null || request.sessionID !== context.cookieId) sendCookieWithHeaders(context);
      else if (needsCookie(context, context.live, data.cookie, signer)) renewCookie(context);
    }
    goOn();
  }, failed);
}

/** Returns the data of the session that counts among those that the request's cookies name (rule M14). */
function readSession(
  context: RequestContext,
  sent: readonly SessionCookieValue[],
  takeOver: TakeOver | null,
): Promise<SessionData | null> {
  const read = (sessionId: string | undefined, known: TimedValues | null): Promise<SessionData | null> => {
    if (sessionId !== undefined) {
      context.cookieId = sessionId;
      context.isUntold = sent.some((cookie) => cookie.sessionId === sessionId && cookie.isUntold);
      context.request.sessionID = sessionId;
    }
    if (takeOver) return takeOver.read(context, sessionId, known);
    return findSession(context.storage, sessionId ?? "", context, known);
  };
  const ids = sent.map(({ sessionId }) => sessionId);
  if (ids.length < 2) return read(ids[0], null);
  return chooseSession(context.storage, ids, oldIdsOf(context)).then(({ sessionId, known }) =>
    read(sessionId, known),
  );
}

function isAway(failure: unknown): boolean {
  return failure instanceof CurfewError && failure.code === "redis_unavailable";
}
