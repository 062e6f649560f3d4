import type { Request, Response } from "express";
import type { Session } from "express-session";
import { CurfewError } from "../errors.js";
import type { ActiveVerdict, SessionCore, Settings, UserStanding } from "../policy/index.js";
import type { State } from "../redis/state.js";
import type { CurfewStore } from "./session-store.js";

/** `response.end`, in all the ways in which it can be called. */
export type End = (this: Response, ...args: readonly unknown[]) => Response;

/** The session that this request's cookie names and that goes on. */
export interface LiveSession {
  readonly ref: string;
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
  live: LiveSession | null = null;
  /** The session's data as they were read; `null` for a session that is new. */
  loadedJson: string | null = null;
  /** What has been written of them and may or may not be stored yet; `null` if Redis is known to hold `loadedJson`. */
  unsettledJson: string | null = null;
  /** What was made of them, unless another session has begun since. */
  loaded: Session | null = null;
  /** Has express-session see the request after all, if it has gone without so far. */
  joinExpressSession: () => void = () => undefined;
  /** What ends an answer where something else than the loaded session may have to be stored. */
  sessionEnd: End | null = null;
  /** Whether the answer has been ended and waits for its session to be stored, its headers not sent yet. */
  isAnswerHeld = false;
  /** How long this request has waited for Redis before its handler ran, in milliseconds. */
  waitedMs = 0;
  /** The browser's token, once it has been read or given. */
  browserToken: string | null = null;
  /** The id that the next `generate` gives, chosen by a sign-in. */
  nextSessionId: string | null = null;

  constructor(
    readonly request: Request,
    readonly response: Response,
    readonly state: State,
    readonly store: CurfewStore,
    readonly cookies: CookieNames,
    /** Whether such a request shows that a person is there (rule Q18). */
    readonly countsAsActivity: (request: Request) => boolean,
  ) {}
}

/** The names of this package's two cookies on one connection. */
export interface CookieNames {
  readonly session: string;
  readonly browser: string;
  /** Whether the connection is HTTPS, as express-session's `proxy` option and Express's `trust proxy` see it. */
  readonly secure: boolean;
}

const CONTEXT = Symbol("express-curfew");

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
export function requireLive(request: Request): LiveSession & { readonly context: RequestContext } {
  const context = requireContext(request);
  if (context.live) return { ...context.live, context };
  if (request.curfew.state === "ended")
    throw new CurfewError("session_ended", "This session has ended; sign in again.", {
      reason: request.curfew.reason,
    });
  throw new CurfewError("not_signed_in", "Nobody is signed in on this request.");
}
