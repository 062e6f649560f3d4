import {
  INACTIVITY_SESSION_MINUTES,
  INACTIVITY_SESSION_MINUTES_RANGE,
  type Settings,
  type SettingsPatch,
} from "./settings.js";

/** A setting that was saved otherwise than it was asked for, so that an administrator can be told. */
export interface Coercion {
  readonly field: "allowPersistentSessions" | "sessionMinutes";
  readonly saved: boolean | number;
  readonly because: "inactivity_logout";
}

/** The settings that a patch leads to, and what was changed on the way. */
export interface AppliedPatch {
  readonly settings: Settings;
  readonly coercions: readonly Coercion[];
}

/**
 * Merges a checked patch and makes the result consistent (rules I1 to I11).
 *
 * Inactivity logout excludes persistent sessions and holds the duration to 15 minutes to one day; turning it
 * on sets one day unless the same patch names a duration. The merged result is what counts, so the order of
 * fields does not matter and turning it off in the same patch frees the other two (rule I8). Turning it off
 * restores nothing (rule Q3).
 */
export function applyPatch(before: Settings, patch: SettingsPatch): AppliedPatch {
  const merged: Settings = { ...before, ...patch };
  if (!merged.inactivityLogout) return { settings: merged, coercions: [] };

  const turnedOn = !before.inactivityLogout;
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
