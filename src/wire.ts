/** Types of the answers that travel between `curfew.routes()` and the browser script. */
import type { DeviceClass, EndReason, SessionKind, WarningAction } from "./policy/index.js";

/** Description of a living session. It has durations only, because a browser's clock may be wrong. */
export interface Status {
  readonly state: "active";
  /** The nearer deadline. */
  readonly limit: "absolute" | "idle";
  readonly remainingMs: number;
  /** Time before the end at which the warning opens. */
  readonly warnMs: number;
  /** `null` while inactivity does not end the session. */
  readonly idleRemainingMs: number | null;
  readonly absoluteRemainingMs: number;
  /** The offer of the warning. `sign_in`: only a new sign-in helps, on the login page. */
  readonly action: WarningAction;
  /** Time that the warning's button adds. */
  readonly extendMs: number;
  /** The place to sign in again: `POST /reauth`, or the login page where the app has no `verify`. */
  readonly reauthentication: "in_place" | "login_page";
  readonly persistent: boolean;
  /** Tells one session from another in the same browser. It is neither a secret nor an id. */
  readonly sessionTag: string;
  /** Tells one user from another in the same browser. */
  readonly userTag: string;
  readonly configVersion: number;
}

/** The newer sign-in that evicted a session. */
export interface EvictedByAnswer {
  readonly device: string | null;
  readonly place: string | null;
  readonly agoMs: number;
}

/** The 401 answer about a session that has ended. */
export interface EndedAnswer {
  readonly error: "session_ended";
  readonly reason: EndReason;
  /** The login page, with the reason. */
  readonly loginUrl: string;
  readonly by?: EvictedByAnswer;
}

/** Data of the event `ended` of `GET /events`. The event's id is the same at each process. */
export type EndedEvent = Pick<EndedAnswer, "reason" | "by">;

/** Data of the event `settings` of `GET /events`: the version of the settings in force. */
export interface SettingsEvent {
  readonly version: number;
}

/** A living session, as lists and pages show it. Times are milliseconds since 1970. */
export interface SessionDescription {
  /** Public handle of the session, for `DELETE /sessions/:ref`. It opens nothing, and it is not the id in the cookie. */
  readonly ref: string;
  readonly kind: SessionKind;
  readonly browser: string | null;
  readonly operatingSystem: string | null;
  /** Class of the browser's device, fixed at the sign-in; `null` in sessions of another kind than `browser`. */
  readonly deviceClass: DeviceClass | null;
  readonly ip: string | null;
  readonly city: string | null;
  readonly state: string | null;
  readonly country: string | null;
  readonly credentialsType: string | null;
  readonly signedInAt: number;
  readonly lastActivityAt: number;
  /** Time at which the session ends with the current settings: the nearest of its deadlines (rule R8). */
  readonly expiresAt: number;
  /** Deadline that `expiresAt` is: of inactivity, or of the time since the sign-in, with extensions. */
  readonly limit: "absolute" | "idle";
  readonly extendedAt: number | null;
  readonly extendedCount: number;
  readonly persistent: boolean;
  /** User id of the administrator who is signed in as this user (`kind: "sudo"`); `null` for all other sessions. */
  readonly sudoUserId: string | null;
}

/** A living session, with its user and its labels. */
export interface SessionView extends SessionDescription {
  readonly userId: string;
  /** Deadline that counts from the sign-in, with extensions. */
  readonly absoluteEndsAt: number;
  /** Deadline of inactivity; `null` while inactivity does not end the session. */
  readonly idleEndsAt: number | null;
  /** Labels that the app gave at the sign-in or with `sessions.update`. */
  readonly tenant: string | null;
  readonly roles: readonly string[];
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** One of a user's sessions, for the user. */
export interface SessionRow extends SessionDescription {
  /** True for the session that asks. */
  readonly isCurrent: boolean;
}

/** The answer of `GET /sessions`. */
export interface SessionsAnswer {
  readonly sessions: readonly SessionRow[];
}

/** The answer of `POST /sessions/revoke-others`. */
export interface RevokedAnswer {
  /** Number of listed sessions that ended. */
  readonly revoked: number;
}

/** A key for a user's drafts in one browser. */
export interface DraftKey {
  /** Names the secret that the key comes from. */
  readonly kid: string;
  /** 32 bytes for AES-GCM, in base64url. */
  readonly key: string;
  /** Names the user in the browser's storage. It is neither a secret nor an id. */
  readonly tag: string;
}

/** The answer of `GET /draft-key`. */
export interface DraftKeysAnswer {
  /** Tags as in {@link Status}. */
  readonly sessionTag: string;
  readonly userTag: string;
  /** One key for each accepted cookie secret. The first one seals; the others open older drafts. */
  readonly keys: readonly DraftKey[];
}
