import { WARNING_MS } from "./durations.js";
import type { SessionFacts, UserStanding } from "./session.js";
import type { EffectiveSettings } from "./settings.js";
import { verdict, type Verdict } from "./verdict.js";

/** The own session of an administrator who is signed in as another user, and the facts for its verdict. */
export interface AdministratorSession {
  readonly record: SessionFacts;
  readonly standing: UserStanding;
  readonly settings: EffectiveSettings;
}

/**
 * Decides about a sudo session by its own verdict and the administrator's session. The sudo session ends when either is
 * over, and lives no longer than either (rules U2, U3). It offers no extension and no re-authentication (rule U4).
 *
 * @param own - verdict on the sudo session alone
 * @param administrator - `null` if the administrator's session is missing or unreadable: then the sudo session has ended
 */
export function underAdministrator(
  own: Verdict,
  administrator: AdministratorSession | null,
  now: number,
): Verdict {
  if (own.state === "ended") return own;
  if (administrator === null) return { state: "ended", reason: "unknown", at: now, by: null };
  const { record, standing, settings } = administrator;
  const above = verdict(record, standing, settings, now);
  // The user's session does not show the sign-in that evicted the administrator.
  if (above.state === "ended") return { ...above, by: null };
  const absoluteEndsAt = Math.min(own.absoluteEndsAt, above.absoluteEndsAt);
  const idleAt = Math.min(own.idleEndsAt ?? Infinity, above.idleEndsAt ?? Infinity);
  const limit = idleAt < absoluteEndsAt ? "idle" : "absolute";
  const endsAt = Math.min(idleAt, absoluteEndsAt);
  return {
    state: "active",
    limit,
    endsAt,
    absoluteEndsAt,
    idleEndsAt: idleAt === Infinity ? null : idleAt,
    warnAt: endsAt - WARNING_MS,
    action: limit === "idle" ? "stay" : "sign_in",
    persistent: false,
  };
}
