import type { NextFunction, Request, RequestHandler } from "express";
import type { SessionData } from "express-session";
import { CurfewError, redisUnavailable } from "../errors.js";
import { isExpress, sendUnavailable } from "./answers.js";
import type { CookieNames, RequestContext } from "./context.js";
import { needsCookie, readCookie, renewCookie } from "./cookies.js";
import { takeOverEnd, writersOf } from "./end-response.js";
import type { CookieSigner } from "./signed-cookie.js";
import { Late, takeUp } from "./take-up.js";

/** What one `curfew.session()` needs for each request. */
export interface Kit {
  readonly signer: CookieSigner;
  /** Express-session's own middleware, for cookies of these names; one that renews the cookie, or one that does not. */
  readonly expressSession: (names: CookieNames, renews: boolean) => RequestHandler;
  /** Whether the cookie is for the whole site. */
  readonly everyPath: boolean;
  /** Whether such a request can have a session at all. */
  readonly mayHoldSession: (request: Request) => boolean;
}

/**
 * Finds out whose a request is, and lets it go on to the app. A signed-in session that may go on is put into place;
 * all else is express-session's, which is told what has been found.
 */
export function passThrough(kit: Kit, context: RequestContext, next: NextFunction): void {
  const { request, response, store, cookies } = context;
  const plain = writersOf(response);
  const startedAt = performance.now();
  let hasGoneOn = false;
  let renews = false;
  const goOn = (error?: unknown): void => {
    // What express-session can't save at the end it tells here once more: only Express knows what to do then.
    if (hasGoneOn && !isExpress(request)) return;
    hasGoneOn = true;
    store.handOver();
    context.waitedMs = performance.now() - startedAt;
    const failure = error ?? (kit.everyPath ? lossOf(request) : undefined);
    if (failure === undefined) {
      if (renews) renewCookie(context);
      if (context.loadedJson !== null) takeOverEnd(context, plain.end, next);
      next();
    } else if (isAway(failure) && isExpress(request) && !response.headersSent) {
      sendUnavailable(request, response);
    } else {
      next(failure);
    }
  };
  const passOn = (data: SessionData | null): void => {
    store.answering(data, () => {
      kit.expressSession(cookies, renews)(request, response, goOn);
    });
  };
  const sessionId = kit.mayHoldSession(request)
    ? kit.signer.idIn(readCookie(request, cookies.session))
    : null;
  if (sessionId === null) {
    passOn(null);
    return;
  }
  request.sessionStore = store as unknown as Request["sessionStore"];
  request.sessionID = sessionId;
  void store.read(sessionId, context).then((data) => {
    const { live } = context;
    // Express-session sends it with the headers, whatever the app makes of those before.
    renews = data !== null && live !== null && needsCookie(context, live, data.cookie, kit.signer);
    if (data === null || live === null || renews) {
      passOn(data);
    } else {
      takeUp(context, data, new Late(kit.expressSession(cookies, false), goOn, plain));
      goOn();
    }
  }, goOn);
}

function isAway(failure: unknown): boolean {
  return failure instanceof CurfewError && failure.code === "redis_unavailable";
}

/** Types say that there always is a session; express-session goes on without where its store is away. */
function lossOf(request: Request): CurfewError | undefined {
  const hasSession = (request.session as unknown) !== undefined;
  return hasSession ? undefined : redisUnavailable("there is no session store");
}
