import { SESSION_MINUTES_RANGE, type Settings } from "../../policy/index.js";

/** Looker's five session settings, with Looker's names. */
export interface SessionConfigFields {
  readonly allow_persistent_sessions: boolean;
  readonly session_minutes: number;
  readonly unlimited_sessions_per_user: boolean;
  readonly use_inactivity_based_logout: boolean;
  readonly track_session_location: boolean;
}

/** The operations that the user may perform. */
export type Can = Readonly<Record<string, boolean>>;

/** Looker 4.0's `SessionConfig`. */
export interface SessionConfig extends SessionConfigFields {
  readonly can: Can;
}

const TO_SETTING: Readonly<Record<keyof SessionConfigFields, keyof Settings>> = {
  allow_persistent_sessions: "allowPersistentSessions",
  session_minutes: "sessionMinutes",
  unlimited_sessions_per_user: "maxSessionsPerUser",
  use_inactivity_based_logout: "inactivityLogout",
  track_session_location: "trackLocation",
};

const FIELDS = Object.keys(TO_SETTING) as (keyof SessionConfigFields)[];

/** Returns Looker's name of a setting. */
export function fieldOf(setting: keyof Settings): string {
  return FIELDS.find((field) => TO_SETTING[field] === setting) ?? setting;
}

/** A value that no check accepts. It replaces a value that should be a boolean. */
const NOT_A_BOOLEAN = "not a boolean";

/**
 * Translates a body in Looker's format to settings, without checks. `can` and unknown names are left out (rules L6,
 * Q5). `unlimited_sessions_per_user: false` becomes a limit of 1 (rule C11).
 */
export function toSettings(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  for (const field of FIELDS) {
    if (!Object.hasOwn(body, field)) continue;
    const value = body[field];
    patch[TO_SETTING[field]] = field === "unlimited_sessions_per_user" ? limitOf(value) : value;
  }
  return patch;
}

function limitOf(unlimited: unknown): unknown {
  if (typeof unlimited !== "boolean") return NOT_A_BOOLEAN;
  return unlimited ? null : 1;
}

/** Returns the settings in Looker's format. `clamped` lists fields that cannot show the current value (rule Q23). */
export function toSessionConfig(settings: Settings, can: Can): { config: SessionConfig; clamped: string[] } {
  const { min, max } = SESSION_MINUTES_RANGE;
  const minutes = Math.min(Math.max(settings.sessionMinutes, min), max);
  const config = {
    can,
    allow_persistent_sessions: settings.allowPersistentSessions,
    session_minutes: minutes,
    unlimited_sessions_per_user: settings.maxSessionsPerUser === null,
    use_inactivity_based_logout: settings.inactivityLogout,
    track_session_location: settings.trackLocation,
  };
  return { config, clamped: minutes === settings.sessionMinutes ? [] : ["session_minutes"] };
}
