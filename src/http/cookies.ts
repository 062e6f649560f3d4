import { randomBytes } from "node:crypto";
import { parse } from "cookie";
import type { Request } from "express";
import type { Cookie, CookieOptions } from "express-session";
import { DAY_MS } from "../policy/index.js";
import { noteCookie } from "../redis/change-session.js";
import type { LiveSession, RequestContext } from "./context.js";
import { sessionCookie, SessionCookie } from "./session-cookie.js";
import type { CookieSigner } from "./signed-cookie.js";

/** How long a browser keeps its token: the longest that browsers allow. */
const BROWSER_TOKEN_MS = 400 * DAY_MS;
const TOKEN_PATTERN = /^[\w-]{22}$/;

/** Reads one cookie of a request. */
export function readCookie(request: Request, name: string): string | undefined {
  const { cookie } = request.headers;
  return cookie?.includes(name) ? parse(cookie)[name] : undefined;
}

/**
 * The token by which sign-ins of one browser are recognised, so that a login form sent twice leaves that
 * browser signed in. A browser without one gets one with this answer.
 */
export function browserToken(context: RequestContext): string {
  context.browserToken ??= knownToken(context) ?? giveToken(context);
  return context.browserToken;
}

function knownToken({ request, cookies }: RequestContext): string | null {
  const token = readCookie(request, cookies.browser);
  return token && TOKEN_PATTERN.test(token) ? token : null;
}

function giveToken({ response, cookies }: RequestContext): string {
  const token = randomBytes(16).toString("base64url");
  response.cookie(cookies.browser, token, {
    httpOnly: true,
    sameSite: "lax",
    secure: cookies.secure,
    path: "/",
    maxAge: BROWSER_TOKEN_MS,
  });
  return token;
}

/**
 * Whether the session cookie has to be sent again, and can be: what the browser holds and what the settings allow
 * have come apart (rules Q16, Q17, W20), or it is signed with a secret that is being phased out.
 */
export function needsCookie(
  { request, response, cookies }: RequestContext,
  { record, verdict }: LiveSession,
  cookie: CookieOptions,
  signer: CookieSigner,
): boolean {
  const isSigned = (): boolean =>
    !signer.hasSeveral || readCookie(request, cookies.session) === signer.sign(request.sessionID);
  if (verdict.persistent === record.persistentCookie && isSigned()) return false;
  // A stand-in for an answer, as socket servers have, sends no headers.
  return (cookie.secure !== true || cookies.secure) && typeof response.appendHeader === "function";
}

/** Has express-session send the cookie again as the session lives now. */
export function renewCookie({ live, request, state }: RequestContext): void {
  if (!live || !(request.session.cookie instanceof SessionCookie)) return;
  request.session.cookie.lives(cookieLifeMs(live));
  const { persistent } = live.verdict;
  if (persistent === live.record.persistentCookie) return;
  state.backgroundWork.begin(
    () => noteCookie(state, live.ref, persistent),
    (error) => {
      state.events.warn("write_failed", `Noting the cookie's kind: ${String(error)}`);
    },
  );
}

/** Has express-session send a new session's cookie as the session lives, in place of any other of this answer. */
export function replaceCookie({ request, response, cookies }: RequestContext, live: LiveSession): void {
  const lines = [response.getHeader("Set-Cookie") ?? []].flat().map(String);
  const others = lines.filter((line) => !line.startsWith(`${cookies.session}=`));
  if (others.length < lines.length) response.setHeader("Set-Cookie", others);
  const { cookie } = request.session as { cookie: Cookie & { readonly data?: CookieOptions } };
  request.session.cookie = sessionCookie(cookie.data ?? {}).lives(cookieLifeMs(live));
}

/** A persistent session's cookie lives as long as the session, any other as long as the browser. */
function cookieLifeMs({ verdict, now }: LiveSession): number | null {
  return verdict.persistent ? verdict.absoluteEndsAt - now : null;
}
