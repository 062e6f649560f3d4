import type { SessionView } from "express-curfew";
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
