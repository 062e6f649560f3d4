import {
  effectiveSettings,
  explainSettings,
  strictest,
  type EffectiveSettings,
  type EndableSession,
  type ExplainedSettings,
  type GroupEnding,
  type SessionGroups,
  type Settings,
  type SystemLimits,
} from "../../policy/index.js";
import type { RuleBook } from "./rule-book.js";
import { decodeOwn } from "./rule-codec.js";

/** Separates the texts on which settings depend. No label contains it. */
const SEPARATOR = "\u001f";
/** Most settings that are remembered. They are a few hundred bytes each. */
const MAX_KNOWN = 2_000;

/** The general settings and the rules for some at one time. A session is judged by the strictest of them. */
export class InForce {
  /** The settings in force for sessions without a rule. */
  readonly general: EffectiveSettings;
  readonly book: RuleBook;
  /** Settings that have been computed, by the texts on which they depend. */
  readonly #known = new Map<string, EffectiveSettings | null>();
  readonly #configured: Settings;
  readonly #limits: SystemLimits;

  constructor(configured: Settings, limits: SystemLimits, book: RuleBook) {
    this.general = effectiveSettings(configured, limits);
    this.book = book;
    this.#configured = configured;
    this.#limits = limits;
  }

  /**
   * Returns the settings in force for a session of these groups.
   *
   * @param own - text of the person's own rule in the user's key; "" for none
   * @returns `null` if that text makes no sense: then the session has ended
   */
  for(groups: Pick<SessionGroups, "tenant" | "roles">, own: string): EffectiveSettings | null {
    if (own === "" && (this.book.rules.length === 0 || (groups.tenant === null && groups.roles.length === 0)))
      return this.general;
    // The own rule comes last, because a damaged text may contain anything.
    const name = [groups.roles.length, groups.tenant ?? "", ...groups.roles, own].join(SEPARATOR);
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const found = this.#compute(groups, own);
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(name, found);
    return found;
  }

  #compute(groups: Pick<SessionGroups, "tenant" | "roles">, own: string): EffectiveSettings | null {
    const settings = this.book.rulesFor(groups).map((rule) => rule.settings);
    if (own !== "") {
      const read = decodeOwn(own);
      if (!read) return null;
      if (read.settings) settings.push(read.settings);
    }
    return effectiveSettings(strictest(this.#configured, settings), this.#limits);
  }

  /** Returns the settings in force for a session, and the source of each value. @param own - text of the person's own rule; "" for none */
  explain(groups: Pick<SessionGroups, "tenant" | "roles">, userId: string, own: string): ExplainedSettings {
    const settings = own === "" ? null : (decodeOwn(own)?.settings ?? null);
    const rules = [...this.book.rulesFor(groups), ...(settings ? [{ for: { userId }, settings }] : [])];
    return explainSettings(this.#configured, rules, this.#limits);
  }

  /** True if the general settings, a person's own rule or another rule limits the browsers of a user. */
  limitsBrowsers(own: string): boolean {
    const ofPerson = this.for({ tenant: null, roles: [] }, own);
    const rules = this.book.rules.map((rule) => rule.settings);
    return (
      ofPerson?.maxSessionsPerUser !== null || strictest(this.#configured, rules).maxSessionsPerUser !== null
    );
  }

  /** Returns the end of many sessions that covers a session; `null` if none does. */
  endOf(session: EndableSession): GroupEnding | null {
    return this.book.groupEnds.endOf(session);
  }

  /** Returns the same rules with other general settings. */
  with(configured: Settings): InForce {
    return new InForce(configured, this.#limits, this.book);
  }
}
