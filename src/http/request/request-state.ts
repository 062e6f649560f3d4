import type { EndReason, EvictedBy, SessionKind, WarningAction } from "../../policy/index.js";
import { estimatedNow } from "../../state/storage.js";
import type { CurrentSession, RequestContext } from "./context.js";

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

/** A state of any kind. */
export interface Arrival {
  /**
   * When the request arrived, in milliseconds since 1970 on the deciding clock. Pass it to `signIn` as
   * `authenticatedAt`. It is not enumerable, so JSON of the state does not have it.
   */
  readonly receivedAt: number;
}

/** Nobody is signed in on this request. */
export interface AnonymousState extends Arrival {
  readonly state: "anonymous";
}

/** Somebody is signed in. */
export interface ActiveState extends Arrival {
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
export interface EndedState extends Arrival {
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

/** Adds the request's arrival to its state. */
export function withArrival<State extends RequestCurfew>(
  context: RequestContext,
  state: Omit<State, "receivedAt">,
): State {
  const { receivedAt, arrivedAt, storage } = context;
  if (receivedAt !== null) return Object.defineProperty(state, "receivedAt", { value: receivedAt }) as State;
  // Redis has not answered this process yet. By the sign-in it has.
  const get = (): number => estimatedNow(storage, arrivedAt) ?? 0;
  return Object.defineProperty(state, "receivedAt", { get }) as State;
}

/** The state of a request that carries no session of anybody. */
export function anonymousState(context: RequestContext): AnonymousState {
  return withArrival(context, { state: "anonymous" });
}

/** Describes a session that goes on. */
export function activeState(context: RequestContext, live: CurrentSession): ActiveState {
  const { ref, record, verdict, now, settingsVersion } = live;
  return withArrival<ActiveState>(context, {
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
  });
}

/** Describes a session that is over. */
export function endedState(
  context: RequestContext,
  ended: Omit<EndedState, "state" | "receivedAt">,
): EndedState {
  return withArrival<EndedState>(context, { state: "ended", ...ended });
}

/** The state of a request in which its session was signed out of. */
export function signedOutState(context: RequestContext, now: number): EndedState {
  return endedState(context, { reason: "signed_out", by: null, endedAt: now, checkedAt: now });
}
