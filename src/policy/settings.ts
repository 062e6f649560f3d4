import { CLASS_LIMIT_NAMES, limitsClasses, NO_CLASS_LIMITS, type ClassLimits } from "./device-class.js";
import { PERSISTENT_SESSION_MINUTES } from "./durations.js";

/** The action for a sign-in above a limit of browsers (rule C11). */
export type LimitAction = "end_oldest" | "refuse_newest";

/** The session settings of an administrator. Saved settings apply in every process from the next request. */
export interface Settings extends ClassLimits {
  /** True if users may choose "Stay logged in" (rule P1). @default true */
  readonly allowPersistentSessions: boolean;
  /** Absolute lifetime of a browser session that is not persistent, 5 to 43,200 minutes. @default 30 */
  readonly sessionMinutes: number;
  /** Most browsers in which one user may be signed in, 1 to 100; `null` for 100 (rule M36). @default null */
  readonly maxSessionsPerUser: number | null;
  /** The action for a sign-in above the limit: end the oldest session, or refuse. @default "end_oldest" */
  readonly whenLimitReached: LimitAction;
  /** True if browser sessions end after `idleMinutes` without a click, touch or key. @default false */
  readonly inactivityLogout: boolean;
  /** Minutes without activity that end a session while `inactivityLogout` is on, 1 to 144,000. @default 15 */
  readonly idleMinutes: number;
  /** True if a sign-in stores IP address and place (rules T1 to T4). @default false */
  readonly trackLocation: boolean;
}

/** Some of the settings. A field that is left out keeps its value. */
export type SettingsPatch = Partial<Settings>;

/** The settings until an administrator saves settings (rules L12, Q20). */
export const DEFAULT_SETTINGS: Settings = Object.freeze({
  allowPersistentSessions: true,
  sessionMinutes: 30,
  maxSessionsPerUser: null,
  ...NO_CLASS_LIMITS,
  whenLimitReached: "end_oldest",
  inactivityLogout: false,
  idleMinutes: 15,
  trackLocation: false,
});

/** The operator's upper bounds. They override saved settings that are higher (rule A3). */
export interface SystemLimits {
  /** Longest time since the last authentication, 1 to 525,600 minutes, extensions included (rule Q10). @default 43200 */
  readonly absoluteMinutes: number;
  /** Longest idle time while inactivity logout is on, 1 to 144,000 minutes. @default 4320 */
  readonly idleMinutes: number;
}

/** Thirty days absolute, three days idle. */
export const DEFAULT_LIMITS: SystemLimits = Object.freeze({ absoluteMinutes: 43_200, idleMinutes: 4_320 });

/** Inclusive bounds, in minutes or sessions. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Session durations that an administrator may save, in minutes (rule L3). */
export const SESSION_MINUTES_RANGE: Range = { min: 5, max: 43_200 };
/** Session durations while inactivity logout is on, in minutes (rule I5). */
export const INACTIVITY_SESSION_MINUTES_RANGE: Range = { min: 15, max: 1_440 };
/** Session duration that is set when inactivity logout is turned on, in minutes: one day (rule I2). */
export const INACTIVITY_SESSION_MINUTES = 1_440;
/** Idle times that may be saved, in minutes. */
export const IDLE_MINUTES_RANGE: Range = { min: 1, max: 144_000 };
/** Numbers of sessions per user that may be saved (rule C11). */
export const MAX_SESSIONS_RANGE: Range = { min: 1, max: 100 };
/** Session durations that may be stored, in minutes: the widest range of all dialects (rule A3). */
export const STORED_SESSION_MINUTES_RANGE: Range = { min: 1, max: 525_600 };

/**
 * Returns the number of browsers in which one user may be signed in; `null` for any number. If only classes have limits,
 * their sum is this number (rule C13). A client makes up its User-Agent, so a class alone would limit nothing.
 */
export function totalLimit(
  settings: Pick<Settings, "maxSessionsPerUser" | keyof ClassLimits>,
): number | null {
  if (settings.maxSessionsPerUser !== null || !limitsClasses(settings)) return settings.maxSessionsPerUser;
  const sum = CLASS_LIMIT_NAMES.reduce((all, name) => all + (settings[name] ?? 0), 0);
  return Math.min(sum, MAX_SESSIONS_RANGE.max);
}

/** Saved settings with the system limits applied, and with the sum of the classes as `maxSessionsPerUser` (rule C13). */
export interface EffectiveSettings extends Settings {
  /** Lifetime of a persistent session, in minutes. */
  readonly persistentMinutes: number;
  /** System limit of any session since its last authentication, in minutes. */
  readonly limitMinutes: number;
}

/**
 * Returns saved settings with the system limits applied. A value above a limit is not an error (rule A4). Call it once
 * where settings are read, and give the result to the other functions.
 */
export function effectiveSettings(saved: Settings, limits: SystemLimits): EffectiveSettings {
  return {
    ...saved,
    sessionMinutes: Math.min(saved.sessionMinutes, limits.absoluteMinutes),
    idleMinutes: Math.min(saved.idleMinutes, limits.idleMinutes),
    maxSessionsPerUser: totalLimit(saved),
    persistentMinutes: Math.min(PERSISTENT_SESSION_MINUTES, limits.absoluteMinutes),
    limitMinutes: limits.absoluteMinutes,
  };
}

/** A saved value that a limit of the app overrides. */
export interface Clamp {
  readonly field: "sessionMinutes" | "idleMinutes";
  /** The saved value, in minutes. */
  readonly configured: number;
  /** The value that applies, in minutes. */
  readonly effective: number;
  /** The option of `createCurfew` that overrides the saved value. */
  readonly by: "limits.absoluteMinutes" | "limits.idleMinutes";
}

/** Returns the saved values that the app's limits override (rule A4). */
export function clampsOf(saved: Settings, effective: EffectiveSettings): Clamp[] {
  const clamp = (field: Clamp["field"], by: Clamp["by"]): Clamp[] =>
    effective[field] === saved[field]
      ? []
      : [{ field, configured: saved[field], effective: effective[field], by }];
  return [
    ...clamp("sessionMinutes", "limits.absoluteMinutes"),
    ...clamp("idleMinutes", "limits.idleMinutes"),
  ];
}
