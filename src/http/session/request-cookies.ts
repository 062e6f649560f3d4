/** The cookies that a request brings. */
import { parse } from "cookie";
import type { Request } from "express";
import { endedRefOf } from "../../state/session-id.js";
import type { RequestContext, SessionCookieValue } from "../request/context.js";

/** Most pairs of a Cookie header that are looked at for a well-signed cookie. */
const MAX_COOKIES = 100;
/** Most sessions that are looked up for one request. */
const MAX_CANDIDATES = 3;

/**
 * Mark behind a visitor's id in its cookie: no page has named the evicting device yet (rule M5). No id has this
 * character.
 */
export const UNTOLD_MARK = "!";

/** Reads one cookie of a request. */
export function readCookie(request: Request, name: string): string | undefined {
  const { cookie } = request.headers;
  return cookie?.includes(name) ? parse(cookie)[name] : undefined;
}

/** Returns the values of all cookies of one name. A browser can send several. */
export function cookieValues(request: Request, name: string): string[] {
  const { cookie } = request.headers;
  const mark = `${name}=`;
  if (!cookie?.includes(mark)) return [];
  const isAlone = cookie.indexOf(mark) === cookie.lastIndexOf(mark);
  const pairs = isAlone ? [cookie] : cookie.split(";", MAX_COOKIES);
  return pairs.flatMap((pair) => parse(pair)[name] ?? []);
}

/**
 * Returns the well-signed session cookies of a request, at most three (rule M14). A browser sends several cookies of one
 * name if their paths or domains differ, for example a planted cookie in front.
 */
export function readSessionCookies({ request, cookies, signer }: RequestContext): SessionCookieValue[] {
  const found: SessionCookieValue[] = [];
  for (const value of cookieValues(request, cookies.session)) {
    const signed = signer.idIn(value);
    if (signed === null || found.some((other) => other.value === value)) continue;
    const isUntold = signed.endsWith(UNTOLD_MARK) && endedRefOf(signed) !== null;
    const sessionId = isUntold ? signed.slice(0, -UNTOLD_MARK.length) : signed;
    if (found.push({ value, sessionId, isUntold }) === MAX_CANDIDATES) break;
  }
  return found;
}
