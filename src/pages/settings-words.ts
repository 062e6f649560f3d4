/** The settings in words. */
import {
  CLASS_LIMIT_NAMES,
  clampsOf,
  INACTIVITY_SESSION_MINUTES_RANGE,
  MAX_SESSIONS_RANGE,
  SESSION_MINUTES_RANGE,
  IDLE_MINUTES_RANGE,
  type Coercion,
  type EffectiveSettings,
  type EndReason,
  type Range,
  type Settings,
  type SettingsPatch,
} from "../policy/index.js";
import type { SettingsPreview } from "../state/sessions/preview-settings.js";
import { count, minutes } from "./words.js";

/** Names of the settings, in the order of the form. */
export const NAMES: Readonly<Record<keyof Settings, string>> = {
  inactivityLogout: "Inactivity Logout",
  idleMinutes: "Inactivity limit",
  allowPersistentSessions: "Persistent Sessions",
  sessionMinutes: "Session Duration",
  maxSessionsPerUser: "Concurrent Sessions",
  maxDesktopsPerUser: "Desktop computers",
  maxPhonesPerUser: "Phones",
  maxTabletsPerUser: "Tablets",
  maxOtherDevicesPerUser: "Other devices",
  whenLimitReached: "At the limit",
  trackLocation: "Session Location",
};

/** Names of the settings, in the order of the form. */
export const FIELDS = Object.keys(NAMES) as readonly (keyof Settings)[];

const range = ({ min, max }: Range): string => `${minutes(min)} to ${minutes(max)}`;

/** Ranges as a person reads them. */
export const SESSION_RANGE = range(SESSION_MINUTES_RANGE);
export const INACTIVITY_SESSION_RANGE = range(INACTIVITY_SESSION_MINUTES_RANGE);
export const IDLE_RANGE = range(IDLE_MINUTES_RANGE);
const SESSIONS_RANGE = `${String(MAX_SESSIONS_RANGE.min)} to ${String(MAX_SESSIONS_RANGE.max)}`;
/** Effect of limits of classes, beside their fields (rules C12, C13). */
export const CLASSES_HINT =
  "1 to 100, empty for no limit of its own. These limits only narrow the number above. If any number is allowed above, their sum is the limit of all browsers.";

/** Problems of fields with free input. The package's own messages speak of minutes and `null`. */
export const PROBLEMS: Readonly<Partial<Record<keyof Settings, string>>> = {
  sessionMinutes: `must be whole minutes, ${SESSION_RANGE}`,
  idleMinutes: `must be whole minutes, ${IDLE_RANGE}`,
  maxSessionsPerUser: `must be a whole number, ${SESSIONS_RANGE}`,
  ...Object.fromEntries(
    CLASS_LIMIT_NAMES.map((name) => [name, `must be empty, or a whole number, ${SESSIONS_RANGE}`]),
  ),
};

/** Returns the reason for a value that is saved other than requested (rules I1 to I7). */
export function coercionText({ field, saved }: Coercion, patch: SettingsPatch): string {
  if (field === "allowPersistentSessions")
    return "Persistent Sessions are off while Inactivity Logout is on.";
  const wanted = patch.sessionMinutes;
  return wanted === undefined
    ? `Turning Inactivity Logout on sets the Session Duration to ${minutes(Number(saved))}.`
    : `${minutes(wanted)} is outside ${INACTIVITY_SESSION_RANGE}; saved as ${minutes(Number(saved))}.`;
}

const CAUSES: Readonly<Partial<Record<EndReason, string>>> = {
  idle: "inactive for too long",
  absolute: "past the duration",
  evicted: "above the limit of browsers",
};

/** Returns the effect of a change on open sessions, as a sentence. Before all are counted, the numbers are estimates. */
export function previewText(preview: SettingsPreview): string {
  const { endedSessions, shortenedSessions, countedSessions, endedByReason } = preview;
  if (countedSessions === 0 && !preview.complete) return "No session is counted yet.";
  const about = (number: number, noun: string): string =>
    preview.complete ? count(number, noun) : `about ${count(rounded(number / preview.share), noun)}`;
  const counted = preview.complete
    ? `counted ${count(countedSessions, "session")}`
    : `counted ${count(countedSessions, "session")} so far`;
  if (endedSessions === 0 && shortenedSessions === 0) return `Ends and shortens no session; ${counted}.`;
  const causes = Object.entries(endedByReason).map(
    ([reason, number]) => `${about(number, "session")} ${CAUSES[reason as EndReason] ?? reason}`,
  );
  const why = causes.length === 0 ? "" : ` (${causes.join(", ")})`;
  const users = preview.complete ? usersText(preview) : about(preview.affectedUsers, "user");
  const ended = `Ends ${about(endedSessions, "session")} of ${users} at once${why}`;
  return `${ended}, shortens ${about(shortenedSessions, "session")}; ${counted}.`;
}

/** Returns the number of users with sessions that would end. A very large number is an estimate. */
export function usersText({
  affectedUsers,
  affectedUsersEstimated,
}: Pick<SettingsPreview, "affectedUsers" | "affectedUsersEstimated">): string {
  return affectedUsersEstimated
    ? `about ${count(rounded(affectedUsers), "user")}`
    : count(affectedUsers, "user");
}

/** Rounds an estimate to two digits. */
function rounded(estimate: number): number {
  return Number(estimate.toPrecision(2));
}

/** Returns a sentence about the outcome of all settings, with the system limits applied. */
export function outcomeText(settings: EffectiveSettings): string {
  const { allowPersistentSessions, persistentMinutes } = settings;
  const stay = allowPersistentSessions
    ? ` People who tick "Stay signed in" stay for ${minutes(persistentMinutes)}.`
    : "";
  return `${endText(settings)}${stay} ${limitText(settings)}`;
}

function endText({ inactivityLogout, idleMinutes, sessionMinutes, limitMinutes }: EffectiveSettings): string {
  const session = minutes(sessionMinutes);
  if (inactivityLogout)
    return `People are signed out after ${minutes(idleMinutes)} without activity and must sign in again after ${session}.`;
  // No extension passes the system limit.
  return sessionMinutes >= limitMinutes
    ? `People must sign in again after ${session}.`
    : `People are signed out ${session} after signing in, unless they ask for more time.`;
}

function limitText(settings: EffectiveSettings): string {
  const { maxSessionsPerUser: limit, whenLimitReached } = settings;
  if (limit === null) return "They may use any number of browsers.";
  const browsers = limit === 1 ? "one browser" : `${String(limit)} browsers`;
  const then =
    whenLimitReached === "end_oldest"
      ? "a newer sign-in ends the oldest session"
      : "a further sign-in is refused";
  const classes = CLASS_LIMIT_NAMES.filter((name) => settings[name] !== null).map(
    (name) => `${NAMES[name].toLowerCase()}: ${String(settings[name])}`,
  );
  const narrowed = classes.length === 0 ? "" : ` (at most ${classes.join(", ")})`;
  return `They may use ${browsers} at a time${narrowed}; ${then}.`;
}

/** Returns the limits of the app that override saved values, as sentences (rule A4). */
export function clampTexts(saved: Settings, inForce: EffectiveSettings): string[] {
  return clampsOf(saved, inForce).map(
    ({ field, configured, effective }) =>
      `${NAMES[field]}: ${minutes(configured)} is configured, but the app limits this to ${minutes(effective)}.`,
  );
}

/** Returns the fields whose values differ, as sentences. */
export function changeTexts(before: Settings, after: Settings): string[] {
  return FIELDS.filter((name) => before[name] !== after[name]).map(
    (name) => `${NAMES[name]}: ${valueText(name, before)} → ${valueText(name, after)}`,
  );
}

/** Returns all values. */
export function allValues(settings: Settings): string[] {
  return FIELDS.map((name) => `${NAMES[name]}: ${valueText(name, settings)}`);
}

/** Returns the value of a setting. */
export function valueText(name: keyof Settings, settings: Settings): string {
  switch (name) {
    case "sessionMinutes":
    case "idleMinutes":
      return minutes(settings[name]);
    case "maxSessionsPerUser":
      return settings.maxSessionsPerUser === null ? "unlimited" : String(settings.maxSessionsPerUser);
    case "maxDesktopsPerUser":
    case "maxPhonesPerUser":
    case "maxTabletsPerUser":
    case "maxOtherDevicesPerUser":
      return String(settings[name] ?? "no limit of its own");
    case "whenLimitReached":
      return settings.whenLimitReached === "end_oldest" ? "end the oldest session" : "refuse the new sign-in";
    case "allowPersistentSessions":
    case "inactivityLogout":
    case "trackLocation":
      return settings[name] ? "on" : "off";
  }
}
