import type { Request, RequestHandler } from "express";
import type { CookieOptions } from "express-session";
import { type CurfewError, invalidOption } from "../../errors.js";
import type { Agent } from "../../policy/index.js";
import type { Storage } from "../../state/storage.js";
import { forbidStorage, isExpress } from "../request/answers.js";
import { findContext, RequestContext, setContext, type CookieNames } from "../request/context.js";
import { browserToken } from "./browser-token.js";
import { beginRequest } from "./begin-request.js";
import { anonymousState } from "../request/request-state.js";
import { CurfewStore } from "./curfew-store.js";
import type { ActivityRule } from "./request-activity.js";
import { BROWSER_COOKIES, parseSessionOptions, type CurfewSessionOptions } from "./session-options.js";
import { isSecureHandshake } from "./handshake.js";
import { endedAnswerer } from "./answer-ended.js";
import { isRefresh, isPath, isUnder, pathOf, pathOfUrl } from "../request/request-path.js";
import { shareShape } from "./shared-shape.js";
import { plainCookie } from "./session-cookie.js";
import { CookieSigner } from "../request/signed-cookie.js";
import { TakeOver } from "./take-over.js";
import { parseTakeOver } from "./take-over-options.js";

/** Other things that the middleware needs. */
export interface MiddlewareDependencies {
  readonly storage: Storage;
  readonly loginUrl: string;
  readonly routesPath: string;
  readonly countsAsActivity: ActivityRule;
  readonly describeAgent: (userAgent: string | undefined) => Agent;
}

const SHORT_SECRET = 32;

/** express-session with enforcement, as one middleware. */
export function createSessionMiddleware(
  dependencies: MiddlewareDependencies,
  options: CurfewSessionOptions,
): RequestHandler {
  const { secrets, cookie } = parseSessionOptions(options);
  const { storage, routesPath, countsAsActivity } = dependencies;
  // Requests of the browser script itself are not activity. The script reports activity explicitly.
  const counts: ActivityRule = (request, marks) =>
    !isUnder(pathOf(request), routesPath) && !isRefresh(request) && countsAsActivity(request, marks);
  warnOfShortSecrets(storage, "session", secrets);
  const signer = new CookieSigner(secrets);
  const secureNow = (request: Request): boolean =>
    isExpress(request) || options.proxy === false
      ? isSecure(request, options.proxy)
      : isSecureHandshake(request, handshakeNames, storage.events);
  const store = new CurfewStore(storage, (request) =>
    plainCookie({
      ...cookie,
      secure: cookie.secure === "auto" ? isSecure(request, options.proxy) : cookie.secure,
    }),
  );
  const namesFor = cookieNames(options, cookie);
  const handshakeNames = { plain: namesFor(false).session, secure: namesFor(true).session };
  const optional = {
    takeOver: takeOverFor(options, secrets, dependencies),
    answerEnded: endedAnswerer(options.answerEnded, dependencies),
  };
  const loginPath = pathOfUrl(dependencies.loginUrl);
  const everyPath = cookie.path === "/";
  const { strippedPrefix = "" } = options;

  return function curfewSession(request, response, next) {
    const earlier = findContext(request);
    if (earlier?.storage === storage) {
      next();
      return;
    }
    // The session of another curfew, or none for good: passing on would mean guarding nothing.
    if (earlier || (request.session as unknown) !== undefined) {
      next(otherSession(earlier ? "another curfew" : "another session middleware"));
      return;
    }
    if (isExpress(request)) shareShape(request, response);
    const names = namesFor(secureNow(request));
    const context = new RequestContext(
      request,
      response,
      storage,
      store,
      signer,
      names,
      counts,
      strippedPrefix,
    );
    context.endsOnUnset = options.unset === "destroy";
    setContext(request, context);
    request.curfew = anonymousState(context);
    if (isPath(pathOf(request), loginPath) && isExpress(request)) {
      // The login page carries a token of this browser alone, so no cache may hand it to another.
      forbidStorage(response);
      browserToken(context);
    }
    // As express-session decides it, where a cookie is for one path only.
    if (!everyPath && !(strippedPrefix + originalPathOf(request)).startsWith(cookie.path ?? "/")) next();
    else beginRequest(context, next, optional);
  };
}

/** Warns of secrets that can be guessed. @param by - the function whose option they are */
export function warnOfShortSecrets({ events }: Storage, by: string, secrets: readonly string[]): void {
  if (secrets.some((secret) => secret.length < SHORT_SECRET))
    events.warn("weak_secret", `${by}.secret is shorter than 32 characters; use a longer random one.`);
}

/** Opens the takeover of old sessions. It holds for all of this curfew, so that revocations know of it. */
function takeOverFor(
  { takeOver }: CurfewSessionOptions,
  secrets: readonly string[],
  { storage, describeAgent }: MiddlewareDependencies,
): TakeOver | null {
  if (takeOver === undefined) return null;
  const parsed = parseTakeOver(takeOver, secrets, storage);
  storage.old.source = parsed.source;
  return new TakeOver(storage, parsed, describeAgent);
}

function otherSession(other: string): CurfewError {
  return invalidOption(
    "session",
    `can't guard a request that ${other} has seen before; mount curfew.session() in its place or beside it, not behind it`,
  );
}

const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i;

/**
 * Returns the path that the browser requested, before any change by the app. A proxy may send it as an absolute URL.
 */
function originalPathOf({
  originalUrl,
  url,
}: {
  readonly originalUrl?: string;
  readonly url: string;
}): string {
  return (originalUrl ?? url).replace(ORIGIN, "");
}

function cookieNames(options: CurfewSessionOptions, cookie: CookieOptions): (secure: boolean) => CookieNames {
  // A __Host- cookie must be Secure, for the whole site and for this host alone (RFC 6265bis, 4.1.3.2).
  const hostOnly = cookie.path === "/" && cookie.domain === undefined && cookie.secure !== false;
  const prefix = hostOnly ? "__Host-" : "";
  const plain: CookieNames = {
    session: options.name ?? "curfew.sid",
    browser: BROWSER_COOKIES.plain,
    secure: false,
  };
  const secure: CookieNames = {
    session: options.name ?? `${prefix}curfew.sid`,
    browser: BROWSER_COOKIES.secure,
    secure: true,
  };
  return (isSecureNow) => (isSecureNow ? secure : plain);
}

/** Returns the same decision as express-session, so that both agree. */
function isSecure(request: Request, proxy: boolean | undefined): boolean {
  if ((request.socket as { encrypted?: boolean }).encrypted) return true;
  if (proxy === false) return false;
  if (proxy === undefined) return request.secure;
  const [first = ""] = String(request.headers["x-forwarded-proto"] ?? "").split(",");
  return first.toLowerCase().trim() === "https";
}
