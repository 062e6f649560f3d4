import type { EndReason, EvictedBy, SessionKind, WarningAction } from "../../policy/index.js";
import { estimatedNow } from "../../state/storage.js";
import type { CurrentSession, RequestContext } from "./context.js";

/** The session of this request, as the app sees it. Times are milliseconds since 1970 on the deciding clock. */
export interface ActiveSession {
  /** Public handle of the session, for lists and APIs. The id in the cookie appears in no list. */
  readonly ref: string;
  readonly userId: string;
  readonly kind: SessionKind;
  /** Time of the user's last authentication; 0 if unknown: after `session({ takeOver })`, and in a sudo session. */
  readonly signedInAt: number;
  readonly lastActivityAt: number;
  /** Time at which the session ends with the current settings: the nearest deadline. */
  readonly expiresAt: number;
  /** Number of extensions since the session began. */
  readonly extendedCount: number;
  /** True if the session survives the end of the browser, with the current settings. */
  readonly persistent: boolean;
  /** User id of the administrator who is signed in as this user (`kind: "sudo"`); `null` for all other sessions. */
  readonly sudoUserId: string | null;
  /** Labels of the session, from the sign-in or `sessions.update`. */
  readonly tenant: string | null;
  readonly roles: readonly string[];
}

/** A state of any kind. */
export interface Arrival {
  /**
   * Time at which the request arrived, in milliseconds since 1970 on the deciding clock. Pass it to `signIn` as
   * `authenticatedAt`. It is 0 before Redis's first reply to this process; `signIn` then asks Redis. The property is not
   * enumerable, so JSON of the state leaves it out.
   */
  readonly receivedAt: number;
}

/** State of a request without a signed-in user. */
export interface AnonymousState extends Arrival {
  readonly state: "anonymous";
}

/** State of a request with a signed-in user. */
export interface ActiveState extends Arrival {
  readonly state: "active";
  readonly session: ActiveSession;
  /** Time until the session ends with the current settings, in milliseconds. */
  readonly remainingMs: number;
  /** Limit whose deadline is nearer. */
  readonly limit: "absolute" | "idle";
  readonly absoluteRemainingMs: number;
  /** `null` while inactivity does not end this session. */
  readonly idleRemainingMs: number | null;
  /** Action that a warning offers. */
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
  /** Time at which the session ended, in milliseconds since 1970. */
  readonly endedAt: number;
  /** The time of this request in milliseconds since 1970, on the clock of `endedAt`, to tell how long ago that was. */
  readonly checkedAt: number;
}

/** `req.curfew`: the decision about this request's session. */
export type RequestCurfew = AnonymousState | ActiveState | EndedState;

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- how Express's request is extended
  namespace Express {
    interface Request {
      /** The decision of express-curfew about this request's session. Set by `curfew.session()`. */
      curfew: RequestCurfew;
    }
  }
}

/** Adds the request's arrival to its state. */
function withArrival<State extends RequestCurfew>(
  context: RequestContext,
  state: Omit<State, "receivedAt">,
): State {
  const { receivedAt, arrivedAt, storage } = context;
  if (receivedAt !== null) return Object.defineProperty(state, "receivedAt", { value: receivedAt }) as State;
  // Redis has not answered this process yet.
  const get = (): number => estimatedNow(storage, arrivedAt) ?? 0;
  return Object.defineProperty(state, "receivedAt", { get }) as State;
}

/** Returns the state of a request without a signed-in session. */
export function anonymousState(context: RequestContext): AnonymousState {
  return withArrival(context, { state: "anonymous" });
}

/** Returns the state of a living session. */
export function activeState(context: RequestContext, live: CurrentSession): ActiveState {
  const { ref, record, verdict, now, settingsVersion } = live;
  return withArrival<ActiveState>(context, {
    state: "active",
    session: {
      ref,
      userId: record.userId,
      kind: record.kind,
      signedInAt: record.isAuthenticationKnown ? record.signedInAt : 0,
      lastActivityAt: record.lastActivityAt,
      expiresAt: verdict.endsAt,
      extendedCount: record.extendedCount,
      persistent: verdict.persistent,
      sudoUserId: record.administrator?.userId ?? null,
      tenant: record.tenant,
      roles: record.roles,
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
