import type { NextFunction } from "express";
import type { SessionData } from "express-session";
import { CurfewError } from "../../errors.js";
import { isExpress, sendUnavailable } from "../request/answers.js";
import { noteLoaded, type RequestContext } from "../request/context.js";
import { sendCookieIfNeeded } from "./answer-cookie.js";
import type { EndedAnswerer } from "./answer-ended.js";
import { commitOnEnd } from "./end-response.js";

/** Waits for a request's session, and passes the request to the app. */
export function enterWhenFound(
  context: RequestContext,
  finding: Promise<SessionData | null>,
  next: NextFunction,
  answerEnded: EndedAnswerer | null,
): void {
  finding.then(
    (data) => {
      context.judgedAt = performance.now();
      enterRequest(context, data, next, answerEnded);
    },
    (error: unknown) => {
      failRequest(context, error, next);
    },
  );
}

/**
 * Sets `req.session`, and passes the request to the app.
 *
 * @param data - data of the session that may continue; `null` begins an empty anonymous session
 */
export function enterRequest(
  context: RequestContext,
  data: SessionData | null,
  next: NextFunction,
  answerEnded: EndedAnswerer | null,
): void {
  const { request, store } = context;
  if (data === null) store.generate(request);
  else {
    noteLoaded(context);
    store.createSession(request, data);
    sendCookieIfNeeded(context);
  }
  context.ownId = request.sessionID;
  commitOnEnd(context, next);
  try {
    if (answerEnded?.(context) === true) return;
  } catch (error) {
    // The app has sent an answer meanwhile.
    next(error);
    return;
  }
  next();
}

/** Answers 503 if Redis can't be asked. The app's error handler gets all other errors. */
export function failRequest({ request, response }: RequestContext, error: unknown, next: NextFunction): void {
  const isAway = error instanceof CurfewError && error.code === "redis_unavailable";
  if (isAway && isExpress(request) && !response.headersSent) sendUnavailable(request, response);
  else next(error);
}
