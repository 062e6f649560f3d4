import {
  checkArguments,
  isActor,
  isText,
  isWhole,
  requireOneName,
  type Check,
  type OptionsSpec,
} from "../check-options.js";
import { RULE_SETTING_NAMES, type RuleSettings, type RuleTarget } from "../policy/index.js";
import type { Durability } from "../state/replica-wait.js";
import {
  getRule,
  listRules,
  saveRule,
  setRule,
  type RuleUpdate,
  type SavedRule,
  type SharedRuleList,
} from "../state/rules/change-rules.js";
import { resetRules, type SavedRules } from "../state/rules/shared-rules.js";
import { MAX_USER_ID_LENGTH } from "../state/sessions/record-format.js";
import { isLabel, isStorable } from "../state/values/session-labels.js";
import type { Storage } from "../state/storage.js";

/** Options of a change of a rule. */
export interface RuleOptions {
  /** Actor of the change; kept in the history. */
  readonly actor?: string;
  /** Place from which the actor made the change, such as `req.ip`; kept in the history. @default no place is kept */
  readonly from?: string;
  /** Refuse unless this version is the one in force (`settings_conflict`). */
  readonly ifVersion?: number;
}

/** Options of `settings.rules.reset`. */
export type ResetOptions = Omit<RuleOptions, "ifVersion">;

/**
 * `curfew.settings.rules`: limits for the sessions of one tenant, role or person. A session is judged by the strictest of
 * the general settings and of all rules for its tenant, its roles and its person. A change applies in every process
 * from the next request, to open sessions too.
 */
export interface RulesApi {
  /** Returns the rules of tenants and roles. Rules of persons are read one by one. @throws CurfewError `redis_unavailable` */
  list(): Promise<SharedRuleList>;
  /** Returns one rule; `settings` is `null` if there is none. @throws CurfewError `invalid_argument`, `redis_unavailable` */
  get(target: RuleTarget): Promise<SavedRule>;
  /**
   * Saves a rule in place of the rule for the same sessions. There are at most 1,000 rules of tenants and roles, and one
   * for each person.
   *
   * A value above the general value has no effect, and values that limit nothing are not saved. A rule that turns
   * inactivity logout on forbids persistent sessions (rules I1 to I7). Its duration is 15 minutes to one day, and its idle
   * time 15 minutes by default. Adjusted values are listed in `coercions`.
   *
   * @example
   * const admins = { inactivityLogout: true, idleMinutes: 30, sessionMinutes: 480, maxSessionsPerUser: 1 };
   * await curfew.settings.rules.set({ role: "admin" }, admins, { actor: userId });
   * @throws CurfewError `invalid_settings` (`details.fields` lists every wrong field), `settings_conflict`,
   * `invalid_argument`, `redis_unavailable`
   */
  set(target: RuleTarget, settings: RuleSettings, options?: RuleOptions): Promise<RuleUpdate>;
  /** Removes a rule. A session that began under it gets no more time (rule A6). @throws CurfewError as `set` */
  remove(target: RuleTarget, options?: RuleOptions): Promise<SavedRule & Durability>;
  /**
   * Removes all rules of tenants and roles without reading them, for an operator whose rules are lost from Redis
   * (warning `rules_lost`). Ends all sessions, because an end of many sessions may be lost too.
   *
   * @throws CurfewError `invalid_argument`, `redis_unavailable`
   */
  reset(options?: ResetOptions): Promise<SavedRules>;
}

/** Longest text for the place of a change. */
const MAX_FROM = 255;

/** Checks the place of a change. */
export const isAddress: Check = (value) =>
  typeof value === "string" && value !== "" && value.length <= MAX_FROM
    ? null
    : `must be a text of 1 to ${String(MAX_FROM)} characters, such as req.ip`;

const USAGE = 'curfew.settings.rules.set({ role: "admin" }, { sessionMinutes: 480 }, { actor: userId })';

const optionsSpec = (by: string): OptionsSpec<RuleOptions> => ({
  by,
  usage: USAGE,
  checks: { actor: isActor, from: isAddress, ifVersion: isWhole(0, Infinity) },
});

const RESET: OptionsSpec<ResetOptions> = {
  by: "settings.rules.reset",
  usage: "curfew.settings.rules.reset({ actor: userId })",
  checks: { actor: isActor, from: isAddress },
};

interface TargetNames {
  readonly tenant: string;
  readonly role: string;
  readonly userId: string;
}

/** Returns a target with its own name only. @throws CurfewError `invalid_argument` unless it names one kind of sessions */
function requireTarget(by: string, target: unknown): RuleTarget {
  const userId: Check = (value) => isText(value) ?? isStorable(MAX_USER_ID_LENGTH)(value);
  const spec: OptionsSpec<TargetNames> = {
    by,
    usage: USAGE,
    what: "target",
    checks: { tenant: isLabel, role: isLabel, userId },
  };
  return requireOneName(spec, target) as RuleTarget;
}

const anything: Check = () => null;

/** Checks the names of a rule's settings; their values are checked where they are saved. */
const settingsSpec: OptionsSpec<RuleSettings> = {
  by: "settings.rules.set",
  usage: USAGE,
  what: "rule setting",
  checks: Object.fromEntries(RULE_SETTING_NAMES.map((name) => [name, anything])) as Record<
    keyof RuleSettings,
    Check
  >,
};

/** Creates `curfew.settings.rules`. */
export function createRulesApi(storage: Storage): RulesApi {
  return {
    list: () => listRules(storage),
    get: async (target) => getRule(storage, requireTarget("settings.rules.get", target)),
    set: async (target, settings, options = {}) => {
      const by = "settings.rules.set";
      const group = requireTarget(by, target);
      checkArguments(settingsSpec, settings);
      checkArguments(optionsSpec(by), options);
      return setRule(storage, group, settings, options);
    },
    remove: async (target, options = {}) => {
      const by = "settings.rules.remove";
      checkArguments(optionsSpec(by), options);
      return saveRule(storage, requireTarget(by, target), null, options);
    },
    reset: async (options = {}) => {
      checkArguments(RESET, options);
      return resetRules(storage, options);
    },
  };
}
