import type { Coercion, Settings, SettingsPatch, SettingsPreview } from "express-curfew";
import {
  INACTIVITY_SESSION_MINUTES_RANGE,
  MAX_SESSIONS_RANGE,
  SESSION_MINUTES_RANGE,
} from "express-curfew/policy";
import { minutes } from "../words.js";

/** Names of the settings on the form. */
export const NAMES: Readonly<Record<keyof Settings, string>> = {
  inactivityLogout: "Inactivity logout",
  idleMinutes: "Inactivity limit",
  allowPersistentSessions: "Persistent sessions",
  sessionMinutes: "Session duration",
  maxSessionsPerUser: "Sessions per user",
  whenLimitReached: "At the limit",
  trackLocation: "Session location",
};

/** Accepted values of fields with free input. The package's own messages speak of minutes and `null`. */
export const RANGES: Readonly<Partial<Record<keyof Settings, string>>> = {
  sessionMinutes: `must be whole minutes, ${minutes(SESSION_MINUTES_RANGE.min)} to ${minutes(SESSION_MINUTES_RANGE.max)}`,
  maxSessionsPerUser: `must be a whole number, ${MAX_SESSIONS_RANGE.min} to ${MAX_SESSIONS_RANGE.max}`,
};

/** Returns the reason for a value that was saved other than requested. */
export function coercionText({ field, saved }: Coercion, patch: SettingsPatch): string {
  if (field === "allowPersistentSessions") return '"Stay logged in" is off while inactivity logout is on.';
  const { min, max } = INACTIVITY_SESSION_MINUTES_RANGE;
  const wanted = patch.sessionMinutes;
  return wanted === undefined
    ? `Turning inactivity logout on sets the session duration to ${minutes(Number(saved))}.`
    : `${minutes(wanted)} is outside ${minutes(min)} - ${minutes(max)}; saved as ${minutes(Number(saved))}.`;
}

/** Returns the number of sessions that a change ends, as a sentence. */
export function previewText({
  endedSessions,
  affectedUsers,
  countedSessions,
  endedByReason,
  complete,
}: SettingsPreview): string {
  const counted = complete ? `${countedSessions}` : `the first ${countedSessions}`;
  if (endedSessions === 0) return `This change ends none of ${counted} sessions.`;
  const reasons = Object.entries(endedByReason).map(([reason, count]) => `${reason}: ${count}`);
  const users = affectedUsers === 1 ? "1 user" : `${affectedUsers} users`;
  return `This change ends ${endedSessions} of ${counted} sessions, of ${users}, at their next request (${reasons.join(", ")}).`;
}

/** Returns a sentence about the effect of all settings. */
export function outcomeText(settings: Settings): string {
  const { inactivityLogout, idleMinutes, sessionMinutes, allowPersistentSessions, maxSessionsPerUser } =
    settings;
  const most = inactivityLogout
    ? `People are signed out after ${minutes(idleMinutes)} without activity and must sign in again after ${minutes(sessionMinutes)}`
    : `People are signed out ${minutes(sessionMinutes)} after signing in, unless they ask for more time`;
  const stay = allowPersistentSessions ? '; who ticks "Stay logged in" stays for 30 days' : "";
  return `${most}${stay}. ${limitText(maxSessionsPerUser)}`;
}

function limitText(limit: number | null): string {
  if (limit === null) return "They may be signed in from any number of browsers.";
  return `They may be signed in from ${limit === 1 ? "one browser" : `${limit} browsers`} at a time.`;
}

/** Returns the fields that a change changed, with their new values. */
export function changeText(settings: Settings, before: Settings): string {
  const fields = Object.keys(NAMES) as (keyof Settings)[];
  const changed = fields.filter((field) => settings[field] !== before[field]);
  return changed.map((field) => `${NAMES[field]}: ${valueText(field, settings)}`).join("; ") || "nothing";
}

function valueText(field: keyof Settings, settings: Settings): string {
  switch (field) {
    case "sessionMinutes":
    case "idleMinutes":
      return minutes(settings[field]);
    case "maxSessionsPerUser":
      return settings.maxSessionsPerUser === null ? "no limit" : String(settings.maxSessionsPerUser);
    case "whenLimitReached":
      return settings.whenLimitReached === "end_oldest" ? "end the oldest" : "refuse the new one";
    case "allowPersistentSessions":
    case "inactivityLogout":
    case "trackLocation":
      return settings[field] ? "on" : "off";
  }
}
