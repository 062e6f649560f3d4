import { inLargestUnit } from "../policy/duration-text.js";
import { durationText, MINUTE_MS, type DeviceClass, type EndReason } from "../policy/index.js";
import { deviceOf } from "../state/sessions/list-sessions.js";
import type { SessionView } from "../wire.js";
import { html, isolated, type Html } from "./html.js";

/** Returns a number of minutes in words: "5 hours". */
export const minutes = (count: number): string => durationText(count * MINUTE_MS);

/** Returns a number of things: "1 session", "2 sessions". */
export const count = (number: number, noun: string): string =>
  `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

const relative = (ms: number): string => RELATIVE.format(...inLargestUnit(ms));

/** Writes times for one page: relative to the page's time, and exact. */
export type WriteTime = (at: number) => Html;

/**
 * Returns a function that takes a page's time and writes the times of that page.
 *
 * @param timeZone - zone of exact times: `UTC`, `Europe/Berlin`
 */
export function writeTimes(timeZone: string): (now: number) => WriteTime {
  const exact = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
  });
  return (now) => (at) =>
    html`<time datetime="${new Date(at).toISOString()}"
      >${relative(at - now)} <span class="exact">${exact.format(at)}</span></time
    >`;
}

/** Returns a name for a browser that its user recognizes. */
export const deviceName = (session: Pick<SessionView, "browser" | "operatingSystem">): string =>
  deviceOf(session) ?? "Unknown browser";

/** Returns a name for a browser with its user's id. */
export const deviceNameOfUser = (session: SessionView): string =>
  `${deviceName(session)} of ${isolated(session.userId)}`;

/** Classes of devices as a person reads them. */
export const CLASS_TEXTS: Readonly<Record<DeviceClass, string>> = {
  desktop: "Desktop computer",
  phone: "Phone",
  tablet: "Tablet",
  other: "Other device",
};

/** Returns the place of a session's sign-in; `null` if no place is stored. */
export function placeOf({
  city,
  state,
  country,
}: Pick<SessionView, "city" | "state" | "country">): string | null {
  return [city, state, country].filter(Boolean).join(", ") || null;
}

/** Causes of an end in words. */
export const END_TEXTS: Readonly<Record<EndReason, string>> = {
  idle: "No activity",
  absolute: "Time was up",
  evicted: "A newer sign-in",
  revoked: "By its user",
  revoked_by_admin: "By an administrator",
  signed_out: "Signed out",
  unknown: "No readable record",
};
