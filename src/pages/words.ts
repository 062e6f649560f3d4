import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../policy/index.js";
import type { SessionView } from "../state/list/list-sessions.js";
import { html, type Html } from "./html.js";

const UNITS = [
  ["day", DAY_MS],
  ["hour", HOUR_MS],
  ["minute", MINUTE_MS],
  ["second", SECOND_MS],
] as const;

/** Returns a duration in its two largest units: "5 hours", "1 hour 30 minutes". */
export function duration(ms: number): string {
  let rest = Math.max(0, Math.floor(ms / SECOND_MS) * SECOND_MS);
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0)
      parts.push(new Intl.NumberFormat("en", { style: "unit", unit, unitDisplay: "long" }).format(count));
    else if (parts.length > 0) break;
  }
  return parts.slice(0, 2).join(" ") || "0 seconds";
}

/** Returns the {@link duration} of a number of minutes. */
export const minutes = (count: number): string => duration(count * MINUTE_MS);

/** Returns a number of things: "1 session", "2 sessions". */
export const count = (number: number, noun: string): string =>
  `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

function relative(ms: number): string {
  const [unit, size] = UNITS.find(([, unitMs]) => Math.abs(ms) >= unitMs) ?? (["second", SECOND_MS] as const);
  return RELATIVE.format(Math.trunc(ms / size), unit);
}

/** Writes times for one page: relative to the page's time, and exact. */
export type WriteTime = (at: number) => Html;

/** Returns the function that writes times. @param timeZone - zone of exact times: `UTC`, `Europe/Berlin` */
export function writeTimes(now: number, timeZone: string): WriteTime {
  const exact = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
  });
  return (at) =>
    html`<time datetime="${new Date(at).toISOString()}"
      >${relative(at - now)} <span class="exact">${exact.format(at)}</span></time
    >`;
}

/** Returns a name for a browser that its user recognizes. */
export function deviceOf({
  browser,
  operatingSystem,
}: Pick<SessionView, "browser" | "operatingSystem">): string {
  return [browser, operatingSystem].filter(Boolean).join(" on ") || "Unknown browser";
}

/** Returns the place of a session's sign-in; `null` if no place is stored. */
export function placeOf({
  city,
  state,
  country,
}: Pick<SessionView, "city" | "state" | "country">): string | null {
  return [city, state, country].filter(Boolean).join(", ") || null;
}
