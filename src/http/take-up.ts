import type { NextFunction, RequestHandler } from "express";
import type { SessionData } from "express-session";
import type { RequestContext } from "./context.js";
import { writersOf, type Writers } from "./end-response.js";
import { parseSessionData } from "./session-data.js";

/** What it takes to have express-session see a request late. A class, as `RequestContext` is. */
export class Late {
  constructor(
    readonly expressSession: RequestHandler,
    /** Is told what can't be stored at the end. */
    readonly next: NextFunction,
    /** What the answer was written with when the request came. */
    readonly plain: Writers,
  ) {}
}

/**
 * Makes a signed-in session that has been read the one of its request. Express-session would do the same and more: it
 * verifies the cookie once more and watches the answer. That is for sessions that begin, so it is asked when one does.
 */
export function takeUp(context: RequestContext, data: SessionData, late: Late): void {
  context.store.createSession(context.request, data);
  context.joinExpressSession = () => {
    context.joinExpressSession = () => undefined;
    join(context, late);
  };
}

/**
 * Express-session sees the request as it came, and so knows at its end that another session has begun. It must not
 * notice what others have made of the answer since: they are in front of it, as if it had been there all the time.
 */
function join(context: RequestContext, { expressSession, next, plain }: Late): void {
  const { request, response, store, loadedJson } = context;
  const { session, sessionID } = request;
  const { nextSessionId } = context;
  const writers = writersOf(response);
  Object.assign(response, plain);
  context.nextSessionId = null;
  // It leaves requests alone that have a session.
  Reflect.deleteProperty(request, "session");
  store.answering(loadedJson === null ? null : parseSessionData(loadedJson), () => {
    expressSession(request, response, (error?: unknown) => {
      // The request has long gone on.
      if (error !== undefined) next(error);
    });
  });
  context.loaded = null;
  context.sessionEnd = writersOf(response).end;
  Object.assign(response, writers);
  // An app may have taken the cookie out of the headers, so that express-session has begun another session.
  Object.assign(request, { session, sessionID });
  context.nextSessionId = nextSessionId;
}
