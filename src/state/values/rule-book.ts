import type { Rule, RuleSettings, SessionGroups } from "../../policy/index.js";
import type { SharedRules } from "./rule-codec.js";

/** Most rules of tenants and roles together. Each process holds them all. */
export const MAX_RULES = 1_000;

/** The rules of tenants and roles, by name. */
export class RuleBook {
  /** Name of the text from which the rules come; "" if there are no rules. */
  readonly stamp: string;
  readonly shared: SharedRules;
  readonly #tenants = new Map<string, Rule>();
  readonly #roles = new Map<string, Rule>();

  constructor(stamp: string, shared: SharedRules) {
    this.stamp = stamp;
    this.shared = shared;
    for (const rule of shared.rules) {
      if ("tenant" in rule.for) this.#tenants.set(rule.for.tenant, rule);
      if ("role" in rule.for) this.#roles.set(rule.for.role, rule);
    }
  }

  /** Returns the rules for a session of these groups: of its tenant first, then of its roles. */
  rulesFor({ tenant, roles }: Pick<SessionGroups, "tenant" | "roles">): readonly Rule[] {
    if (this.shared.rules.length === 0 || (tenant === null && roles.length === 0)) return NO_RULES;
    const found = [
      tenant === null ? undefined : this.#tenants.get(tenant),
      ...roles.map((role) => this.#roles.get(role)),
    ];
    return found.filter((rule) => rule !== undefined);
  }
}

const NO_RULES: readonly Rule[] = Object.freeze([]);

/** The book without rules. */
export const NO_BOOK = new RuleBook("", { rules: [] });

/** Returns the settings of some rules. */
export const settingsOf = (rules: readonly Rule[]): RuleSettings[] => rules.map(({ settings }) => settings);
