import type { ActivityMarks } from "./activity.js";
import type { DeviceClass } from "./device-class.js";

/** All kinds of session. */
export const SESSION_KINDS = ["browser", "api", "embed", "sudo"] as const;

/**
 * The user of a session: a person's browser, a program, a page embedded in another site (rules N13, C6, Q25), or an
 * administrator who is signed in as the person (rules U1 to U7).
 */
export type SessionKind = (typeof SESSION_KINDS)[number];

/** All reasons of an end. Records, responses, events and pages use the same words. */
export const END_REASONS = [
  "idle",
  "absolute",
  "evicted",
  "revoked",
  "revoked_by_admin",
  "signed_out",
  "unknown",
] as const;

/**
 * The reason of an end: `idle` (no activity), `absolute` (its time was up), `evicted` (a newer sign-in), `revoked` (by
 * its user), `revoked_by_admin`, `signed_out`, `unknown` (its record is missing or unreadable).
 */
export type EndReason = (typeof END_REASONS)[number];

/** The sign-in that evicted a session, described so that the evicted user can recognize it (rule W16). */
export interface EvictedBy {
  /** Browser and system, such as `Chrome on Windows`; `null` if unknown. */
  readonly device: string | null;
  /** City and country; `null` if locations are not tracked. */
  readonly place: string | null;
  /** Time of the sign-in, in milliseconds since 1970. */
  readonly at: number;
}

/** Browser and system, from the User-Agent header. */
export interface Agent {
  readonly browser: string | null;
  readonly operatingSystem: string | null;
}

/** The place of an IP address, from the app's `locate` function. */
export interface Place {
  readonly city: string | null;
  readonly state: string | null;
  readonly country: string | null;
}

/** The facts for the rules. All times are milliseconds since 1970 on the deciding clock. */
export interface SessionFacts {
  readonly kind: SessionKind;
  /**
   * Number of the sign-in. A user's later sign-ins have higher numbers. A number is the time in milliseconds since
   * 1970, or one more than the user's last number, so it is also an approximate time.
   */
  readonly number: number;
  /** Time of the last authentication for this session. The absolute window starts here. */
  readonly signedInAt: number;
  /** The session's own absolute end, set at sign-in. Only extensions move it (rules A6, Q12). */
  readonly expiresAt: number;
  readonly lastActivityAt: number;
  readonly extendedAt: number | null;
  readonly extendedCount: number;
  /** The app's own limit for this session, which nothing passes (rule M9); `null` without a limit. */
  readonly ceilingAt: number | null;
  /** True if the user asked to stay logged in and the settings allowed it (rule Q17). */
  readonly persistent: boolean;
  /** The recorded end; `null` if no end is recorded. */
  readonly end: SessionEnd | null;
}

/** The recorded end of a session. */
export interface SessionEnd {
  readonly reason: EndReason;
  readonly at: number;
  readonly by: EvictedBy | null;
  /** Ref of the session that evicted this session. Its place is readable while it lives. */
  readonly byRef?: string | null;
}

/** The end of many that a session is part of. */
export interface GroupEnding {
  readonly reason: EndReason;
  readonly at: number;
  readonly actor: string | null;
}

/** The facts about one of a user's sessions: from the user's key, and from ends of many sessions. */
export interface UserStanding {
  /** Sessions with a lower number were revoked together, except `sparedNumber`. */
  readonly floor: number;
  readonly floorReason: EndReason;
  readonly floorAt: number;
  readonly sparedNumber: number | null;
  /** Sessions of this kind with a lower number were evicted: browsers by newer browsers, others by newer others. */
  readonly evictedBelow: number;
  /** Number of other browsers that signed in later and still count as signed in; 0 if too few to reach a limit. */
  readonly newerBrowsers: number;
  /** Class of the browser's device; `null` while no class has a limit, and without a place in the user's order. */
  readonly deviceClass: DeviceClass | null;
  /** Number of those newer browsers whose device has the same class. */
  readonly newerOfClass: number;
  /** False if a browser session has no place in its user's order: a limit has taken it. */
  readonly hasPlace: boolean;
  /** Number of the user's latest sign-in, which is also its approximate time. */
  readonly latestNumber: number;
  /** Time at which other sign-ins of the same browser took this session's place; `null` if they did not (rule M10). */
  readonly replacedAt: number | null;
  /** The end of many sessions that covers this session; `null` if none does. */
  readonly groupEnd: GroupEnding | null;
}

/** The standing of a new session: no sign-in or revocation came after it. */
export const FRESH_STANDING: UserStanding = Object.freeze({
  floor: 0,
  floorReason: "unknown",
  floorAt: 0,
  sparedNumber: null,
  evictedBelow: 0,
  newerBrowsers: 0,
  deviceClass: null,
  newerOfClass: 0,
  hasPlace: true,
  latestNumber: Number.MAX_SAFE_INTEGER,
  replacedAt: null,
  groupEnd: null,
});

/** Returns a standing as if no newer browser were signed in. */
export function withoutNewer(standing: UserStanding): UserStanding {
  return { ...standing, newerBrowsers: 0, newerOfClass: 0 };
}

/** The administrator who is signed in as another user. */
export interface Administrator {
  readonly userId: string;
  /** Ref of the administrator's own session, with which the sudo session ends (rule U2). */
  readonly ref: string;
}

/** The groups of sessions to which a session belongs. Rules can name them. */
export interface SessionGroups {
  /** The organisation that the app has named at the sign-in; `null` without one. */
  readonly tenant: string | null;
  /** The user's roles in this session. */
  readonly roles: readonly string[];
  /** Proof of the user's identity, as the app has named it; `null` without one. */
  readonly credentialsType: string | null;
}

/** The part of a record that each request needs: facts, groups, user, browser and the marks of activity. */
export interface SessionCore extends SessionFacts, SessionGroups, ActivityMarks {
  readonly userId: string;
  /** Hash of the browser token. Sign-ins with the same hash come from one browser (rule C3). */
  readonly browserKey: string;
  /** True if the last cookie that was sent outlives the browser (rule W20). */
  readonly persistentCookie: boolean;
  /** True if the session began in express-session and was taken over (rule M44). */
  readonly takenOver: boolean;
  /**
   * True if `signedInAt` is a known authentication of the user. False for a taken-over session until its user authenticates
   * again, and for a sudo session (rule U5).
   */
  readonly isAuthenticationKnown: boolean;
  /** The administrator of a sudo session; `null` for all others. */
  readonly administrator: Administrator | null;
}

/** A session's whole record, with its description for people. */
export interface SessionRecord extends SessionCore, Agent, Place {
  readonly ip: string | null;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}
