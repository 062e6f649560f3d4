/**
 * Headers that real browsers send with each kind of request. Measured in Chromium 156, Firefox 153 and WebKitGTK 2.50,
 * and compared again by `npm run test:browsers`.
 */

/** The engines of Chrome and Edge, of Firefox, and of Safari. */
export type BrowserEngine = "chromium" | "firefox" | "webkit";

/**
 * The origin of the site. `secure` is HTTPS or localhost. `plain` is any other host over HTTP, to which browsers send no
 * `Sec-Fetch-*` headers.
 */
export type RequestOrigin = "secure" | "plain";

/** A kind of request. The first group is by a person, the second group is by a page alone. */
export type RequestKind =
  /** A click on a link. */
  | "click"
  /** A form that is sent by POST. */
  | "formpost"
  /** A form that is sent by GET. */
  | "formget"
  /** An address that a person types. */
  | "typed"
  /** A click handler that sets `location`. */
  | "jsclick"
  /** A click in a page whose service worker calls `fetch(event.request)`. */
  | "swclick"
  /** A click in a page whose service worker uses navigation preload. */
  | "swpreload"
  /** A script that sets `location`. */
  | "jstimer"
  /** `<meta http-equiv="refresh">`. */
  | "metarefresh"
  /** `fetch` with GET. */
  | "fetch"
  /** `fetch` with POST. */
  | "fetchpost"
  /** `XMLHttpRequest`. */
  | "xhr"
  /** `navigator.sendBeacon`. */
  | "beacon"
  /** `EventSource`. */
  | "sse"
  /** `<link rel="prefetch">`. */
  | "prefetch"
  /** The page of an `<iframe>`. */
  | "iframe"
  /** `<img>`. */
  | "image";

/** A choice of headers for {@link headersOf}. */
export interface HeaderSetQuery {
  readonly engine: BrowserEngine;
  readonly origin: RequestOrigin;
  readonly kind: RequestKind;
  /**
   * The site's origin, for kinds with an `Origin` header. Over plain HTTP a server compares this origin with `Host`, so
   * pass the address of your app there.
   * @default "https://app.example" or, over plain HTTP, "http://intranet.example"
   */
  readonly site?: string;
}

type Accept = "html" | "any" | "image" | "text/event-stream";

/** `Sec-Fetch-Site`, `-Mode`, `-Dest` and, if a person caused the request, `-User`. */
type Metadata = readonly [site: string, mode: string, dest: string, user?: "?1"];

interface Kind {
  readonly method: "GET" | "POST";
  readonly accept: Accept;
  readonly metadata: Metadata;
}

const PERSON: Metadata = ["same-origin", "navigate", "document", "?1"];
const NOBODY: Metadata = ["same-origin", "navigate", "document"];
const SCRIPT: Metadata = ["same-origin", "cors", "empty"];

const KINDS: Readonly<Record<RequestKind, Kind>> = {
  click: { method: "GET", accept: "html", metadata: PERSON },
  formpost: { method: "POST", accept: "html", metadata: PERSON },
  formget: { method: "GET", accept: "html", metadata: PERSON },
  typed: { method: "GET", accept: "html", metadata: ["none", "navigate", "document", "?1"] },
  jsclick: { method: "GET", accept: "html", metadata: PERSON },
  jstimer: { method: "GET", accept: "html", metadata: NOBODY },
  metarefresh: { method: "GET", accept: "html", metadata: NOBODY },
  swclick: { method: "GET", accept: "html", metadata: ["same-origin", "navigate", "empty"] },
  swpreload: { method: "GET", accept: "html", metadata: PERSON },
  fetch: { method: "GET", accept: "any", metadata: SCRIPT },
  fetchpost: { method: "POST", accept: "any", metadata: SCRIPT },
  xhr: { method: "GET", accept: "any", metadata: SCRIPT },
  beacon: { method: "POST", accept: "any", metadata: ["same-origin", "no-cors", "empty"] },
  sse: { method: "GET", accept: "text/event-stream", metadata: SCRIPT },
  prefetch: { method: "GET", accept: "html", metadata: ["same-origin", "no-cors", "empty"] },
  iframe: { method: "GET", accept: "html", metadata: ["same-origin", "navigate", "iframe"] },
  image: { method: "GET", accept: "image", metadata: ["same-origin", "no-cors", "image"] },
};

interface Engine {
  readonly userAgent: string;
  readonly html: string;
  readonly image: string;
  /** False if the engine never sends `Sec-Fetch-User`. */
  readonly sendsUser: boolean;
  /** True if a navigation preload has `Sec-Fetch-User`. */
  readonly preloadsWithUser: boolean;
  /** False if the engine knows no `<link rel="prefetch">`. */
  readonly prefetches: boolean;
  /** `Sec-Fetch-Mode` of a click behind a service worker. */
  readonly swclickMode: string;
}

const ENGINES: Readonly<Record<BrowserEngine, Engine>> = {
  chromium: {
    userAgent:
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
    html: "text/html,application/xhtml+xml,application/xml;q=0.9,image/jxl,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
    image: "image/jxl,image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
    sendsUser: true,
    preloadsWithUser: true,
    prefetches: true,
    swclickMode: "navigate",
  },
  firefox: {
    userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
    html: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    image: "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
    sendsUser: true,
    preloadsWithUser: false,
    prefetches: true,
    swclickMode: "same-origin",
  },
  webkit: {
    userAgent:
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/60.5 Safari/605.1.15",
    html: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    image: "image/webp,image/avif,video/*;q=0.8,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
    sendsUser: false,
    preloadsWithUser: false,
    prefetches: false,
    swclickMode: "navigate",
  },
};

/** All engines of the table. */
export const BROWSER_ENGINES = Object.freeze(Object.keys(ENGINES) as BrowserEngine[]);

/** All kinds of request in the table. */
export const REQUEST_KINDS = Object.freeze(Object.keys(KINDS) as RequestKind[]);

/** Returns the method of a kind of request. */
export function methodOf(kind: RequestKind): "GET" | "POST" {
  return KINDS[kind].method;
}

/** Returns true if an engine sends this kind of request. WebKit has no `<link rel="prefetch">`. */
export function sendsKind(engine: BrowserEngine, kind: RequestKind): boolean {
  return kind !== "prefetch" || ENGINES[engine].prefetches;
}

/**
 * Returns the headers that a browser sends, with names in lower case: `user-agent`, `accept`, and where the browser sends
 * them `origin`, `sec-purpose`, `service-worker-navigation-preload` and `sec-fetch-*`.
 *
 * @example
 * ```ts
 * // Safari shows a person's click without Sec-Fetch-User:
 * await request(app).get("/account").set(headersOf({ engine: "webkit", origin: "secure", kind: "click" }));
 * ```
 * @throws RangeError for a prefetch in WebKit, which sends none
 */
export function headersOf({ engine, origin, kind, site }: HeaderSetQuery): Readonly<Record<string, string>> {
  if (!sendsKind(engine, kind)) throw new RangeError(`${engine} sends no ${kind}; ask sendsKind() before.`);
  const { userAgent, html, image, swclickMode, ...sends } = ENGINES[engine];
  const { method, accept, metadata } = KINDS[kind];
  const headers: Record<string, string> = {
    "user-agent": userAgent,
    accept: { html, image, any: "*/*", "text/event-stream": accept }[accept],
  };
  if (method === "POST") {
    headers["origin"] = site ?? (origin === "secure" ? "https://app.example" : "http://intranet.example");
  }
  if (kind === "prefetch") headers["sec-purpose"] = "prefetch";
  if (origin === "plain") return headers;
  const [fetchSite, mode, dest, user] = metadata;
  headers["sec-fetch-site"] = fetchSite;
  headers["sec-fetch-mode"] = kind === "swclick" ? swclickMode : mode;
  headers["sec-fetch-dest"] = dest;
  const sendsUser = kind === "swpreload" ? sends.preloadsWithUser : sends.sendsUser;
  if (user !== undefined && sendsUser) headers["sec-fetch-user"] = user;
  if (kind === "swpreload") headers["service-worker-navigation-preload"] = "true";
  return headers;
}

/** Headers that programs send. A program's request counts as activity unless it has a browser's mark. */
export const PROGRAM_HEADERS: Readonly<
  Record<"curl" | "nodeFetch" | "nodeHttp" | "healthCheck", Readonly<Record<string, string>>>
> = Object.freeze({
  curl: { "user-agent": "curl/8.14.1", accept: "*/*" },
  /** `fetch` of Node, which is undici's. It claims a mode, but no site. */
  nodeFetch: { "user-agent": "node", accept: "*/*", "accept-language": "*", "sec-fetch-mode": "cors" },
  /** `http.get` of Node. */
  nodeHttp: {},
  /** The HTTP probe of Kubernetes. */
  healthCheck: { "user-agent": "kube-probe/1.34", accept: "*/*" },
});
