import type { NextFunction, Request, RequestHandler } from "express";
import type { SessionData } from "express-session";
import type { RequestContext } from "./context.js";
import { parseSessionData } from "./session-data.js";

/**
 * Makes a signed-in session that has been read the one of its request. Express-session would do the same and more: it
 * verifies the cookie once more and watches the answer. That is for sessions that begin, so it is asked when one does.
 */
export function takeUp(
  context: RequestContext,
  sessionId: string,
  data: SessionData,
  expressSession: RequestHandler,
  next: NextFunction,
): void {
  const { request, store } = context;
  request.sessionStore = store as unknown as Request["sessionStore"];
  request.sessionID = sessionId;
  store.createSession(request, data);
  context.joinExpressSession = () => {
    context.joinExpressSession = () => undefined;
    join(context, expressSession, next);
  };
}

/** Express-session sees the request as it came, and so knows at its end that another session has begun. */
function join(
  { request, response, store, loadedJson }: RequestContext,
  expressSession: RequestHandler,
  next: NextFunction,
): void {
  const { session } = request;
  // It leaves requests alone that have one.
  Reflect.deleteProperty(request, "session");
  store.answering(loadedJson === null ? null : parseSessionData(loadedJson), () => {
    expressSession(request, response, (error?: unknown) => {
      // The request has long gone on; but what can't be stored at its end is told here, too.
      if (error !== undefined) next(error);
    });
  });
  request.session = session;
}
