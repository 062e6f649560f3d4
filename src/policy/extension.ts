import { deadlines, extensionMinutes, isAtCeiling, isPersistentNow, latestEnd } from "./deadlines.js";
import { MINUTE_MS, WARNING_MS } from "./durations.js";
import type { SessionFacts } from "./session.js";
import type { EffectiveSettings } from "./settings.js";

/** The decision about a request for more time. Times are milliseconds since 1970. */
export type Extension =
  /** The session's own end moves to `expiresAt`. */
  | { readonly outcome: "extended"; readonly expiresAt: number; readonly endsAt: number }
  /** Inactivity logout is on and the idle deadline is nearer: the request counts as activity (rule N4). */
  | { readonly outcome: "touched" }
  /** The warning has not opened yet (rule Q8). */
  | { readonly outcome: "too_early"; readonly opensAt: number }
  /** More time needs a new authentication: persistent session, inactivity logout, or the system limit. */
  | { readonly outcome: "reauthentication_required" }
  /** Only a new sign-in gives more time: the session reaches the app's own limit (rule M9), or is a sudo session (rule U4). */
  | { readonly outcome: "sign_in_required" };

/** Options of {@link extension}. */
export interface ExtensionOptions {
  /** True allows extensions before the warning opens (rule Q8). @default false */
  readonly allowEarly?: boolean;
}

/**
 * Decides about an extension at `now`. The session must be active: call {@link verdict} first (rule D11).
 *
 * An extension follows the settings at `now` (rule D6) and never shortens a session (rule Q7). A user may extend any
 * number of times (rule D7), up to the system limit (rule Q10).
 */
export function extension(
  session: SessionFacts,
  settings: EffectiveSettings,
  now: number,
  { allowEarly = false }: ExtensionOptions = {},
): Extension {
  const { absoluteAt, idleAt } = deadlines(session, settings);
  const needsSignIn = session.kind === "sudo" || isAtCeiling(session, absoluteAt);
  const required = needsSignIn ? "sign_in_required" : "reauthentication_required";
  if (idleAt !== null) {
    const idleIsNearer = idleAt < absoluteAt;
    return { outcome: idleIsNearer ? "touched" : required };
  }
  if (session.kind !== "browser" || isPersistentNow(session, settings)) return { outcome: required };

  const limit = latestEnd(session, settings);
  const opensAt = absoluteAt - WARNING_MS;
  if (now < opensAt && !allowEarly) return { outcome: "too_early", opensAt };
  if (absoluteAt >= limit) return { outcome: required };
  const wanted = Math.max(absoluteAt, now + extensionMinutes(settings) * MINUTE_MS);
  const endsAt = Math.min(wanted, limit);
  return { outcome: "extended", expiresAt: Math.max(session.expiresAt, endsAt), endsAt };
}
