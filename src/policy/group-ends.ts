/** The ends of many sessions at once: of all, of a group, or of all that began before a time. */
import type { GroupEnding, SessionFacts, SessionGroups } from "./session.js";

/** The sessions that end together. `signedInBefore` is a time in milliseconds since 1970. */
export type EndTarget =
  | { readonly all: true }
  | { readonly tenant: string }
  | { readonly role: string }
  | { readonly credentialsType: string }
  | { readonly signedInBefore: number };

/** An end of many sessions. It ends the sessions that began by then, also those that no list has. */
export interface GroupEnd {
  readonly where: EndTarget;
  /** Time of the end, in milliseconds since 1970. */
  readonly at: number;
  /** User id of the person who ended the sessions; `null` if it is unknown. */
  readonly actor: string | null;
}

/** The facts of a session that decide if an end of many covers it. */
export type EndableSession = Pick<SessionFacts, "number" | "signedInAt"> &
  SessionGroups & {
    readonly userId: string;
    readonly isAuthenticationKnown: boolean;
  };

/** True if the sessions of an end have these groups. */
export function isInGroup(where: EndTarget, groups: SessionGroups): boolean {
  if ("tenant" in where) return groups.tenant === where.tenant;
  if ("role" in where) return groups.roles.includes(where.role);
  if ("credentialsType" in where) return groups.credentialsType === where.credentialsType;
  return true;
}

/** Returns the latest time of a sign-in that an end covers, in milliseconds since 1970. */
export function coveredUntil({ where, at }: GroupEnd): number {
  return "signedInBefore" in where ? Math.min(where.signedInBefore - 1, at) : at;
}

/**
 * True if an end of many has ended a session. The number of the sign-in decides, because a re-authentication does not
 * change the number. A clock that was set back leaves numbers ahead of the clock, so the time of the last authentication
 * decides too. A session that was taken over has an unknown authentication, which counts as earlier than any time.
 */
export function isCovered(end: GroupEnd, session: EndableSession): boolean {
  if (!isInGroup(end.where, session)) return false;
  const until = coveredUntil(end);
  const isOld = session.number <= until || session.signedInAt < until;
  return isOld || (!session.isAuthenticationKnown && session.number <= end.at);
}

/** Returns what a session gets from the end of many: the user's own end is `revoked`, any other `revoked_by_admin`. */
export function endingOf({ at, actor }: GroupEnd, { userId }: Pick<EndableSession, "userId">): GroupEnding {
  return { reason: actor === userId ? "revoked" : "revoked_by_admin", at, actor };
}
