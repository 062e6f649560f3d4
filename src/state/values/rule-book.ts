import type { GroupEnd, Rule, SessionGroups } from "../../policy/index.js";
import { GroupEnds } from "./group-ends.js";
import type { SharedRules } from "./rule-codec.js";

/** Most rules of tenants and roles together. Each process holds them all. */
export const MAX_RULES = 1_000;
/** Most ends of many sessions that are kept. */
export const MAX_ENDS = 1_000;

/** Time of an end that is not saved yet. It ends no session. */
const NOT_SAVED = 0;

/** The rules of tenants and roles by name, and the ends of many sessions. */
export class RuleBook {
  /** Name of the text from which the rules come; "" if there are no rules and ends. */
  readonly stamp: string;
  /** Time of the save that added an end, in milliseconds since 1970; `null` if it added none. */
  readonly endedAt: number | null;
  readonly rules: readonly Rule[];
  readonly ends: readonly GroupEnd[];
  readonly groupEnds: GroupEnds;
  readonly #shared: SharedRules;
  readonly #tenants = new Map<string, Rule>();
  readonly #roles = new Map<string, Rule>();

  constructor(stamp: string, shared: SharedRules, endedAt: number | null) {
    const { rules, ends } = shared;
    this.stamp = stamp;
    this.#shared = shared;
    this.endedAt = endedAt;
    this.rules = rules;
    this.ends = ends.map((end) => ({ ...end, at: end.at ?? endedAt ?? NOT_SAVED }));
    this.groupEnds = new GroupEnds(this.ends);
    for (const rule of rules) {
      if ("tenant" in rule.for) this.#tenants.set(rule.for.tenant, rule);
      if ("role" in rule.for) this.#roles.set(rule.for.role, rule);
    }
  }

  /** True if every end has a time. */
  get isComplete(): boolean {
    return this.ends.every(({ at }) => at !== NOT_SAVED);
  }

  /** Returns the same book with the time of its save. */
  at(endedAt: number | null): RuleBook {
    return endedAt === this.endedAt ? this : new RuleBook(this.stamp, this.#shared, endedAt);
  }

  /** Returns the rules for a session of these groups: of its tenant first, then of its roles. */
  rulesFor({ tenant, roles }: Pick<SessionGroups, "tenant" | "roles">): readonly Rule[] {
    if (this.rules.length === 0 || (tenant === null && roles.length === 0)) return NO_RULES;
    const found = [
      tenant === null ? undefined : this.#tenants.get(tenant),
      ...roles.map((role) => this.#roles.get(role)),
    ];
    return found.filter((rule) => rule !== undefined);
  }
}

const NO_RULES: readonly Rule[] = Object.freeze([]);

/** The book without rules and ends. */
export const NO_BOOK = new RuleBook("", { rules: [], ends: [] }, null);
