import { deadlines, extensionMinutes, isPersistentNow, limitAt } from "./deadlines.js";
import { MINUTE_MS, WARNING_MS } from "./durations.js";
import type { SessionFacts } from "./session.js";
import { effectiveSettings, type Settings, type SystemLimits } from "./settings.js";

/** What asking for more time comes to. Times are milliseconds since 1970. */
export type Extension =
  /** The session's own end moves to `expiresAt`. */
  | { readonly outcome: "extended"; readonly expiresAt: number; readonly endsAt: number }
  /** Inactivity logout is on and the nearer deadline is the idle one: asking counts as activity (rule N4). */
  | { readonly outcome: "touched" }
  /** The warning has not opened yet (rule Q8). */
  | { readonly outcome: "too_early"; readonly opensAt: number }
  /** More time needs a new authentication: persistent session, inactivity logout, or the system limit. */
  | { readonly outcome: "reauthentication_required" };

/** Options of {@link extension}. */
export interface ExtensionOptions {
  /** Grant extensions before the warning opens, too (rule Q8). @default false */
  readonly allowEarly?: boolean;
}

/**
 * Decides what an extension asked for at `now` gives. The session must be active: ask {@link verdict} first
 * (rule D11). It is granted under the settings of that moment (rule D6), never shortens (rule Q7), may be
 * repeated without end (rule D7), and never passes the system limit (rule Q10).
 */
export function extension(
  session: SessionFacts,
  settings: Settings,
  limits: SystemLimits,
  now: number,
  { allowEarly = false }: ExtensionOptions = {},
): Extension {
  const effective = effectiveSettings(settings, limits);
  const { absoluteAt, idleAt } = deadlines(session, effective);
  if (idleAt !== null) {
    const idleIsNearer = idleAt < absoluteAt;
    return idleIsNearer ? { outcome: "touched" } : { outcome: "reauthentication_required" };
  }
  if (session.kind !== "browser" || isPersistentNow(session, effective))
    return { outcome: "reauthentication_required" };

  const limit = limitAt(session, effective);
  const opensAt = absoluteAt - WARNING_MS;
  if (now < opensAt && !allowEarly) return { outcome: "too_early", opensAt };
  if (absoluteAt >= limit) return { outcome: "reauthentication_required" };
  const wanted = Math.max(absoluteAt, now + extensionMinutes(effective) * MINUTE_MS);
  const endsAt = Math.min(wanted, limit);
  return { outcome: "extended", expiresAt: Math.max(session.expiresAt, endsAt), endsAt };
}
