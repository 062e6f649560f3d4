/** The token by which sign-ins of one browser are recognised (rule M10). */
import { randomBytes } from "node:crypto";
import { DAY_MS } from "../../policy/index.js";
import type { RequestContext } from "../request/context.js";
import { readCookie } from "./request-cookies.js";

/** Lifetime of a browser's token: the longest that browsers allow. */
const BROWSER_TOKEN_MS = 400 * DAY_MS;
/** Before a token where it is signed, so that no session id passes for a token, nor a token for an id. */
const TOKEN_MARK = "browser-";
const TOKEN_PATTERN = /^browser-[\w-]{22}$/;

/**
 * The token by which sign-ins of one browser are recognised, so that a login form sent twice leaves that
 * browser signed in. A browser without one gets one with this answer.
 */
export function browserToken(context: RequestContext): string {
  context.browserToken ??= knownToken(context) ?? giveToken(context);
  return context.browserToken;
}

/** Makes a token the browser's, in place of any other. */
export function setBrowserToken(context: RequestContext, token: string): void {
  const { request, response, cookies, signer } = context;
  if (readCookie(request, cookies.browser) !== signer.sign(TOKEN_MARK + token)) {
    const lines = [response.getHeader("Set-Cookie") ?? []].flat().map(String);
    response.removeHeader("Set-Cookie");
    const others = lines.filter((line) => !line.startsWith(`${cookies.browser}=`));
    if (others.length > 0) response.setHeader("Set-Cookie", others);
    giveToken(context, token);
  }
  context.browserToken = token;
}

/** Returns the token of the request. A token that this app has not signed is ignored (rule M10). */
function knownToken(context: RequestContext): string | null {
  const { request, cookies, signer } = context;
  const value = readCookie(request, cookies.browser);
  const signed = signer.idIn(value);
  if (signed === null || !TOKEN_PATTERN.test(signed)) return null;
  const token = signed.slice(TOKEN_MARK.length);
  return value === signer.sign(signed) ? token : giveToken(context, token);
}

function giveToken({ response, cookies, signer }: RequestContext, token = newToken()): string {
  response.cookie(cookies.browser, signer.sign(TOKEN_MARK + token), {
    httpOnly: true,
    // A sign-in by another site's POST (SAML, OIDC form_post) is the same browser's (rule M11).
    sameSite: cookies.secure ? "none" : "lax",
    secure: cookies.secure,
    path: "/",
    maxAge: BROWSER_TOKEN_MS,
  });
  return token;
}

/** Returns a new token. */
export const newToken = (): string => randomBytes(16).toString("base64url");
