import type { Request, Response } from "express";
import { CurfewError } from "../../errors.js";
import type {
  ActiveVerdict,
  ActivityMarks,
  SessionCore,
  Settings,
  UserStanding,
} from "../../policy/index.js";
import type { ShownSecret } from "../../state/sessions/record-secrets.js";
import { estimatedNow, type Storage } from "../../state/storage.js";
import type { CurfewStore } from "../session/curfew-store.js";
import type { CookieSigner } from "../session/signed-cookie.js";

/** A session's data as text, and whose they are. */
export interface StoredText {
  readonly id: string;
  readonly json: string;
}

/** `response.end`, in all the ways in which it can be called. */
export type End = (this: Response, ...args: readonly unknown[]) => Response;

/** The session that this request's cookie names and that goes on. */
export interface CurrentSession {
  readonly ref: string;
  /** The hash of the secret that this request shows, and which of the session's secrets that is. */
  readonly secretHash: string;
  readonly shown: ShownSecret;
  /** The user's other sessions of the same browser (rule M10). */
  readonly twins: readonly { readonly ref: string }[];
  readonly record: SessionCore;
  readonly standing: UserStanding;
  readonly verdict: ActiveVerdict;
  /** The settings and the time of the verdict. */
  readonly settings: Settings;
  readonly settingsVersion: number;
  readonly now: number;
}

/**
 * What the middleware keeps of a request, beside what the app sees as `req.curfew`.
 *
 * A class, not an object literal: V8 notes for each literal whether its objects live long, makes them in the
 * old generation once it thinks so, and a context there would keep its whole request until the next full
 * collection.
 */
export class RequestContext {
  live: CurrentSession | null = null;
  /** Text that Redis holds of this request's session; `null` until the session is stored. */
  stored: StoredText | null = null;
  /** The session as it was loaded, or as its sign-in began it; `null` if there was none. */
  loaded: StoredText | null = null;
  /** The user of `loaded`; `null` for an anonymous session. */
  loadedUserId: string | null = null;
  /** What has been written since, and may or may not have arrived; `null` if nothing is under way. */
  unsettledJson: string | null = null;
  /** The id under which the request began, or went on after a sign-in: another is a session that the app has begun. */
  ownId: string | null = null;
  /** The id in the cookie that the browser sent, if it is well signed. */
  cookieId: string | null = null;
  /** Ref of the browser's session before, if it has ended with a reason to tell; a stranger's id carries it (rule M5). */
  endedRef: string | null = null;
  /** True if the browser is sent a stranger's cookie in place of its ended session's, even if nothing is stored. */
  replacesCookie = false;
  /** Whether the browser has to be sent the cookie of its own session once more. */
  renewsCookie = false;
  /** True if the browser may hold a newer cookie. Then this response sets no session cookie. */
  keepsCookie = false;
  /** Whether the cookie is looked after when the headers go out. */
  watchesHeaders = false;
  /** Whether the answer has been ended and waits for its session to be stored, its headers not sent yet. */
  isAnswerHeld = false;
  /** True if the session has ended and Redis has refused to record that. */
  isEndUnrecorded = false;
  /** How long this request has waited for Redis before its handler ran, in milliseconds. */
  waitedMs = 0;
  /** When the request arrived, by `performance.now()`. */
  readonly arrivedAt = performance.now();
  /** When the request arrived, on the deciding clock; `null` before Redis's first reply. */
  readonly receivedAt: number | null;
  /** The browser's token, once it has been read or given. */
  browserToken: string | null = null;

  constructor(
    readonly request: Request,
    readonly response: Response,
    readonly storage: Storage,
    readonly store: CurfewStore,
    readonly signer: CookieSigner,
    readonly cookies: CookieNames,
    /** Decides if a request shows the activity of a session's person (rules M1 to M4). */
    readonly countsAsActivity: (request: Request, marks: ActivityMarks) => boolean,
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
  /** Whether the connection is HTTPS, as express-session's `proxy` option and Express's `trust proxy` see it. */
  readonly secure: boolean;
}

/** Of the global registry, so that every build of this package in the process finds the context. */
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

/** The context, if `curfew.session()` has seen this request. */
export function findContext(request: Request): RequestContext | undefined {
  return (request as WithContext)[CONTEXT];
}

/** @throws CurfewError `session_ended` or `not_signed_in` unless somebody is signed in */
export function requireCurrent(request: Request): CurrentSession & { readonly context: RequestContext } {
  const context = requireContext(request);
  // Read first: with passport, this read may find that the user is gone, and end the session.
  const { curfew } = request;
  if (context.live) return { ...context.live, context };
  if (curfew.state === "ended")
    throw new CurfewError("session_ended", "This session has ended; sign in again.", {
      reason: curfew.reason,
    });
  throw new CurfewError("not_signed_in", "Nobody is signed in on this request.");
}
