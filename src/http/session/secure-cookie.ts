import type { Cookie } from "express-session";
import { CurfewError } from "../../errors.js";
import type { RequestContext } from "../request/context.js";

const TRUST = "behind a TLS proxy, set Express's trust proxy";

/**
 * Refuses to open a session whose cookie can't be sent: whoever signs in would stay signed out, be sent to the
 * login page again, and nobody would know why. Nothing has been stored, and nobody evicted, by then.
 *
 * Where the cookie can be sent, but without the `Secure` that it should have, operators are warned.
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
  // Anybody can send this header, so it is believed in nothing; it is only a hint that is worth a look.
  const [scheme = ""] = String(request.headers["x-forwarded-proto"] ?? "").split(",");
  if (scheme.trim().toLowerCase() === "https")
    storage.events.warnOnce(
      "proxy_not_trusted",
      `A sign-in's cookie is not Secure: a proxy says HTTPS, and Express does not trust it; ${TRUST}.`,
    );
}
