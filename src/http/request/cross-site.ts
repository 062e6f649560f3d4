import type { Request } from "express";
import { isCrossSite } from "../../policy/index.js";
import type { Events } from "../../events.js";
import { isExpress } from "./answers.js";

const NOT_TRUSTED =
  "A page on HTTPS sent a request that Express sees as plain HTTP, so a TLS proxy may be in front of the app. " +
  'Then write app.set("trust proxy", 1). Until then HTTP and HTTPS pages of this host count as one site.';

/**
 * True if a request comes from another site (rule M41). Sites differ in scheme, host or port.
 *
 * @param methods - `unsafe`: requests with a safe method pass from every site
 */
export function isForeign(
  request: Request,
  trustedOrigins: readonly string[],
  events: Events,
  methods: "unsafe" | "all" = "unsafe",
): boolean {
  const schemes = schemesOf(request);
  const { headers } = request;
  const judged = methods === "all" ? { method: "POST", headers } : request;
  if (isCrossSite(judged, trustedOrigins, schemes)) return true;
  const isHidden = schemes.length > 1 && isExpress(request) && isCrossSite(judged, trustedOrigins, ["http"]);
  if (isHidden && request.headers.origin?.startsWith("https:"))
    events.warnOnce("proxy_not_trusted", NOT_TRUSTED);
  return false;
}

/** Returns the schemes under which the browser may have opened the site. */
function schemesOf(request: Request): readonly string[] {
  // A socket server's handshake does not know its proxy.
  if (!isExpress(request)) return ["http", "https"];
  if (request.secure) return ["https"];
  // A proxy that Express does not trust may have ended TLS.
  return request.app.get("trust proxy") ? ["http"] : ["http", "https"];
}
