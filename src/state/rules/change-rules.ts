/** Reads and changes rules for some, of every kind. */
import {
  applyRule,
  checkPatch,
  RULE_SETTING_NAMES,
  type Coercion,
  type ExplainedSettings,
  type Rule,
  type RuleSettings,
  type RuleTarget,
} from "../../policy/index.js";
import { CurfewError } from "../../errors.js";
import { inspect, judgeAll } from "../sessions/list-sessions.js";
import type { Durability } from "../replica-wait.js";
import { ownRuleIn } from "../sessions/user-format.js";
import { conflict, notSaved, readSettings } from "../settings/settings-store.js";
import { isDurable, type Storage } from "../storage.js";
import { ownRuleFacts, readOwnRule, saveOwnRule } from "../sessions/own-rule.js";
import { decodeOwn, isSameTarget, type OwnRule } from "../values/rule-codec.js";
import { saveSharedRule, type RuleChanging } from "./shared-rules.js";

/** A rule for some as it is saved. */
export interface SavedRule {
  readonly for: RuleTarget;
  /** `null` if there is no rule for these sessions. */
  readonly settings: RuleSettings | null;
  /** Version to give back as `ifVersion`. A person's own rule has a version of its own. */
  readonly version: number;
}

/** Result of saving a rule. */
export interface RuleUpdate extends SavedRule, Durability {
  /** Values that were adjusted because the rule turns inactivity logout on. */
  readonly coercions: readonly Coercion[];
}

/** The rules of tenants and roles, and the version of the settings that name them. */
export interface SharedRuleList {
  readonly rules: readonly Rule[];
  readonly version: number;
}

/** Returns the rules of tenants and roles, in the order of their names. */
export async function listRules(storage: Storage): Promise<SharedRuleList> {
  const { inForce, version } = await readSettings(storage);
  const nameOf = ({ for: target }: Rule): string => Object.values(target)[0] ?? "";
  const rules = [...inForce.book.rules].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  return { rules, version };
}

/** Returns one rule. */
export async function getRule(storage: Storage, target: RuleTarget): Promise<SavedRule> {
  if ("userId" in target) {
    const own = decodeOwn(await readOwnRule(storage, target.userId));
    return { for: target, settings: own?.settings ?? null, version: versionOf(own) };
  }
  const { inForce, version } = await readSettings(storage);
  const found = inForce.book.rules.find((rule) => isSameTarget(rule.for, target));
  return { for: target, settings: found?.settings ?? null, version };
}

const versionOf = (own: OwnRule | null): number => own?.revision ?? 0;

/**
 * Checks the settings of a rule, and returns them as they are saved.
 *
 * @throws CurfewError `invalid_settings`, whose `details.fields` names every wrong field
 */
function requireRule(settings: RuleSettings): ReturnType<typeof applyRule> {
  const check = checkPatch(settings);
  if (!check.ok) throw notSaved("Rule", check.problems);
  const given = RULE_SETTING_NAMES.filter((name) => settings[name] !== undefined);
  const applied = applyRule(Object.fromEntries(given.map((name) => [name, settings[name]])));
  if (Object.keys(applied.settings).length > 0) return applied;
  throw new CurfewError(
    "invalid_settings",
    "Rule not saved: it limits nothing. Give one limit at least, such as sessionMinutes, or remove the rule.",
    { fields: [] },
  );
}

/** Saves a rule. It applies from the next request of each session. @throws CurfewError as {@link requireRule} */
export async function setRule(
  storage: Storage,
  target: RuleTarget,
  wanted: RuleSettings,
  options: RuleChanging,
): Promise<RuleUpdate> {
  const { settings, coercions } = requireRule(wanted);
  return { ...(await saveRule(storage, target, settings, options)), coercions };
}

/** Saves a rule, or removes it. @param settings - `null` to remove the rule */
export async function saveRule(
  storage: Storage,
  target: RuleTarget,
  settings: RuleSettings | null,
  options: RuleChanging,
): Promise<SavedRule & Durability> {
  if (!("userId" in target))
    return { ...(await saveSharedRule(storage, { for: target, settings }, options)), for: target, settings };
  const { userId } = target;
  const check = (before: OwnRule | null): void => {
    const version = versionOf(before);
    if (options.ifVersion !== undefined && options.ifVersion !== version) throw conflict({ version });
  };
  const { rule, isChanged } = await saveOwnRule(storage, { userId, settings, by: options, check });
  const durable =
    isChanged && rule ? await isDurable(storage, ...(await ownRuleFacts(storage, userId, rule))) : null;
  return { for: target, settings, version: versionOf(rule), durable };
}

/** The settings in force for one session, and the source of each value. */
export interface ExplainedSession extends ExplainedSettings {
  readonly ref: string;
}

/** Explains the settings in force for a living session. @returns `null` if no living session has this ref */
export async function explainSession(storage: Storage, ref: string): Promise<ExplainedSession | null> {
  const { inForce } = await readSettings(storage);
  const found = await inspect(storage, ref);
  const [living] = found ? await judgeAll(storage, [found], inForce) : [];
  if (!found || !living) return null;
  return { ref, ...inForce.explain(found.record, found.record.userId, ownRuleIn(found.user)) };
}
