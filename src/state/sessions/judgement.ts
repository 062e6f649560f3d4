/** The settings and the standing that a verdict on a stored session needs. */
import {
  FRESH_STANDING,
  verdict,
  withoutNewer,
  type EffectiveSettings,
  type SessionCore,
  type UserStanding,
  type Verdict,
} from "../../policy/index.js";
import type { InForce } from "../values/in-force.js";
import type { Storage } from "../storage.js";
import { ownRuleIn, parseStanding } from "./user-format.js";

/** The settings in force for one session, and the session's standing under them. */
export interface Judgement {
  readonly settings: EffectiveSettings;
  readonly standing: UserStanding;
}

/**
 * Returns the settings and the standing of one session. All verdicts on stored sessions use them.
 *
 * @param user - text of the user's key
 * @param over - refs that are over and do not count
 * @returns `null` if the user's key makes no sense: then the session has ended
 */
export function judgementOn(
  storage: Pick<Storage, "limitOpenSessions">,
  inForce: InForce,
  record: SessionCore,
  user: string,
  now: number,
  over?: ReadonlySet<string>,
): Judgement | null {
  const settings = inForce.for(record, ownRuleIn(user));
  if (!settings) return null;
  const limits = storage.limitOpenSessions ? settings : null;
  const standing = parseStanding(user, record, now, limits, over);
  if (!standing) return null;
  const groupEnd = inForce.endOf(record);
  return { settings, standing: groupEnd ? { ...standing, groupEnd } : standing };
}

/** Returns the verdict under a judgement. */
export function judge(record: SessionCore, { settings, standing }: Judgement, now: number): Verdict {
  return verdict(record, standing, settings, now);
}

/**
 * Returns true if only the number of newer browsers ends a session. Some of those browsers may be over themselves (rule
 * C11), so the caller counts them again.
 */
export function losesToNewer(record: SessionCore, judgement: Judgement, now: number): boolean {
  const unlimited = { ...judgement, standing: withoutNewer(judgement.standing) };
  return endOf(judge(record, judgement, now)) !== endOf(judge(record, unlimited, now));
}

const endOf = (judged: Verdict) => (judged.state === "ended" ? judged.reason : null);

/** Returns the verdict on a session by its times and ends of many alone, without its standing among others. */
export function judgeTimes(inForce: InForce, record: SessionCore, user: string, now: number): Verdict {
  const settings = inForce.for(record, ownRuleIn(user));
  if (!settings) return { state: "ended", reason: "unknown", at: now, by: null };
  return verdict(record, { ...FRESH_STANDING, groupEnd: inForce.endOf(record) }, settings, now);
}
