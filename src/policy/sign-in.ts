import { API_SESSION_MINUTES, EMBED_SESSION_MINUTES, MINUTE_MS } from "./durations.js";
import type { SessionKind } from "./session.js";
import { effectiveSettings, type Settings, type SystemLimits } from "./settings.js";

/** What the app asks for when it signs somebody in. */
export interface SignInRequest {
  readonly kind: SessionKind;
  /** Whether the user ticked "Stay logged in". */
  readonly persistent: boolean;
  /** The app's own lifetime for this session, in minutes. */
  readonly lifetimeMinutes: number | null;
}

/** What the settings grant it. */
export interface SignInTerms {
  readonly persistent: boolean;
  /** Its own absolute end, milliseconds since 1970. */
  readonly expiresAt: number;
}

/**
 * Fixes a new session's own terms (rules D1, P2, A6). A forged "Stay logged in" is ignored while that is not
 * allowed (rule P4). The app's own lifetime replaces the default of API and embedded sessions (rule Q25) and
 * can only shorten a browser's; nothing passes the system limit.
 */
export function signInTerms(
  request: SignInRequest,
  settings: Settings,
  limits: SystemLimits,
  now: number,
): SignInTerms {
  const effective = effectiveSettings(settings, limits);
  const persistent = request.kind === "browser" && request.persistent && effective.allowPersistentSessions;
  const own = request.lifetimeMinutes;
  const minutes = {
    browser: Math.min(persistent ? effective.persistentMinutes : effective.sessionMinutes, own ?? Infinity),
    api: own ?? API_SESSION_MINUTES,
    embed: own ?? EMBED_SESSION_MINUTES,
  }[request.kind];
  return {
    persistent,
    expiresAt: now + Math.max(1, Math.floor(Math.min(minutes, effective.limitMinutes) * MINUTE_MS)),
  };
}

/**
 * The activity a browser reports as "`idleMs` ago", as a time. Never in the future and never earlier than
 * what is known already (browser clocks are not asked).
 */
export function reportedActivityAt(idleMs: number, lastActivityAt: number, now: number): number {
  const at = now - Math.max(0, idleMs);
  return at > lastActivityAt ? at : lastActivityAt;
}
