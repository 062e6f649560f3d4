import { header, type RequestFacts } from "./request.js";

/** Facts about a session's browser and pages. They decide which requests show activity. */
export interface ActivityMarks {
  /** True if the session's pages have reported input to `POST /activity` (rule M1). */
  readonly reportsInput: boolean;
  /** True if the session's browser has sent `Sec-Fetch-User: ?1` (rule M2). */
  readonly sendsUser: boolean;
}

const NO_MARKS: ActivityMarks = { reportsInput: false, sendsUser: false };

/** True if the browser says that a person caused the navigation. WebKit never says so. */
export function hasUserHeader(request: RequestFacts): boolean {
  return header(request, "sec-fetch-user") === "?1";
}

/**
 * True if the browser will show the response as a page (rules M2, M3): the request accepts HTML and is a navigation.
 * Behind a service worker, a navigation has the destination `empty`. Returns false for prefetches, frames and a page's own
 * calls.
 */
export function isDocumentRequest(request: RequestFacts): boolean {
  if (!(header(request, "accept") ?? "").includes("text/html") || isPrefetch(request)) return false;
  const mode = header(request, "sec-fetch-mode");
  const destination = header(request, "sec-fetch-dest");
  const isFetched = header(request, "x-requested-with") !== undefined;
  // Plain HTTP, Safari before 16.4, and programs.
  if (mode === undefined) return !isFetched;
  if (mode === "navigate")
    return destination === undefined || destination === "document" || destination === "empty";
  // Firefox behind a service worker, and every engine if the worker rebuilds the request.
  return mode === "same-origin" && destination === "empty" && !isFetched;
}

/**
 * True if a request shows the activity of a session's person (rules M1 to M4).
 *
 * @param marks - the session's marks; without marks the rules for an unknown browser apply
 */
export function isActivity(request: RequestFacts, marks: ActivityMarks = NO_MARKS): boolean {
  if (isNeverActivity(request)) return false;
  if (isProgram(request)) return !marks.reportsInput;
  if (!isDocumentRequest(request)) return false;
  if (hasUserHeader(request)) return true;
  if (header(request, "sec-fetch-site") === "cross-site") return false;
  // This browser marks a person's navigations, so a script or a meta refresh caused this navigation.
  if (marks.sendsUser && isDirectNavigation(request)) return false;
  return !marks.reportsInput || request.method === "POST";
}

/**
 * True for requests that never show activity (rules M4, N13): prefetches, beacons, event streams, and calls with an API
 * session's token.
 */
export function isNeverActivity(request: RequestFacts): boolean {
  return (
    isPrefetch(request) ||
    isBeacon(request) ||
    header(request, "accept") === "text/event-stream" ||
    hasApiToken(request)
  );
}

/** Beginning of each token of an API session. */
export const API_TOKEN_PREFIX = "curfew_";

/** Returns the token of a request's `Authorization` header (RFC 6750, 2.1); `null` without a bearer token. */
export function bearerTokenOf(request: RequestFacts): string | null {
  const authorization = header(request, "authorization");
  return authorization === undefined ? null : (/^bearer +(\S+) *$/i.exec(authorization)?.[1] ?? null);
}

/** True for a program's call (rule N13), also if a page of the same browser makes it. Anyone can write the header. */
export function hasApiToken(request: RequestFacts): boolean {
  return bearerTokenOf(request)?.startsWith(API_TOKEN_PREFIX) ?? false;
}

/** True for another site's request that is not a top-level navigation, such as an image (rule M4). */
export function isForeignSubrequest(request: RequestFacts, trustedOrigins: readonly string[] = []): boolean {
  if (header(request, "sec-fetch-site") !== "cross-site") return false;
  const origin = header(request, "origin");
  if (origin !== undefined && trustedOrigins.includes(origin)) return false;
  return header(request, "sec-fetch-mode") !== "navigate" || !isDocumentRequest(request);
}

/** True for a client that is not a browser. The mode is not checked, because `fetch` of Node sends a mode. */
function isProgram(request: RequestFacts): boolean {
  if (header(request, "sec-fetch-site") !== undefined) return false;
  return !(header(request, "user-agent") ?? "").startsWith("Mozilla/5.0");
}

/** True if no service worker took part in the navigation. A service worker loses `Sec-Fetch-User`. */
function isDirectNavigation(request: RequestFacts): boolean {
  if (header(request, "sec-fetch-mode") !== "navigate") return false;
  return header(request, "sec-fetch-dest") !== "empty" && !isFirefoxPreload(request);
}

/** True for a navigation preload of Firefox, which loses `Sec-Fetch-User` too. Chromium's preload keeps the header. */
function isFirefoxPreload(request: RequestFacts): boolean {
  if (header(request, "service-worker-navigation-preload") === undefined) return false;
  return (header(request, "user-agent") ?? "").includes(" Gecko/");
}

/** Headers that browsers send with a prefetch, a prerender or a preview: of today, of Safari, of older Firefox. */
const PURPOSE_HEADERS = ["sec-purpose", "purpose", "x-purpose", "x-moz"] as const;

function isPrefetch(request: RequestFacts): boolean {
  return PURPOSE_HEADERS.some((name) => {
    const purpose = header(request, name);
    return purpose !== undefined && /prefetch|prerender|preview/i.test(purpose);
  });
}

function isBeacon(request: RequestFacts): boolean {
  return request.method === "POST" && header(request, "sec-fetch-mode") === "no-cors";
}
