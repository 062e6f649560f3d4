import { MAX_EXTENSION_MINUTES, MINUTE_MS } from "./durations.js";
import type { SessionFacts } from "./session.js";
import type { EffectiveSettings } from "./settings.js";

/** The ends of a session under some settings, in milliseconds since 1970. */
export interface Deadlines {
  readonly absoluteAt: number;
  /** `null` if inactivity does not end this session. */
  readonly idleAt: number | null;
}

/** True if the session is persistent now: its user asked for it, and the settings still allow it (rules Q16, Q17). */
export function isPersistentNow(session: SessionFacts, settings: EffectiveSettings): boolean {
  return session.kind === "browser" && session.persistent && settings.allowPersistentSessions;
}

/** Returns the minutes that one extension adds under these settings (rules D5, D6). */
export function extensionMinutes(settings: EffectiveSettings): number {
  return Math.min(settings.sessionMinutes, MAX_EXTENSION_MINUTES);
}

/** Returns the latest end of a session: the system limit, counted from the last authentication (rule Q10). */
export function limitAt(session: SessionFacts, settings: EffectiveSettings): number {
  return session.signedInAt + settings.limitMinutes * MINUTE_MS;
}

/** Returns the end that no extension passes: the system limit, or the app's own limit if that is earlier (rule M9). */
export function latestEnd(session: SessionFacts, settings: EffectiveSettings): number {
  return Math.min(limitAt(session, settings), session.ceilingAt ?? Infinity);
}

/** True if a person uses the session in a browser, so that session duration and inactivity end it (rules N13, U3). */
export function isOfPerson({ kind }: Pick<SessionFacts, "kind">): boolean {
  return kind === "browser" || kind === "sudo";
}

/** True if a session that ends at `absoluteAt` reaches the app's own limit. Only a new sign-in gives more time then. */
export function isAtCeiling(session: SessionFacts, absoluteAt: number): boolean {
  return session.ceilingAt !== null && absoluteAt >= session.ceilingAt;
}

/** Returns the end under the current settings. It can only shorten the session's own end (rules Q12, Q13, Q15, Q16). */
function allowedUntil(session: SessionFacts, settings: EffectiveSettings): number {
  if (!isOfPerson(session)) return Number.POSITIVE_INFINITY;
  if (isPersistentNow(session, settings)) return session.signedInAt + settings.persistentMinutes * MINUTE_MS;
  const base = session.signedInAt + settings.sessionMinutes * MINUTE_MS;
  if (settings.inactivityLogout || session.extendedAt === null) return base;
  return Math.max(base, session.extendedAt + extensionMinutes(settings) * MINUTE_MS);
}

/** Returns the session's deadlines under the current settings (rules D, N, P, Q25). */
export function deadlines(session: SessionFacts, settings: EffectiveSettings): Deadlines {
  const idles = settings.inactivityLogout && isOfPerson(session);
  return {
    absoluteAt: Math.min(session.expiresAt, allowedUntil(session, settings), latestEnd(session, settings)),
    idleAt: idles ? session.lastActivityAt + settings.idleMinutes * MINUTE_MS : null,
  };
}
