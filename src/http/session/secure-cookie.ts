import type { Cookie } from "express-session";
import { CurfewError } from "../../errors.js";
import type { RequestContext } from "../request/context.js";

const TRUST = "behind a TLS proxy, set Express's trust proxy";

/**
 * Refuses to open a session whose cookie can't be sent. Otherwise the user would stay signed out and return to the
 * login page without a reason. At this point nothing has been stored, and no session evicted.
 *
 * If the cookie can be sent, but without its intended `Secure`, a warning tells operators.
 *
 * @throws CurfewError `insecure_connection` if `cookie.secure` is true and the request is not HTTPS
 */
export function requireCookieSent({ request, cookies, storage }: RequestContext, cookie: Cookie): void {
  if (cookies.secure) return;
  if (cookie.secure === true) {
    storage.events.warnOnce(
      "insecure_cookie",
      `Sign-ins are refused: cookie.secure is true, and the request looks like plain HTTP; ${TRUST}.`,
    );
    throw new CurfewError(
      "insecure_connection",
      `Signing in needs HTTPS, and this request came over plain HTTP as far as the app can tell; ${TRUST}.`,
    );
  }
  // Any client can send this header, so it decides nothing. It is only a hint in a warning.
  const [scheme = ""] = String(request.headers["x-forwarded-proto"] ?? "").split(",");
  if (scheme.trim().toLowerCase() === "https")
    storage.events.warnOnce(
      "proxy_not_trusted",
      `A sign-in's cookie is not Secure: a proxy says HTTPS, and Express does not trust it; ${TRUST}.`,
    );
}
