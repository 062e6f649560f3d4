import { PERSISTENT_SESSION_MINUTES } from "./durations.js";

/** What to do with a sign-in that would exceed `maxSessionsPerUser` (rule C11). */
export type LimitAction = "end_oldest" | "refuse_newest";

/** The session settings an administrator saves. They hold for every process from the next request on. */
export interface Settings {
  /** Whether people may choose "Stay logged in" (rule P1). @default true */
  readonly allowPersistentSessions: boolean;
  /** Absolute lifetime of a browser session that is not persistent, in minutes. @default 30 */
  readonly sessionMinutes: number;
  /** Browsers one user may be signed in from at once, 1 to 1,000; `null` is no limit. @default null */
  readonly maxSessionsPerUser: number | null;
  /** Whether a sign-in over the limit ends the oldest session or is refused. @default "end_oldest" */
  readonly whenLimitReached: LimitAction;
  /** Whether browser sessions end after `idleMinutes` without a click, touch or key. @default false */
  readonly inactivityLogout: boolean;
  /** Minutes without activity after which a session ends while `inactivityLogout` is on. @default 15 */
  readonly idleMinutes: number;
  /** Whether IP address and place are noted at sign-in (rules T1 to T4). @default false */
  readonly trackLocation: boolean;
}

/** Some of the settings; what is left out keeps its value. */
export type SettingsPatch = Partial<Settings>;

/** The settings of a store in which nobody has saved any (rules L12, Q20). */
export const DEFAULT_SETTINGS: Settings = Object.freeze({
  allowPersistentSessions: true,
  sessionMinutes: 30,
  maxSessionsPerUser: null,
  whenLimitReached: "end_oldest",
  inactivityLogout: false,
  idleMinutes: 15,
  trackLocation: false,
});

/** Ceilings that no saved setting exceeds in effect: the operator's word over the administrator's (rule A3). */
export interface SystemLimits {
  /** Longest time since the last authentication, in minutes, extensions included (rule Q10). @default 43200 */
  readonly absoluteMinutes: number;
  /** Longest idle time, in minutes, while inactivity logout is on. @default 4320 */
  readonly idleMinutes: number;
}

/** Thirty days absolute, three days idle. */
export const DEFAULT_LIMITS: SystemLimits = Object.freeze({ absoluteMinutes: 43_200, idleMinutes: 4_320 });

/** Inclusive bounds, in minutes or sessions. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** What an administrator may save for the session duration, in minutes (rule L3). */
export const SESSION_MINUTES_RANGE: Range = { min: 5, max: 43_200 };
/** What the session duration is held to while inactivity logout is on, in minutes (rule I5). */
export const INACTIVITY_SESSION_MINUTES_RANGE: Range = { min: 15, max: 1_440 };
/** The session duration that turning inactivity logout on sets, in minutes: one day (rule I2). */
export const INACTIVITY_SESSION_MINUTES = 1_440;
/** What may be saved for the idle time, in minutes. */
export const IDLE_MINUTES_RANGE: Range = { min: 1, max: 144_000 };
/** What may be saved as the number of sessions per user (rule C11). */
export const MAX_SESSIONS_RANGE: Range = { min: 1, max: 1_000 };
/** What a stored session duration may be, in minutes: the widest of any dialect (rule A3). */
export const STORED_SESSION_MINUTES_RANGE: Range = { min: 1, max: 525_600 };

/** The settings as they hold once the system limits have been applied; what was saved is not changed. */
export interface EffectiveSettings extends Settings {
  /** Lifetime of a persistent session, in minutes. */
  readonly persistentMinutes: number;
  /** The system limit on any session since its last authentication, in minutes. */
  readonly limitMinutes: number;
}

/** Applies the system limits to saved settings: the limit supersedes, it is not an error (rule A4). */
export function effectiveSettings(saved: Settings, limits: SystemLimits): EffectiveSettings {
  // Both stay the same objects from one request to the next, until an administrator saves others.
  if (last?.saved !== saved || last.limits !== limits)
    last = { saved, limits, effective: limited(saved, limits) };
  return last.effective;
}

interface Limited {
  readonly saved: Settings;
  readonly limits: SystemLimits;
  readonly effective: EffectiveSettings;
}

let last: Limited | undefined;

function limited(saved: Settings, limits: SystemLimits): EffectiveSettings {
  return {
    ...saved,
    sessionMinutes: Math.min(saved.sessionMinutes, limits.absoluteMinutes),
    idleMinutes: Math.min(saved.idleMinutes, limits.idleMinutes),
    persistentMinutes: Math.min(PERSISTENT_SESSION_MINUTES, limits.absoluteMinutes),
    limitMinutes: limits.absoluteMinutes,
  };
}
