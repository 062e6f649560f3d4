import { createHmac, randomBytes } from "node:crypto";
import { parse } from "cookie";
import type { Request } from "express";
import type { Cookie } from "express-session";
import { DAY_MS } from "../policy/index.js";
import { refOf } from "../redis/keys.js";
import { noteCookie } from "../redis/change-session.js";
import type { CookieLife, LiveSession, RequestContext } from "./context.js";

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

/** Signs a session id as express-session does. */
function sign(sessionId: string, secret: string): string {
  return `s:${sessionId}.${createHmac("sha256", secret).update(sessionId).digest("base64").replace(/=+$/, "")}`;
}

/**
 * Whether the session cookie must be sent again, and how: when what the browser holds and what the settings
 * allow have come apart (rules Q16, Q17, W20), or when it is signed with a secret that is being phased out.
 */
export function cookieToRenew(context: RequestContext, secrets: readonly string[]): CookieLife | null {
  const { live, request, cookies } = context;
  if (!live) return null;
  const { verdict, record } = live;
  const outdated =
    secrets.length > 1 && readCookie(request, cookies.session) !== sign(request.sessionID, secrets[0] ?? "");
  if (verdict.persistent === record.persistentCookie && !outdated) return null;
  return lifeOf(request.sessionID, live);
}

/**
 * Writes the session cookie as `context.cookieLife` has it, just before the headers go out and after
 * express-session has written its own: that one can't end when the session does (facts X3, X4).
 */
export function writeSessionCookie(context: RequestContext, secret: string): void {
  const { cookieLife, request, response, cookies, live } = context;
  // Gone after req.session.destroy(), whatever the types say.
  const session = request.session as typeof request.session | undefined;
  if (!session) return;
  const life = cookieLife?.sessionId === request.sessionID ? cookieLife : lifeIfSent(context);
  if (!life) return;
  // Documented by express-session, and missing in its types.
  const cookie = session.cookie as Cookie & { serialize(name: string, value: string): string };
  if (cookie.secure === true && !cookies.secure) return;
  const { maxAgeMs } = life;
  // How long it lives is the settings' to say, whatever the app has set (rules P4, D10).
  Object.assign(cookie, { originalMaxAge: null, expires: null });
  const plain = cookie.serialize(cookies.session, sign(life.sessionId, secret));
  const header = maxAgeMs === null ? plain : plain + lifeAttributes(maxAgeMs);
  const others = [response.getHeader("Set-Cookie") ?? []]
    .flat()
    .map(String)
    .filter((line) => !line.startsWith(`${cookies.session}=`));
  response.setHeader("Set-Cookie", [...others, header]);

  const persistent = maxAgeMs !== null;
  if (live && live.record.persistentCookie !== persistent)
    noteCookie(context.state, live.ref, persistent).catch((error: unknown) => {
      context.state.events.warn("write_failed", `Noting the cookie's kind: ${String(error)}`);
    });
}

function lifeAttributes(maxAgeMs: number): string {
  const expires = new Date(Date.now() + maxAgeMs).toUTCString();
  return `; Max-Age=${String(Math.ceil(maxAgeMs / 1_000))}; Expires=${expires}`;
}

/** If express-session has written a signed-in session's cookie by itself: it lives as the verdict has it, too. */
function lifeIfSent({ live, request, response, cookies }: RequestContext): CookieLife | null {
  const lines = [response.getHeader("Set-Cookie") ?? []].flat();
  if (!live || !lines.some((line) => String(line).startsWith(`${cookies.session}=`))) return null;
  return refOf(request.sessionID) === live.ref ? lifeOf(request.sessionID, live) : null;
}

/** How long the cookie of a session lives: as long as a persistent session, else as long as the browser. */
export function lifeOf(sessionId: string, { verdict, now }: LiveSession): CookieLife {
  return { sessionId, maxAgeMs: verdict.persistent ? verdict.absoluteEndsAt - now : null };
}
