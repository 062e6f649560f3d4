import {
  coveredUntil,
  endingOf,
  isCovered,
  isInGroup,
  type EndableSession,
  type EndTarget,
  type GroupEnd,
  type GroupEnding,
  type SessionGroups,
} from "../../policy/index.js";

/** The ends of many sessions that are kept, by the groups that they end. */
export class GroupEnds {
  readonly #forAll: readonly GroupEnd[];
  readonly #byGroup = new Map<string, GroupEnd>();
  /** Latest time of a sign-in that any end covers, in milliseconds since 1970; 0 without ends. */
  readonly latest: number;
  readonly #latestAt: number;

  constructor(ends: readonly GroupEnd[]) {
    this.#forAll = ends.filter(({ where }) => "all" in where || "signedInBefore" in where);
    for (const end of ends) this.#byGroup.set(keyOf(end.where), end);
    this.latest = Math.max(0, ...ends.map(coveredUntil));
    this.#latestAt = Math.max(0, ...ends.map(({ at }) => at));
  }

  /** Returns the earliest end that covers a session; `null` if none does. */
  endOf(session: EndableSession): GroupEnding | null {
    // Most sessions began after all ends.
    if (session.number > this.#latestAt && session.signedInAt >= this.#latestAt) return null;
    let found: GroupEnd | null = null;
    for (const end of this.#endsFor(session))
      if (isCovered(end, session) && (found === null || end.at < found.at)) found = end;
    return found && endingOf(found, session);
  }

  /** True if an end covers sign-ins of these groups whose authentication began at a time (rule M35). */
  covers(groups: SessionGroups, authenticatedAt: number): boolean {
    return this.#endsFor(groups).some(
      (end) => isInGroup(end.where, groups) && authenticatedAt <= coveredUntil(end),
    );
  }

  #endsFor({ tenant, roles, credentialsType }: SessionGroups): readonly GroupEnd[] {
    const keys = [
      ...(tenant === null ? [] : [keyOf({ tenant })]),
      ...roles.map((role) => keyOf({ role })),
      ...(credentialsType === null ? [] : [keyOf({ credentialsType })]),
    ];
    return [...this.#forAll, ...keys.map((key) => this.#byGroup.get(key)).filter((end) => end !== undefined)];
  }
}

/** Returns a text that names the sessions of an end. A later end of the same sessions includes the earlier one. */
export function keyOf(where: EndTarget): string {
  return "signedInBefore" in where ? "signedInBefore" : JSON.stringify(where);
}
