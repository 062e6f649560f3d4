/** The parts of an HTTP request that the rules read. Header names are in lower case, as in Node. */
export interface RequestFacts {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Methods that change nothing (RFC 9110, 9.2.1). */
const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

/** Returns a header's first value. */
export function header(request: RequestFacts, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/**
 * True if an unsafe request comes from another site and must be refused (OWASP ASVS 5.0, 3.5.1).
 *
 * Safe methods pass. An `Origin` in `trustedOrigins` passes. `Sec-Fetch-Site` passes as `same-origin` and `none`; any
 * other value is refused. Browsers send `Sec-Fetch-Site` or `Origin`, so a request without both passes. With `Origin`
 * alone, the origin must have one of `schemes`, and the request's host and port (rule M41).
 *
 * @param schemes - schemes under which the browser may have opened the site, such as `["https"]`
 */
export function isCrossSite(
  request: RequestFacts,
  trustedOrigins: readonly string[] = [],
  schemes: readonly string[] = ["http", "https"],
): boolean {
  if (SAFE_METHODS.has(request.method)) return false;
  const origin = header(request, "origin");
  if (origin !== undefined && trustedOrigins.includes(origin)) return false;
  const site = header(request, "sec-fetch-site");
  if (site !== undefined) return site !== "same-origin" && site !== "none";
  if (origin === undefined) return false;
  const host = header(request, "host") ?? "";
  return !schemes.some((scheme) => isOrigin(origin, `${scheme}://${host}`));
}

/** True if both addresses have the same scheme, host and port. */
function isOrigin(origin: string, site: string): boolean {
  // Sandboxed documents have the origin "null".
  if (!URL.canParse(origin) || !URL.canParse(site)) return false;
  return new URL(origin).origin === new URL(site).origin;
}

// Browsers remove tabs and line breaks from addresses and read "\" as "/".
// eslint-disable-next-line no-control-regex -- the pattern looks for control characters
const UNSAFE_IN_PATH = /[\u0000-\u0020\u007f-\u00a0\\\u2028\u2029\ufeff]/;
const BASE = "http://same-origin.invalid";

/**
 * Returns `value` if it is a path on this site, else `fallback`. Use it for the page after a sign-in.
 *
 * A path starts with exactly one `/` and resolves to the same origin. Addresses, `//host`, backslashes and control
 * characters are refused, also in encoded form.
 */
export function safeReturnTo(value: unknown, fallback = "/"): string {
  return typeof value === "string" && isLocalPath(value) ? value : fallback;
}

function isLocalPath(value: string): boolean {
  if (value.length > 2_048 || !value.startsWith("/") || UNSAFE_IN_PATH.test(value)) return false;
  // Proxies and routers decode paths, some of them twice. No decoded form may name another host.
  let reading = value.split(/[?#]/, 1)[0] ?? "";
  for (let pass = 0; pass < 3; pass++) {
    if (!staysOnSite(reading)) return false;
    reading = reading.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) =>
      String.fromCharCode(parseInt(hex, 16)),
    );
  }
  return true;
}

/** True if a path means this site, both as written and with `.` and `..` resolved. */
function staysOnSite(path: string): boolean {
  if (/^\/[/\\]/.test(path.replace(/[\t\r\n]/g, ""))) return false;
  const url = new URL(path, BASE);
  return url.origin === BASE && !url.pathname.startsWith("//");
}
