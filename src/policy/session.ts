/** Every kind of session. */
export const SESSION_KINDS = ["browser", "api", "embed"] as const;

/** Who uses a session: a person's browser, a program, or a page embedded elsewhere (rules N13, C6, Q25). */
export type SessionKind = (typeof SESSION_KINDS)[number];

/** Every way a session ends; one set of words in records, answers, events and pages. */
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
 * Why a session ended: `idle` (no activity), `absolute` (its time was up), `evicted` (a newer sign-in),
 * `revoked` (by its user), `revoked_by_admin`, `signed_out`, `unknown` (no readable record of it).
 */
export type EndReason = (typeof END_REASONS)[number];

/** The sign-in that evicted a session, for the evicted person to recognise it (rule W16). */
export interface EvictedBy {
  /** Browser and system, such as `Chrome on Windows`; `null` when not known. */
  readonly device: string | null;
  /** City and country, when locations are tracked. */
  readonly place: string | null;
  /** When it signed in, milliseconds since 1970. */
  readonly at: number;
}

/** The browser, as told by its User-Agent header. */
export interface Agent {
  readonly browser: string | null;
  readonly operatingSystem: string | null;
}

/** The place of an IP address, as far as the app's `locate` function knows it. */
export interface Place {
  readonly city: string | null;
  readonly state: string | null;
  readonly country: string | null;
}

/** The facts the rules decide by. All times are milliseconds since 1970 on the deciding clock. */
export interface SessionFacts {
  readonly kind: SessionKind;
  /**
   * The number its sign-in was given; a user's later sign-ins have higher numbers. Numbers follow the clock
   * (milliseconds since 1970, or one more than the last), so they also tell about when.
   */
  readonly number: number;
  /** When the user last authenticated for this session: the start of its absolute window. */
  readonly signedInAt: number;
  /** Its own absolute end, fixed at sign-in and moved by extensions only (rules A6, Q12). */
  readonly expiresAt: number;
  readonly lastActivityAt: number;
  readonly extendedAt: number | null;
  readonly extendedCount: number;
  /** Whether the user asked to stay logged in and was allowed to (rule Q17). */
  readonly persistent: boolean;
  /** How it ended, once that has been recorded. */
  readonly end: SessionEnd | null;
}

/** The recorded end of a session. */
export interface SessionEnd {
  readonly reason: EndReason;
  readonly at: number;
  readonly by: EvictedBy | null;
  /** Under which ref the evicting session's place is to be found, while that one lives. */
  readonly byRef?: string | null;
}

/** What a user's own key says about one of the user's sessions. */
export interface UserStanding {
  /** Sessions with a lower number were revoked together, save `sparedNumber`. */
  readonly floor: number;
  readonly floorReason: EndReason;
  readonly floorAt: number;
  readonly sparedNumber: number | null;
  /** Browser sessions with a lower number have lost to newer sign-ins for good. */
  readonly evictedBelow: number;
  /** How many other browsers, still counted as signed in, signed in after this session did. */
  readonly newerBrowsers: number;
  /** The number of the user's latest sign-in, which is also about when it was. */
  readonly latestNumber: number;
}

/** The standing of a session that has just begun: nothing has come after it. */
export const FRESH_STANDING: UserStanding = Object.freeze({
  floor: 0,
  floorReason: "unknown",
  floorAt: 0,
  sparedNumber: null,
  evictedBelow: 0,
  newerBrowsers: 0,
  latestNumber: Number.MAX_SAFE_INTEGER,
});

/** What a request needs of a session's record: the facts, and whose and which browser's it is. */
export interface SessionCore extends SessionFacts {
  readonly userId: string;
  /** Hash of the browser token: sign-ins with the same one are one browser's (rule C3). */
  readonly browserKey: string;
  /** Whether the cookie last sent to the browser outlives it (rule W20). */
  readonly persistentCookie: boolean;
}

/** A session's whole record: also what describes it to people. */
export interface SessionRecord extends SessionCore, Agent, Place {
  readonly ip: string | null;
  readonly credentialsType: string | null;
}
