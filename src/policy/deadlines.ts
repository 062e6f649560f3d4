import { MAX_EXTENSION_MINUTES, MINUTE_MS } from "./durations.js";
import type { SessionFacts } from "./session.js";
import type { EffectiveSettings } from "./settings.js";

/** When a session ends under the settings given, in milliseconds since 1970. */
export interface Deadlines {
  readonly absoluteAt: number;
  /** `null` while inactivity does not end this session. */
  readonly idleAt: number | null;
}

/** Whether the session lives as a persistent one now: its user asked, and it is still allowed (rules Q16, Q17). */
export function isPersistentNow(session: SessionFacts, settings: EffectiveSettings): boolean {
  return session.kind === "browser" && session.persistent && settings.allowPersistentSessions;
}

/** What one extension adds under the settings given, in minutes (rules D5, D6). */
export function extensionMinutes(settings: EffectiveSettings): number {
  return Math.min(settings.sessionMinutes, MAX_EXTENSION_MINUTES);
}

/** The end that no extension passes: the system limit, from the last authentication (rule Q10). */
export function limitAt(session: SessionFacts, settings: EffectiveSettings): number {
  return session.signedInAt + settings.limitMinutes * MINUTE_MS;
}

/** The end that the live settings allow; it only ever shortens the session's own (rules Q12, Q13, Q15, Q16). */
function allowedUntil(session: SessionFacts, settings: EffectiveSettings): number {
  if (session.kind !== "browser") return Number.POSITIVE_INFINITY;
  if (isPersistentNow(session, settings)) return session.signedInAt + settings.persistentMinutes * MINUTE_MS;
  const base = session.signedInAt + settings.sessionMinutes * MINUTE_MS;
  if (settings.inactivityLogout || session.extendedAt === null) return base;
  return Math.max(base, session.extendedAt + extensionMinutes(settings) * MINUTE_MS);
}

/** The session's deadlines under the live settings (rules D, N, P, Q25). */
export function deadlines(session: SessionFacts, settings: EffectiveSettings): Deadlines {
  const idles = settings.inactivityLogout && session.kind === "browser";
  return {
    absoluteAt: Math.min(session.expiresAt, allowedUntil(session, settings), limitAt(session, settings)),
    idleAt: idles ? session.lastActivityAt + settings.idleMinutes * MINUTE_MS : null,
  };
}
