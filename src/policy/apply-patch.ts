import {
  INACTIVITY_SESSION_MINUTES,
  INACTIVITY_SESSION_MINUTES_RANGE,
  type Settings,
  type SettingsPatch,
} from "./settings.js";

/** A setting that was saved with another value than the patch asked for. Show it to the administrator. */
export interface Coercion {
  readonly field: "allowPersistentSessions" | "sessionMinutes";
  readonly saved: boolean | number;
  readonly because: "inactivity_logout";
}

/** Settings that inactivity logout couples (rules I1 to I7). */
const COUPLED = ["inactivityLogout", "sessionMinutes", "allowPersistentSessions"] as const;

/** The settings after a patch, and the values that were adjusted. */
export interface AppliedPatch {
  readonly settings: Settings;
  readonly coercions: readonly Coercion[];
}

/** The manner in which a patch is applied. */
export interface PatchManner {
  /** False to adjust nothing. @default true */
  readonly coupled?: boolean;
  /** Idle minutes to save if the patch turns inactivity logout on and names none. @default the saved value stays */
  readonly idleMinutesWhenTurnedOn?: number;
}

/**
 * Merges a checked patch and makes the result consistent (rules I1 to I11).
 *
 * Inactivity logout excludes persistent sessions and limits the duration to 15 minutes to one day. Turning inactivity
 * logout on sets one day, unless the same patch has a duration. The order of the fields does not matter: the merged
 * result is adjusted. A patch that turns inactivity logout off can set the other two fields freely (rule I8). Turning
 * inactivity logout off restores no earlier value (rule Q3). A patch that names none of the three fields adjusts
 * nothing, because the API of another vendor may have saved them without this coupling (rule Q22).
 */
export function applyPatch(
  before: Settings,
  patch: SettingsPatch,
  { coupled = true, idleMinutesWhenTurnedOn }: PatchManner = {},
): AppliedPatch {
  const turnedOn = !before.inactivityLogout && patch.inactivityLogout === true;
  const usualIdle =
    turnedOn && idleMinutesWhenTurnedOn !== undefined ? { idleMinutes: idleMinutesWhenTurnedOn } : {};
  const merged: Settings = { ...before, ...usualIdle, ...patch };
  const isCoupled = coupled && COUPLED.some((name) => patch[name] !== undefined);
  if (!merged.inactivityLogout || !isCoupled) return { settings: merged, coercions: [] };

  const wanted =
    turnedOn && patch.sessionMinutes === undefined ? INACTIVITY_SESSION_MINUTES : merged.sessionMinutes;
  const { min, max } = INACTIVITY_SESSION_MINUTES_RANGE;
  const sessionMinutes = wanted >= min && wanted <= max ? wanted : INACTIVITY_SESSION_MINUTES;

  const coercions: Coercion[] = [];
  if (merged.allowPersistentSessions)
    coercions.push({ field: "allowPersistentSessions", saved: false, because: "inactivity_logout" });
  if (sessionMinutes !== merged.sessionMinutes)
    coercions.push({ field: "sessionMinutes", saved: sessionMinutes, because: "inactivity_logout" });
  return { settings: { ...merged, allowPersistentSessions: false, sessionMinutes }, coercions };
}
