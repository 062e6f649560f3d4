import type { Request } from "express";
import type { Events } from "../../events.js";
import { readCookie } from "./request-cookies.js";

/** Names of the session cookie, over plain HTTP and over HTTPS. */
export interface SessionCookieNames {
  readonly plain: string;
  readonly secure: string;
}

const IGNORED =
  "A socket's handshake over HTTPS came with the cookie of plain HTTP, which was ignored. " +
  'If a TLS proxy is in front of the app, write app.set("trust proxy", 1), so that pages give the secure cookie.';

/**
 * True if a socket server's handshake came over HTTPS, so that only the `__Host-` cookie counts: a sibling domain can plant
 * the other one (rule M41). Only Express knows which proxies to trust, so each sign of HTTPS counts here. A client that
 * sends a false sign loses only its own plain cookie.
 */
export function isSecureHandshake(request: Request, names: SessionCookieNames, events: Events): boolean {
  const { headers, socket } = request;
  const holds = (name: string): boolean => readCookie(request, name) !== undefined;
  if (holds(names.secure)) return true;
  const [scheme = ""] = String(headers["x-forwarded-proto"] ?? "").split(",");
  const isSecure =
    (socket as { encrypted?: boolean }).encrypted === true ||
    scheme.trim().toLowerCase() === "https" ||
    headers.origin?.startsWith("https:") === true;
  if (isSecure && holds(names.plain)) events.warnOnce("proxy_not_trusted", IGNORED);
  return isSecure;
}
