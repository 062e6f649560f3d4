/** The session cookie that an answer sends. */
import { serialize } from "cookie";
import onHeaders from "on-headers";
import type { Request } from "express";
import type { Cookie, CookieOptions, Session } from "express-session";
import { isDocumentRequest } from "../../policy/index.js";
import { renewsLatest } from "../../state/sessions/replaced-cookie.js";
import type { CurrentSession, RequestContext } from "../request/context.js";
import { UNTOLD_MARK } from "./request-cookies.js";
import { SessionCookie } from "./session-cookie.js";
import { forbidSharing, isForSharedCaches } from "./shared-caches.js";

/** Longest time from the verdict to the headers of a streamed answer that renews a cookie, in milliseconds. */
const AT_ONCE_MS = 100;

/** Has the cookie of a request's stored session sent with the headers, if the browser may need it. */
export function sendCookieIfNeeded(context: RequestContext): void {
  const { live, request } = context;
  // A visitor's session or a new secret: the headers decide, when the session is stored.
  if (live === null || request.sessionID !== context.cookieId) sendCookieWithHeaders(context);
  else if (isOutdated(context, live)) renewCookie(context, live);
}

/**
 * Returns true if the session cookie must and can be sent again. Its lifetime in the browser differs from the
 * settings (rules Q16, Q17, W20), an old secret has signed it, or a late answer may overwrite it.
 */
function isOutdated(context: RequestContext, live: CurrentSession): boolean {
  const { request, response, cookies } = context;
  const { record, verdict, shown, mayBeOverwritten } = live;
  // The browser has been sent a newer cookie.
  if (shown === "former") return false;
  const isKnown = verdict.persistent === record.persistentCookie && isSignedNow(context);
  if (isKnown && !mayBeOverwritten) return false;
  // A stand-in for an answer, as socket servers have, sends no headers.
  const { secure } = request.session.cookie;
  return (secure !== true || cookies.secure) && typeof response.appendHeader === "function";
}

/** Returns true if the first secret has signed the cookie. */
function isSignedNow({ request, sent, signer }: RequestContext): boolean {
  if (!signer.hasSeveral) return true;
  const signed = signer.sign(request.sessionID);
  return sent.some(({ value }) => value === signed);
}

/** Sends the cookie again as the session lives now. */
function renewCookie(context: RequestContext, live: CurrentSession): void {
  const { cookie } = context.request.session;
  if (!(cookie instanceof SessionCookie)) return;
  context.renewsCookie = true;
  sendCookieWithHeaders(context);
  cookie.lives(cookieLifeMs(live));
}

/** Has the session cookie sent with the headers, if by then there is something that the browser has to know. */
export function sendCookieWithHeaders(context: RequestContext): void {
  const { response } = context;
  if (context.watchesHeaders || typeof response.writeHead !== "function") return;
  context.watchesHeaders = true;
  onHeaders(response, () => {
    setSessionCookie(context);
  });
}

function setSessionCookie(context: RequestContext): void {
  const { request, response, cookies, signer } = context;
  if (context.keepsCookie) return;
  const { session, sessionID } = request as Partial<Pick<Request, "session" | "sessionID">>;
  if (!session || typeof sessionID !== "string") return;
  if (!isToBeTold(context, session)) {
    if (context.isUnknown) takeBackCookie(context);
    return;
  }
  // The app has put something else on the request; the end of the answer says so.
  if (typeof (session as Partial<Session>).touch !== "function") return;
  if (session.cookie.secure === true && !cookies.secure) return;
  // A renewed cookie waits for the next answer (rules M13, M15). A cookie of a new session or secret can't wait.
  if (sessionID === context.cookieId && (isForSharedCaches(response) || mayBeLate(context))) return;
  session.touch();
  const mark = leavesUntold(context) ? UNTOLD_MARK : "";
  const line = sessionCookieLine(context, signer.sign(sessionID + mark), session);
  const lines = [response.getHeader("Set-Cookie") ?? []].flat().map(String);
  // Many test suites of apps read the first line alone (rule M12). A cookie of the app stays where the app put it.
  const token = lines.findIndex((other) => other.startsWith(`${cookies.browser}=`));
  response.setHeader("Set-Cookie", token === -1 ? lines.concat(line) : lines.toSpliced(token, 0, line));
  forbidSharing(response);
  if (context.renewsCookie && !context.isRenewalChecked) noteRenewed(context);
}

/**
 * Returns true if another request of the browser may have brought a newer cookie since this session was read. The end of
 * an answer looks again. A streamed answer sends its headers before, so it renews a cookie only at once.
 */
function mayBeLate({ live, isRenewalChecked, judgedAt }: RequestContext): boolean {
  return live !== null && !isRenewalChecked && performance.now() - judgedAt > AT_ONCE_MS;
}

/**
 * Takes back the cookie of an unknown session, with an answer to a navigation only: calls and images of a page may be late
 * (rule M20). Without it every request of the browser would ask Redis, and be 503 while Redis is away.
 */
function takeBackCookie({ request, response, cookies, store }: RequestContext): void {
  if (!isDocumentRequest(request) || isForSharedCaches(response)) return;
  const { data } = store.cookieFor(request);
  const line = serialize(cookies.session, "", { ...data, expires: new Date(0), maxAge: 0 } as object);
  response.appendHeader("Set-Cookie", line);
  forbidSharing(response);
}

/**
 * Returns the line that sets the session cookie. Attributes come from the app or from Redis. Those that no browser takes
 * would otherwise throw while the headers are sent, where nothing can answer any more.
 */
function sessionCookieLine(
  { request, cookies, store, storage }: RequestContext,
  value: string,
  session: Session,
) {
  const { data } = session.cookie as { readonly data?: CookieOptions };
  try {
    return serialize(cookies.session, value, data as object);
  } catch (error) {
    storage.events.warn(
      "corrupt_session_data",
      `A session's cookie has an attribute that no browser accepts, so the configured attributes are sent: ${String(error)}`,
    );
    const { expires, maxAge } = (data ?? {}) as { readonly expires?: Date; readonly maxAge?: number };
    return serialize(cookies.session, value, { ...store.cookieFor(request).data, expires, maxAge } as object);
  }
}

/**
 * Returns true if the browser must receive the cookie: of a new stored session, or of a session with a new lifetime.
 */
function isToBeTold(context: RequestContext, session: Session): boolean {
  if (context.isUntold && isDocumentRequest(context.request) && !leavesUntold(context)) return true;
  const { cookieId, stored, renewsCookie, replacesCookie, request } = context;
  if (request.sessionID !== cookieId)
    return replacesCookie || stored?.id === session.id || isChanged(context, session);
  // The rules decide the lifetime of a signed-in session's cookie. The app's data do not.
  if (renewsCookie || session.cookie instanceof SessionCookie) return renewsCookie;
  return typeof session.cookie.maxAge === "number" && isChanged(context, session);
}

/** Returns true if the answer leads to another page, which can name the evicting device in its place (rule M5). */
function leavesUntold({ request: { curfew }, response: { statusCode } }: RequestContext): boolean {
  return curfew.state === "ended" && curfew.by !== null && statusCode >= 300 && statusCode < 400;
}

/** Returns true if Redis is known to hold other data. A session that began here is stored once it has data. */
export function isChanged({ stored, unsettledJson, ownId }: RequestContext, session: Session): boolean {
  if (stored?.id === session.id) return unsettledJson !== null || JSON.stringify(session) !== stored.json;
  return session.id !== ownId || Object.keys(session).some((name) => name !== "cookie");
}

/** Notes in the record that a streamed answer has sent the cookie again. */
function noteRenewed({ live, storage }: RequestContext): void {
  if (!live) return;
  const { ref, secretHash, verdict } = live;
  storage.backgroundWork.begin(
    () => renewsLatest(storage, ref, secretHash, verdict.persistent),
    (error) => {
      storage.events.warn("write_failed", `Noting a renewed cookie: ${String(error)}`);
    },
  );
}

/** Has a new session's cookie sent as the session lives, in place of any other of this answer. */
export function replaceCookie(context: RequestContext, live: CurrentSession): void {
  const { request, response, cookies } = context;
  context.renewsCookie = false;
  const lines = [response.getHeader("Set-Cookie") ?? []].flat().map(String);
  const others = lines.filter((line) => !line.startsWith(`${cookies.session}=`));
  if (others.length < lines.length) response.setHeader("Set-Cookie", others);
  const { cookie } = request.session as { cookie: Cookie };
  if (cookie instanceof SessionCookie) cookie.lives(cookieLifeMs(live));
  sendCookieWithHeaders(context);
}

/** A persistent session's cookie lives as long as the session, any other as long as the browser. */
function cookieLifeMs({ verdict, now }: CurrentSession): number | null {
  return verdict.persistent ? verdict.absoluteEndsAt - now : null;
}
