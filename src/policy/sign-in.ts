import { API_SESSION_MINUTES, EMBED_SESSION_MINUTES, MINUTE_MS } from "./durations.js";
import type { SessionKind } from "./session.js";
import type { EffectiveSettings } from "./settings.js";
import { LATEST_TIME } from "./time.js";

/** The wishes of the app for a sign-in. */
export interface SignInRequest {
  readonly kind: SessionKind;
  /** True if the user ticked "Stay logged in". */
  readonly persistent: boolean;
  /** The app's lifetime for this session, in minutes; `null` for the default. */
  readonly lifetimeMinutes: number | null;
  /** The app's own limit for this session, in milliseconds since 1970; `null` without a limit. See {@link ceilingOf}. */
  readonly ceilingAt?: number | null;
}

/**
 * Returns the time that a new session never passes, by no extension, re-authentication or change of settings (rule M9):
 * the earlier of the end of its own lifetime and the app's `endsAt`. `null` if the app gives neither. A claim of an identity
 * provider can have a fraction of a second, and stored times are whole milliseconds, so a fraction is cut off.
 */
export function ceilingOf(lifetimeMinutes: number | null, endsAt: number | null, now: number): number | null {
  if (lifetimeMinutes === null) return endsAt === null ? null : Math.floor(endsAt);
  const lifetimeEndsAt = Math.min(now + lifeMs(lifetimeMinutes), LATEST_TIME);
  return endsAt === null ? lifetimeEndsAt : Math.min(lifetimeEndsAt, Math.floor(endsAt));
}

const lifeMs = (minutes: number): number => Math.max(1, Math.floor(minutes * MINUTE_MS));

/** The terms of a new session under the settings. */
export interface SignInTerms {
  readonly persistent: boolean;
  /** The session's own absolute end, in milliseconds since 1970. */
  readonly expiresAt: number;
}

/**
 * Returns a new session's own terms (rules D1, P2, A6). A forged "Stay logged in" is ignored while the settings forbid
 * persistent sessions (rule P4). The app's lifetime replaces the default of API and embedded sessions (rule Q25). It
 * can only shorten a browser session. No session passes the system limit.
 */
export function signInTerms(request: SignInRequest, settings: EffectiveSettings, now: number): SignInTerms {
  const persistent = request.kind === "browser" && request.persistent && settings.allowPersistentSessions;
  const own = request.lifetimeMinutes;
  const ofPerson = Math.min(
    persistent ? settings.persistentMinutes : settings.sessionMinutes,
    own ?? Infinity,
  );
  const minutes = {
    browser: ofPerson,
    sudo: ofPerson,
    api: own ?? API_SESSION_MINUTES,
    embed: own ?? EMBED_SESSION_MINUTES,
  }[request.kind];
  const expiresAt = now + lifeMs(Math.min(minutes, settings.limitMinutes));
  return { persistent, expiresAt: Math.min(expiresAt, request.ceilingAt ?? Infinity) };
}

/**
 * Returns the time of an activity that a browser reports as "`idleMs` ago". The time is never in the future and never
 * before `lastActivityAt`. The browser's clock is not used.
 */
export function reportedActivityAt(idleMs: number, lastActivityAt: number, now: number): number {
  const at = now - Math.max(0, idleMs);
  return at > lastActivityAt ? at : lastActivityAt;
}
