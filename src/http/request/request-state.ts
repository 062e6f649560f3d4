import type { EndReason, EvictedBy, SessionKind, WarningAction } from "../../policy/index.js";
import type { CurrentSession } from "./context.js";

/** The session of this request, as the app sees it. Times are milliseconds since 1970 on the deciding clock. */
export interface ActiveSession {
  /** Its public handle, as lists and APIs use it. The id in the cookie appears nowhere. */
  readonly ref: string;
  readonly userId: string;
  readonly kind: SessionKind;
  /** When the user last authenticated for it. */
  readonly signedInAt: number;
  readonly lastActivityAt: number;
  /** When it ends as things stand, whichever deadline is nearest. */
  readonly expiresAt: number;
  /** How often it has been extended since it began. */
  readonly extendedCount: number;
  /** Whether it outlives the browser, now. */
  readonly persistent: boolean;
}

/** Nobody is signed in on this request. */
export interface AnonymousState {
  readonly state: "anonymous";
}

/** Somebody is signed in. */
export interface ActiveState {
  readonly state: "active";
  readonly session: ActiveSession;
  /** How long the session lives as things stand, in milliseconds. */
  readonly remainingMs: number;
  /** Which deadline is nearer. */
  readonly limit: "absolute" | "idle";
  readonly absoluteRemainingMs: number;
  /** `null` while inactivity does not end this session. */
  readonly idleRemainingMs: number | null;
  /** What a warning would offer. */
  readonly action: WarningAction;
  /** The settings in force. */
  readonly settingsVersion: number;
}

/** The browser holds the cookie of a session that is over. To the app it is as good as anonymous. */
export interface EndedState {
  readonly state: "ended";
  readonly reason: EndReason;
  /** The newer sign-in, where `reason` is `evicted` and it is known. */
  readonly by: EvictedBy | null;
  /** When it ended. */
  readonly endedAt: number;
  /** The time of this request on the deciding clock, to tell how long ago that was. */
  readonly checkedAt: number;
}

/** `req.curfew`: what has been decided about this request's session. */
export type RequestCurfew = AnonymousState | ActiveState | EndedState;

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- how Express's request is extended
  namespace Express {
    interface Request {
      /** What express-curfew has decided about this request's session. Set by `curfew.session()`. */
      curfew: RequestCurfew;
    }
  }
}

/** The state of a request that carries no session of anybody. */
export const ANONYMOUS: AnonymousState = Object.freeze({ state: "anonymous" });

/** Describes a session that goes on. */
export function activeState(live: CurrentSession): ActiveState {
  const { ref, record, verdict, now, settingsVersion } = live;
  return {
    state: "active",
    session: {
      ref,
      userId: record.userId,
      kind: record.kind,
      signedInAt: record.signedInAt,
      lastActivityAt: record.lastActivityAt,
      expiresAt: verdict.endsAt,
      extendedCount: record.extendedCount,
      persistent: verdict.persistent,
    },
    remainingMs: verdict.endsAt - now,
    limit: verdict.limit,
    absoluteRemainingMs: verdict.absoluteEndsAt - now,
    idleRemainingMs: verdict.idleEndsAt === null ? null : verdict.idleEndsAt - now,
    action: verdict.action,
    settingsVersion,
  };
}

/** The state of a request in which its session was signed out of. */
export function signedOutState(now: number): EndedState {
  return { state: "ended", reason: "signed_out", by: null, endedAt: now, checkedAt: now };
}
