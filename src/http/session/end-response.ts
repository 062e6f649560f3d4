import type { NextFunction, Response } from "express";
import type { Session } from "express-session";
import { CurfewError } from "../../errors.js";
import { isExpress, sendUnavailable } from "../request/answers.js";
import type { End, RequestContext } from "../request/context.js";
import { isReplacedNow, renewsLatest } from "../../state/sessions/replaced-cookie.js";
import { isChanged, sendCookieWithHeaders } from "./answer-cookie.js";
import { carryMessages } from "./carry-messages.js";
import { holdAnswer } from "./hold-answer.js";
import { isForSharedCaches } from "./shared-caches.js";
import { disown } from "./signed-in-session.js";

/**
 * Stores the session and sends its cookie when the answer ends.
 *
 * An unchanged session is recognised by its text. Its answer is sent as if there were no session. A changed
 * session is stored before the headers are sent, so that an unreachable Redis leads to a 503.
 *
 * @param next - receives errors for which no caller is left
 */
export function commitOnEnd(context: RequestContext, next: NextFunction): void {
  const { request, response } = context;
  const plainEnd = Reflect.get(response, "end") as End;
  let ends = false;
  let hasFailed = false;
  response.end = function endWithSession(this: Response, ...args: Parameters<End>): Response {
    if (ends) return this;
    // The error's own answer, or what the handler still sends behind it, goes out without the session.
    if (hasFailed || context.isSettled) return endNow(this, plainEnd, args);
    const { session } = request as Partial<Pick<typeof request, "session">>;
    let store: Step | null;
    try {
      store = stepBefore(context, session);
    } catch (error) {
      hasFailed = true;
      failAnswer(context, error, next);
      return this;
    }
    // A session that the app itself has put on the request.
    if (session && session.id !== context.ownId && !this.headersSent) sendCookieWithHeaders(context);
    if (!store) return endNow(this, plainEnd, args);
    ends = true;
    const release = holdAnswer(this);
    store((error: unknown) => {
      ends = false;
      release();
      response.end = plainEnd as Response["end"];
      if (error) breakOff(context);
      else endLate(context, () => endNow(this, plainEnd, args), next, plainEnd);
    });
    return this;
  } as Response["end"];
}

/**
 * Ends an answer, and drops the pieces that a stream still writes (rule M18). Node would report them as an error of the
 * answer, which nothing listens to, and the process would end.
 */
function endNow(response: Response, end: End, args: Parameters<End>): Response {
  const ended = end.apply(response, args);
  response.write = writeNothing;
  return ended;
}

const writeNothing = (): boolean => false;

/** A step that must succeed before an answer ends. */
type Step = (done: (error: unknown) => void) => void;

/** Returns the steps that an answer waits for; `null` if there are none. */
function stepBefore(context: RequestContext, session: Session | undefined): Step | null {
  const storing = storingStep(context, session);
  const { renewsCookie, response } = context;
  // The cookie waits for an answer that may carry it (rule M13).
  if (!renewsCookie || !session || response.headersSent || isForSharedCaches(response)) return storing;
  return (done) => {
    void checkRenewal(context).then(() => {
      if (storing) storing(done);
      else done(null);
    });
  };
}

/**
 * Asks Redis if the cookie that this answer renews is still the browser's latest. If so, the record notes the renewal.
 * Another request may have signed in or re-authenticated meanwhile, and the answer must not overwrite the newer cookie
 * (rule M15). If Redis does not say so, the renewal waits for the next answer.
 */
async function checkRenewal(context: RequestContext): Promise<void> {
  const { live, storage } = context;
  if (live === null) return;
  const { ref, secretHash, verdict } = live;
  context.isRenewalChecked = await isReplacedNow(storage, ref)
    .then((isReplaced) => !isReplaced && renewsLatest(storage, ref, secretHash, verdict.persistent))
    .catch(() => false);
  // Only this cookie waits. If the session has ended, the messages may need the cookie of a new session (rule M42).
  if (!context.isRenewalChecked) context.renewsCookie = false;
}

/**
 * Returns the step that stores the session, or ends it if the app has removed it and asked for that. `null` if there is
 * nothing to do.
 */
function storingStep(context: RequestContext, session: Session | undefined): Step | null {
  const { request, stored, endsOnUnset } = context;
  if (!session) {
    const { sessionID: id } = request;
    if (!endsOnUnset || stored?.id !== id) return null;
    return (done) => request.sessionStore.destroy(id, disown(request, id, done));
  }
  if (!isStorable(context, session)) return null;
  // If the app has saved the session after its end, the messages are still to be kept.
  if (!context.isSessionGone && !isChanged(context, session)) return null;
  // A new session has been compared with no text. A mistake in its data must show before the answer is held.
  if (stored?.id !== session.id) JSON.stringify(session);
  const isSent = context.response.headersSent;
  return (done) => {
    session.save((error: unknown) => {
      if (error || isSent || !context.isSessionGone) done(error);
      else
        carryMessages(context).then(() => {
          done(null);
        }, done);
    });
  };
}

/**
 * Answers 503 in place of an answer whose session could not be stored (rule M19). If the headers are already sent, the
 * answer breaks off: a broken answer is better than a false success.
 */
function breakOff(context: RequestContext): void {
  const { request, response } = context;
  if (response.headersSent) {
    if (!response.writableEnded) response.destroy();
    return;
  }
  // With the cookie of a session that is not stored, the browser would get 503 on pages that need no session.
  if (context.live === null) context.keepsCookie = true;
  clearAnswer(context);
  sendUnavailable(request, response);
}

/**
 * Stores a changed session now, so that the end of a long answer stores nothing. By then another request may have
 * changed the session.
 *
 * @throws CurfewError `redis_unavailable`, `unsupported_operation`
 */
export async function settleSession(context: RequestContext): Promise<void> {
  const { session } = context.request;
  if (isStorable(context, session) && isChanged(context, session))
    await new Promise<void>((resolve, reject) => {
      session.save((error?: Error | null) => {
        if (error) reject(error);
        else resolve();
      });
    });
  context.isSettled = true;
}

/**
 * Returns true if the session can be stored under its request's id. As in express-session, a request stores nothing
 * if the app has replaced `sessionID` by a value that is not a string.
 *
 * @throws CurfewError `unsupported_operation` if `req.session` is not a session: without the error its data
 * would be lost
 */
function isStorable({ request }: RequestContext, session: Session): boolean {
  if (typeof request.sessionID !== "string") return false;
  if (typeof (session as Partial<Session>).save === "function") return true;
  throw new CurfewError(
    "unsupported_operation",
    "req.session was replaced by an object that is not a session. Write Object.assign(req.session, data) to change " +
      "its data, or curfew.signOut(req) to sign out.",
  );
}

/** Answers 500 instead of the handler, by the app's error handler. The caller of `end` may catch no error. */
function failAnswer(context: RequestContext, error: unknown, next: NextFunction): void {
  const { request, response } = context;
  if (!isExpress(request)) throw error;
  if (response.headersSent) {
    context.storage.events.warn("write_failed", `A session could not be stored: ${String(error)}`);
    response.destroy();
    return;
  }
  clearAnswer(context);
  next(error);
}

/**
 * Ends the answer late. No caller is left to catch an error, such as for an invalid status, so Express gets
 * the error.
 */
export function endLate(
  { request, response }: RequestContext,
  end: () => void,
  next: NextFunction,
  plainEnd?: End,
): void {
  try {
    end();
  } catch (error) {
    if (plainEnd) response.end = plainEnd as Response["end"];
    if (isExpress(request)) next(error);
    else response.destroy();
  }
}

/**
 * Headers that say something of the site and not of one answer: who may read it, and what browsers are to do with it.
 * Any other may be the handler's, down to one by which a proxy would send a file in place of the 503. To note which
 * were there before the handler would cost every request something.
 */
const OF_THE_SITE = new RegExp(
  `^(?:${[
    "access-control-.*|content-security-policy.*|cross-origin-.*|origin-agent-cluster|permissions-policy",
    "referrer-policy|strict-transport-security|timing-allow-origin|nel|report.*|ratelimit.*|connection|vary",
    "x-(?:content-type-options|dns-prefetch-control|download-options|frame-options|xss-protection)",
    "x-(?:permitted-cross-domain-policies|powered-by|request-id)",
  ].join("|")})$`,
);

/** Takes back what the handler has said of an answer that is not going to be sent. */
export function clearAnswer({ response, cookies }: RequestContext): void {
  const lines = [response.getHeader("Set-Cookie") ?? []].flat().map(String);
  for (const name of response.getHeaderNames()) if (!OF_THE_SITE.test(name)) response.removeHeader(name);
  const own = lines.filter((line) =>
    [cookies.session, cookies.browser].some((name) => line.startsWith(`${name}=`)),
  );
  if (own.length > 0) response.setHeader("Set-Cookie", own);
  response.statusMessage = "";
}
