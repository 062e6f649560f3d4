/** The parts of an HTTP request that the request rules look at. Header names are lower case, as in Node. */
export interface RequestFacts {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Methods that change nothing (RFC 9110, 9.2.1). */
const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

function header(request: RequestFacts, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/**
 * Whether the request shows that a person is there (rule Q18): a navigation that somebody started, or a
 * request of no browser at all (curl, SDKs, supertest: those send no `Sec-Fetch-Site`). A page's own fetch
 * and XHR calls never count, whatever their method, and neither do prefetches.
 */
export function isPersonsRequest(request: RequestFacts): boolean {
  if (isPrefetch(request)) return false;
  if (header(request, "sec-fetch-site") === undefined) return true;
  if (header(request, "sec-fetch-mode") !== "navigate") return false;
  return request.method !== "GET" || header(request, "sec-fetch-user") === "?1";
}

function isPrefetch(request: RequestFacts): boolean {
  const purpose = header(request, "sec-purpose") ?? header(request, "purpose") ?? "";
  return purpose.includes("prefetch") || purpose.includes("prerender");
}

/**
 * Whether the answer will be shown as a page: a navigation, or, from clients that don't say, a request that
 * prefers HTML. Everything else is answered in JSON.
 */
export function isNavigation(request: RequestFacts): boolean {
  const mode = header(request, "sec-fetch-mode");
  if (mode !== undefined) return mode === "navigate";
  if (header(request, "x-requested-with") === "XMLHttpRequest") return false;
  return (header(request, "accept") ?? "").includes("text/html");
}

/**
 * Whether an unsafe request comes from another site and must be refused (OWASP ASVS 5.0, 3.5.1).
 *
 * Safe methods pass; an `Origin` named in `trustedOrigins` passes; `Sec-Fetch-Site` `same-origin` and `none`
 * pass and any other value is refused. Without `Sec-Fetch-Site`, a request without `Origin` passes (no
 * browser sends neither), and otherwise the origin's host must be the request's own `Host`.
 */
export function isCrossSite(request: RequestFacts, trustedOrigins: readonly string[] = []): boolean {
  if (SAFE_METHODS.has(request.method)) return false;
  const origin = header(request, "origin");
  if (origin !== undefined && trustedOrigins.includes(origin)) return false;
  const site = header(request, "sec-fetch-site");
  if (site !== undefined) return site !== "same-origin" && site !== "none";
  if (origin === undefined) return false;
  return hostOf(origin) !== header(request, "host")?.toLowerCase();
}

function hostOf(origin: string): string | null {
  try {
    return new URL(origin).host;
  } catch {
    return null; // "null", the origin of sandboxed and opaque documents, among others
  }
}

// Browsers drop tabs and line breaks from addresses and read "\" as "/", so none of them may occur.
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const UNSAFE_IN_PATH = /[\u0000-\u0020\u007f-\u00a0\\\u2028\u2029\ufeff]/;
const BASE = "http://same-origin.invalid";

/**
 * The path to return to after signing in, if `value` is one on this site, else `fallback`. A path starts with
 * exactly one `/` and resolves to the same origin; addresses, `//host`, back-slashes, control characters and
 * their once more encoded forms at the start are refused.
 */
export function safeReturnTo(value: unknown, fallback = "/"): string {
  return typeof value === "string" && isLocalPath(value) ? value : fallback;
}

function isLocalPath(value: string): boolean {
  if (value.length > 2_048 || !value.startsWith("/") || UNSAFE_IN_PATH.test(value)) return false;
  // Proxies and routers decode paths, some of them twice: no reading of it may name another host.
  let reading = value.split(/[?#]/, 1)[0] ?? "";
  for (let pass = 0; pass < 3; pass++) {
    if (!staysOnSite(reading)) return false;
    reading = reading.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) =>
      String.fromCharCode(parseInt(hex, 16)),
    );
  }
  return true;
}

/** Whether a path means this site both as it is written and with its `.` and `..` resolved. */
function staysOnSite(path: string): boolean {
  if (/^\/[/\\]/.test(path.replace(/[\t\r\n]/g, ""))) return false;
  const url = new URL(path, BASE);
  return url.origin === BASE && !url.pathname.startsWith("//");
}
