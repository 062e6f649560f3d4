import type { Request, Response } from "express";
import type { Cookie, CookieOptions, SessionData } from "express-session";
import { CurfewError } from "../../errors.js";
import type {
  ActiveVerdict,
  ActivityMarks,
  SessionCore,
  EffectiveSettings,
  UserStanding,
} from "../../policy/index.js";
import { signedInId, type DerivedIds } from "../../state/session-id.js";
import type { OldTexts } from "../../state/old-source.js";
import type { JudgedAdministrator } from "../../state/sessions/administrator.js";
import type { ShownSecret } from "../../state/sessions/record-secrets.js";
import { estimatedNow, type Storage } from "../../state/storage.js";
import type { CookieSigner } from "./signed-cookie.js";

const NO_OLD: readonly DerivedIds[] = [];
const NO_IDS: readonly string[] = [];
const NO_COOKIES: readonly SessionCookieValue[] = [];

/** A session's data as text, and whose they are. */
export interface StoredText {
  readonly id: string;
  readonly json: string;
}

/** A well-signed session cookie of a request. */
export interface SessionCookieValue {
  readonly value: string;
  readonly sessionId: string;
  /** True if the answer with this cookie led to another page, which can name the evicting device. */
  readonly isUntold: boolean;
}

/** `response.end`, in all the ways in which it can be called. */
export type End = (this: Response, ...args: readonly unknown[]) => Response;

/** The living session that this request's cookie names. */
export interface CurrentSession {
  readonly ref: string;
  /** The tag of its user. */
  readonly tag: string;
  /** The hash of the secret that this request shows, and which of the session's secrets that is. */
  readonly secretHash: string;
  readonly shown: ShownSecret;
  /** True if a late answer may overwrite the cookie that the request shows (rule M15). */
  readonly mayBeOverwritten: boolean;
  /** The user's other sessions of the same browser (rule M10). */
  readonly twins: readonly { readonly ref: string }[];
  readonly record: SessionCore;
  readonly standing: UserStanding;
  readonly verdict: ActiveVerdict;
  /** The administrator's own session, if this is a sudo session. */
  readonly administrator: JudgedAdministrator | null;
  /** The settings and the time of the verdict. */
  readonly settings: EffectiveSettings;
  readonly settingsVersion: number;
  readonly now: number;
}

/** The cookie of an anonymous session; `data` are its attributes. */
export type PlainCookie = Cookie & { readonly data: CookieOptions };

/** The store of a request's session, with the steps that put a session on the request. */
export interface RequestStore {
  /** True unless a `disconnect` event was the last report. */
  readonly isConnected: boolean;
  /** Makes the cookie of a session that begins on a request. */
  cookieFor(request: Request): PlainCookie;
  /** Begins an empty session under a new anonymous id. */
  generate(request: Request): void;
  /** Makes stored data the request's session. */
  createSession(request: Request, data: SessionData): unknown;
  /** Continues the request's session under a new id, with its present data. */
  renew(context: RequestContext, sessionId: string, data: Record<string, unknown>): void;
  /** Puts a stored session of these data in place of the request's. */
  replace(context: RequestContext, sessionId: string, data: Record<string, unknown>): void;
}

/**
 * The middleware's data about a request, in addition to `req.curfew`.
 *
 * A class, not an object literal: V8 counts how long the objects of each literal live. It allocates long-lived
 * objects in the old generation. A context there would keep its whole request until the next full collection.
 */
export class RequestContext {
  live: CurrentSession | null = null;
  /** Text that Redis holds of this request's session; `null` until the session is stored. */
  stored: StoredText | null = null;
  /** The session as it was loaded, or as its sign-in began it; `null` if there was none. */
  loaded: StoredText | null = null;
  /** The user of `loaded`; `null` for an anonymous session. */
  loadedUserId: string | null = null;
  /** JSON sent to Redis whose reply is pending; `null` if no write is pending. */
  unsettledJson: string | null = null;
  /**
   * Id under which the request began, or continued after a sign-in. A different id means a session that the
   * app began.
   */
  ownId: string | null = null;
  /** The well-signed session cookies that the browser sent. */
  sent: readonly SessionCookieValue[] = NO_COOKIES;
  /** The id in the cookie that counts; `null` without a well-signed cookie. */
  cookieId: string | null = null;
  /** Ref of the browser's session before, if it has ended with a reason to tell; a visitor's id carries it (rule M5). */
  endedRef: string | null = null;
  /** True if the cookie says that no page has named the evicting device yet (rule M5). */
  isUntold = false;
  /** True if the browser is sent a visitor's cookie in place of its ended session's, even if nothing is stored. */
  replacesCookie = false;
  /** True if the browser must receive the cookie of its own session again. */
  renewsCookie = false;
  /** True if that cookie has been found to be the browser's latest at the end of the answer (rule M15). */
  isRenewalChecked = false;
  /** True if Redis knows nothing of the session that the cookie names. The next page takes the cookie back (rule M20). */
  isUnknown = false;
  /** True if the browser may hold a newer cookie. Then this response sets no session cookie. */
  keepsCookie = false;
  /** True if this request's own sign-in has replaced the cookie that the browser sent (rule M15). */
  hasReplacedCookie = false;
  /** True if the session ends where the app sets `req.session` to `null` (rule M16). */
  endsOnUnset = false;
  /** True if the cookie is checked when the headers are sent. */
  watchesHeaders = false;
  /** True for a page in a frame of another site, which leads to no login page. */
  isEmbedded = false;
  /** True if the session has been stored before the end of a long answer, which stores nothing. */
  isSettled = false;
  /** True if the session had ended when its data were to be stored, so that nothing was stored. */
  isSessionGone = false;
  /** True if the session has ended and Redis has refused to record that. */
  isEndUnrecorded = false;
  /** Time at which the request arrived, by `performance.now()`. */
  readonly arrivedAt = performance.now();
  /** Time at which the verdict on the request's session was there, by `performance.now()`. */
  judgedAt = this.arrivedAt;
  /** Time at which the request arrived, on the deciding clock; `null` before Redis's first reply. */
  readonly receivedAt: number | null;
  /** The old sessions that the request's cookies of express-session name, and their texts (rule M44). */
  old: readonly DerivedIds[] = NO_OLD;
  oldTexts: OldTexts | null = null;
  /** The browser's token, once it has been read or given. */
  browserToken: string | null = null;

  constructor(
    readonly request: Request,
    readonly response: Response,
    readonly storage: Storage,
    readonly store: RequestStore,
    readonly signer: CookieSigner,
    readonly cookies: CookieNames,
    /** Decides if a request shows the activity of a session's person (rules M1 to M4). */
    readonly countsAsActivity: (request: Request, marks: ActivityMarks) => boolean,
    /** Path that a proxy removes from the addresses of requests (rule M42). */
    readonly strippedPrefix: string,
  ) {
    this.receivedAt = estimatedNow(storage, this.arrivedAt);
  }
}

/** Notes that Redis holds the request's session as it is now, and whose it is. */
export function noteLoaded(context: RequestContext): void {
  const { stored, live } = context;
  context.loaded = stored;
  context.loadedUserId = live === null ? null : live.record.userId;
}

/** The names of this package's two cookies on one connection. */
export interface CookieNames {
  readonly session: string;
  readonly browser: string;
  /** True if the connection is HTTPS, by express-session's `proxy` option and Express's `trust proxy`. */
  readonly secure: boolean;
}

/** A symbol of the global registry, so that every build of this package in the process finds the context. */
const CONTEXT = Symbol.for("express-curfew.context");

interface WithContext {
  [CONTEXT]?: RequestContext;
}

/** Attaches the context to its request. */
export function setContext(request: Request, context: RequestContext): void {
  (request as WithContext)[CONTEXT] = context;
}

/** @throws CurfewError `session_middleware_missing` if `curfew.session()` has not seen this request */
export function requireContext(request: Request): RequestContext {
  const context = (request as WithContext | undefined)?.[CONTEXT];
  if (context) return context;
  throw new CurfewError(
    "session_middleware_missing",
    "curfew.session() has not seen this request; mount it with app.use(curfew.session({ secret })) before this route.",
  );
}

/** Returns the ids of the sessions of express-session that this request's cookies name. */
export function oldIdsOf({ old, request, live }: RequestContext): readonly string[] {
  const oldId = live === null ? null : (signedInId(request.sessionID)?.oldId ?? null);
  if (old.length === 0 && oldId === null) return NO_IDS;
  const ids = old.map((each) => each.oldId);
  return oldId === null || ids.includes(oldId) ? ids : [...ids, oldId];
}

/** The context, if `curfew.session()` has seen this request. */
export function findContext(request: Request): RequestContext | undefined {
  return (request as WithContext)[CONTEXT];
}

/** Returns the address by which the browser knows a path of this app, behind a proxy that removes a prefix (rule M42). */
export function addressForBrowser(request: Request, path: string): string {
  return (findContext(request)?.strippedPrefix ?? "") + path;
}

/** Returns the request's session. @throws CurfewError `session_ended` or `not_signed_in` if there is none */
export function requireCurrent(request: Request): CurrentSession & { readonly context: RequestContext } {
  const context = requireContext(request);
  // Read first: with passport, this read may find that the user is gone, and end the session.
  const { curfew } = request;
  if (context.live) return { ...context.live, context };
  if (curfew.state === "ended")
    throw new CurfewError("session_ended", "This session has ended; sign in again.", {
      reason: curfew.reason,
    });
  throw new CurfewError("not_signed_in", "No user is signed in on this request.");
}
