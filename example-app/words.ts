import type { EndedState, EvictedBy, SessionView, Settings } from "express-curfew";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "express-curfew/policy";
import { html, type SafeHtml } from "./html.js";

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

const TIME = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** Returns a time as text, in the server's time zone. */
export function moment(at: number): SafeHtml {
  const date = new Date(at);
  return html`<time datetime="${date.toISOString()}">${TIME.format(date)}</time>`;
}

/** Returns a name for a browser that its user recognises. */
export function device({
  browser,
  operatingSystem,
}: Pick<SessionView, "browser" | "operatingSystem">): string {
  return [browser, operatingSystem].filter(Boolean).join(" on ") || "Unknown browser";
}

/** Returns a sentence about the end of this browser's last session. */
export function endOf({ reason, by }: EndedState, settings: Settings, now: number): string {
  switch (reason) {
    case "idle":
      return `You were signed out because you hadn't clicked or typed for ${minutes(settings.idleMinutes)}.`;
    case "absolute":
      return "Your session reached its time limit. Sign in to continue.";
    case "evicted":
      return `You were signed out because you signed in on another device${evictor(by, now)}. If that wasn't you, change your password.`;
    case "revoked":
      return "This session was signed out from your Sessions page.";
    case "revoked_by_admin":
      return "An administrator signed out this session.";
    case "signed_out":
      return "You have signed out.";
    case "unknown":
      return "Your session is no longer known here. Sign in to continue.";
  }
}

function evictor(by: EvictedBy | null, now: number): string {
  if (!by) return "";
  return `: ${[by.device ?? "Unknown browser", by.place, `${duration(now - by.at)} ago`].filter(Boolean).join(", ")}`;
}

/** Returns the length of a session, for the login page (WCAG 2.2.6). */
export function timeoutHint(settings: Settings): string {
  const { inactivityLogout, idleMinutes, sessionMinutes } = settings;
  return inactivityLogout
    ? `You'll be signed out after ${minutes(idleMinutes)} without a click, touch or key press, and after ${minutes(sessionMinutes)} in any case.`
    : `You'll be signed out ${minutes(sessionMinutes)} after signing in. Two minutes before, you can ask for more time.`;
}
