import { CLASS_LIMITS, type BrowserLimitName } from "./device-class.js";
import {
  deadlines,
  isAtCeiling,
  isOfPerson,
  isPersistentNow,
  latestEnd,
  type Deadlines,
} from "./deadlines.js";
import { CLOCK_TOLERANCE_MS, WARNING_MS } from "./durations.js";
import type { EndReason, EvictedBy, SessionFacts, UserStanding } from "./session.js";
import type { EffectiveSettings, Settings } from "./settings.js";

/**
 * The offer of a warning: keep an idle session, extend it, authenticate again, sign in again on the login page (rule M9),
 * or no action.
 */
export type WarningAction = "stay" | "extend" | "reauthenticate" | "sign_in" | "none";

/** The session continues. Times are milliseconds since 1970. */
export interface ActiveVerdict {
  readonly state: "active";
  /** The nearer deadline; `absolute` at a tie, because activity cannot help then (rules N10, N11). */
  readonly limit: "absolute" | "idle";
  readonly endsAt: number;
  readonly absoluteEndsAt: number;
  readonly idleEndsAt: number | null;
  /** Time of the warning: two minutes before the end (rules D3, N3). */
  readonly warnAt: number;
  readonly action: WarningAction;
  /** True if the cookie must outlive the browser. */
  readonly persistent: boolean;
}

/** The session is over. */
export interface EndedVerdict {
  readonly state: "ended";
  readonly reason: EndReason;
  readonly at: number;
  readonly by: EvictedBy | null;
  /** User id of the person who ended the session together with others. Left out if it is unknown. */
  readonly actor?: string;
  /** Limit above which an evicted session was. Left out if it is unknown. */
  readonly limit?: BrowserLimitName;
}

/** The decision about a session: a value, never an exception. */
export type Verdict = ActiveVerdict | EndedVerdict;

interface Cause {
  readonly reason: EndReason;
  readonly at: number;
  readonly actor?: string;
  readonly limit?: BrowserLimitName;
}

/** True if the deadline is reached. NaN must end a session too, so the comparison is negated. */
const isOver = (deadline: number, now: number): boolean => !(now < deadline);

function isPlausible(session: SessionFacts, user: UserStanding, now: number): boolean {
  const stamps = [session.signedInAt, session.lastActivityAt];
  if (session.extendedAt !== null) stamps.push(session.extendedAt);
  if (Number.isNaN(session.ceilingAt)) return false;
  const { floor, evictedBelow, newerBrowsers, newerOfClass, latestNumber } = user;
  const counts = [evictedBelow, newerBrowsers, newerOfClass];
  const times = [user.floorAt, user.replacedAt ?? 0, user.groupEnd?.at ?? 0];
  const numbers = [session.expiresAt, session.number, floor, latestNumber, ...counts, ...times];
  if (![...stamps, ...numbers].every(Number.isFinite)) return false;
  // The user's key assigns the numbers, so no number is above its latest number.
  return session.number <= latestNumber && stamps.every((at) => at <= now + CLOCK_TOLERANCE_MS);
}

function isRevoked(session: SessionFacts, user: UserStanding): boolean {
  return session.number < user.floor && session.number !== user.sparedNumber;
}

/** Returns the cause of an eviction, at the user's latest sign-in. `undefined` if no limit ends the session. */
function evictionOf(session: SessionFacts, user: UserStanding, settings: Settings): Cause | undefined {
  const evicted: Cause = { reason: "evicted", at: user.latestNumber };
  if (session.number < user.evictedBelow) return evicted;
  if (session.kind !== "browser") return undefined;
  const { deviceClass, newerBrowsers, newerOfClass } = user;
  const isAbove = (name: BrowserLimitName, newer: number): boolean => {
    const limit = settings[name];
    return limit !== null && !(newer < limit);
  };
  const limit = deviceClass && CLASS_LIMITS[deviceClass];
  if (limit && isAbove(limit, newerOfClass)) return { ...evicted, limit };
  return isAbove("maxSessionsPerUser", newerBrowsers)
    ? { ...evicted, limit: "maxSessionsPerUser" }
    : undefined;
}

/** Returns the earliest cause of an end. At a tie the order of the checks decides (rule N11). */
function causeOfEnd(
  session: SessionFacts,
  user: UserStanding,
  settings: Settings,
  { absoluteAt, idleAt }: Deadlines,
  now: number,
): Cause | undefined {
  const causes: Cause[] = [];
  if (isRevoked(session, user)) causes.push({ reason: user.floorReason, at: user.floorAt });
  if (user.replacedAt !== null) causes.push({ reason: "signed_out", at: user.replacedAt });
  if (user.groupEnd !== null) {
    const { reason, at, actor } = user.groupEnd;
    causes.push({ reason, at, ...(actor === null ? {} : { actor }) });
  }
  if (isOver(absoluteAt, now)) causes.push({ reason: "absolute", at: absoluteAt });
  if (idleAt !== null && isOver(idleAt, now)) causes.push({ reason: "idle", at: idleAt });
  const eviction = evictionOf(session, user, settings);
  if (eviction) causes.push(eviction);
  // Other ends take a session's place in the order, too. The place says only that it is over.
  if (!user.hasPlace && causes.length === 0) causes.push({ reason: "evicted", at: user.latestNumber });
  return causes.sort((a, b) => a.at - b.at)[0];
}

function warningAction(
  session: SessionFacts,
  settings: EffectiveSettings,
  limit: "absolute" | "idle",
  absoluteAt: number,
): WarningAction {
  if (!isOfPerson(session)) return "none";
  if (limit === "idle") return "stay";
  if (session.kind === "sudo" || isAtCeiling(session, absoluteAt)) return "sign_in";
  const extends_ = !settings.inactivityLogout && !isPersistentNow(session, settings);
  return extends_ && absoluteAt < latestEnd(session, settings) ? "extend" : "reauthenticate";
}

/**
 * Decides if a session continues at `now`, from the effective settings ({@link effectiveSettings}) and the facts of the
 * session. Pure: the same facts always give the same verdict.
 *
 * A deadline ends the session as soon as it is reached (`now >= deadline`, rule Q29). Impossible facts (NaN, stamps in
 * the future) end the session as `unknown`. If there are several causes, the verdict has the earliest.
 */
export function verdict(
  session: SessionFacts,
  user: UserStanding,
  settings: EffectiveSettings,
  now: number,
): Verdict {
  if (session.end !== null) {
    const { reason, at, by } = session.end;
    return { state: "ended", reason, at, by };
  }
  if (!isPlausible(session, user, now)) return { state: "ended", reason: "unknown", at: now, by: null };

  const ends = deadlines(session, settings);
  const cause = causeOfEnd(session, user, settings, ends, now);
  if (cause) return { state: "ended", ...cause, by: null };

  const { absoluteAt, idleAt } = ends;
  const limit = idleAt !== null && idleAt < absoluteAt ? "idle" : "absolute";
  const endsAt = limit === "idle" && idleAt !== null ? idleAt : absoluteAt;
  return {
    state: "active",
    limit,
    endsAt,
    absoluteEndsAt: absoluteAt,
    idleEndsAt: idleAt,
    warnAt: endsAt - WARNING_MS,
    action: warningAction(session, settings, limit, absoluteAt),
    persistent: isPersistentNow(session, settings),
  };
}
