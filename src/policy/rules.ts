/** Rules for some: the settings of one tenant, role or person. The strictest value always wins. */
import { applyPatch, type Coercion } from "./apply-patch.js";
import { CLASS_LIMIT_NAMES, NO_CLASS_LIMITS, type ClassLimits } from "./device-class.js";
import { DEFAULT_SETTINGS, effectiveSettings, totalLimit, type EffectiveSettings } from "./settings.js";
import type { Settings, SettingsPatch, SystemLimits } from "./settings.js";

/** The settings of a rule for some. A setting that is left out has no limit in this rule. */
export type RuleSettings = Omit<SettingsPatch, "trackLocation">;

/** The sessions of a rule: the sessions of a tenant, with a role, or of one person. */
export type RuleTarget =
  { readonly tenant: string } | { readonly role: string } | { readonly userId: string };

/** A rule for some. */
export interface Rule {
  readonly for: RuleTarget;
  readonly settings: RuleSettings;
}

/** A changed rule for some. */
export interface RuleChange {
  readonly for: RuleTarget;
  /** The rule after the change; `null` if it was removed. */
  readonly settings: RuleSettings | null;
}

/** Names of the settings that a rule can have. */
export const RULE_SETTING_NAMES = [
  "allowPersistentSessions",
  "sessionMinutes",
  "maxSessionsPerUser",
  ...CLASS_LIMIT_NAMES,
  "whenLimitReached",
  "inactivityLogout",
  "idleMinutes",
] as const satisfies readonly (keyof RuleSettings)[];

/** Values that limit nothing. A rule does not store them. */
const UNLIMITED: RuleSettings = {
  allowPersistentSessions: true,
  maxSessionsPerUser: null,
  ...NO_CLASS_LIMITS,
  whenLimitReached: "end_oldest",
  inactivityLogout: false,
};

/** The settings of a rule as they are saved, and the values that were adjusted. */
export interface AppliedRule {
  readonly settings: RuleSettings;
  readonly coercions: readonly Coercion[];
}

/**
 * Returns the settings of a rule as they are saved (rules I1 to I7). Inactivity logout has the same effect on the other
 * values as in the general settings. A rule with inactivity logout has its own idle time, 15 minutes unless it is
 * given. Values that limit nothing are left out.
 */
export function applyRule(patch: RuleSettings): AppliedRule {
  const { settings, coercions } = applyPatch({ ...DEFAULT_SETTINGS, allowPersistentSessions: false }, patch);
  const coupled: RuleSettings = settings.inactivityLogout
    ? {
        ...patch,
        allowPersistentSessions: false,
        sessionMinutes: settings.sessionMinutes,
        idleMinutes: settings.idleMinutes,
      }
    : patch;
  return { settings: onlyLimits(coupled), coercions };
}

function onlyLimits(settings: RuleSettings): RuleSettings {
  const names = RULE_SETTING_NAMES.filter(
    (name) => settings[name] !== undefined && settings[name] !== UNLIMITED[name],
  );
  return Object.fromEntries(names.map((name) => [name, settings[name]]));
}

const lower = (a: number | null, b: number | null | undefined): number | null =>
  a === null || b === null || b === undefined ? (a ?? b ?? null) : Math.min(a, b);

/**
 * Returns the strictest of the general settings and of some rules. So no further rule gives a session more time.
 * The general idle time counts only while the general settings have inactivity logout on. A source that limits only
 * classes of devices limits all browsers to its own sum (rule C13), so a further rule never allows more browsers.
 */
export function strictest(general: Settings, rules: readonly RuleSettings[]): Settings {
  let { allowPersistentSessions, sessionMinutes, whenLimitReached, inactivityLogout } = general;
  let maxSessionsPerUser = totalLimit(general);
  let idleMinutes = inactivityLogout ? general.idleMinutes : null;
  for (const rule of rules) {
    allowPersistentSessions &&= rule.allowPersistentSessions ?? true;
    sessionMinutes = Math.min(sessionMinutes, rule.sessionMinutes ?? Infinity);
    maxSessionsPerUser = lower(
      maxSessionsPerUser,
      totalLimit({ maxSessionsPerUser: null, ...NO_CLASS_LIMITS, ...rule }),
    );
    if (rule.whenLimitReached === "refuse_newest") whenLimitReached = "refuse_newest";
    inactivityLogout ||= rule.inactivityLogout ?? false;
    idleMinutes = lower(idleMinutes, rule.idleMinutes);
  }
  return {
    allowPersistentSessions,
    sessionMinutes,
    maxSessionsPerUser,
    ...lowestOfClasses([general, ...rules]),
    whenLimitReached,
    inactivityLogout,
    idleMinutes: inactivityLogout ? (idleMinutes ?? general.idleMinutes) : general.idleMinutes,
    trackLocation: general.trackLocation,
  };
}

function lowestOfClasses(sources: readonly Partial<ClassLimits>[]): ClassLimits {
  const limitOf = (name: keyof ClassLimits): number | null =>
    sources.reduce<number | null>((lowest, source) => lower(lowest, source[name]), null);
  return Object.fromEntries(CLASS_LIMIT_NAMES.map((name) => [name, limitOf(name)])) as unknown as ClassLimits;
}

/** The source of a value in force: the general settings, a rule for some, or a limit of the app. */
export type ValueSource =
  | { readonly from: "general" }
  | { readonly from: "rule"; readonly for: RuleTarget }
  | { readonly from: "limits.absoluteMinutes" | "limits.idleMinutes" };

/** The settings in force for one session, and the source of each value. */
export interface ExplainedSettings {
  readonly effective: EffectiveSettings;
  readonly sources: Readonly<Record<keyof Settings, ValueSource>>;
}

/** Returns the settings in force under some rules, and the source of each value. At a tie the first source counts. */
export function explainSettings(
  general: Settings,
  rules: readonly Rule[],
  limits: SystemLimits,
): ExplainedSettings {
  const all = strictest(
    general,
    rules.map(({ settings }) => settings),
  );
  const effective = effectiveSettings(all, limits);
  const alone = strictest(general, []);
  // An idle time counts only beside inactivity logout, which another rule may turn on.
  const valueOf = (name: keyof Settings, rule: RuleSettings): unknown =>
    name === "idleMinutes" ? rule.idleMinutes : strictest(general, [rule])[name];
  const isGeneral = (name: keyof Settings): boolean =>
    alone[name] === all[name] &&
    (name !== "idleMinutes" || general.inactivityLogout || !all.inactivityLogout);
  const sourceOf = (name: keyof Settings): ValueSource => {
    if (name === "sessionMinutes" && effective[name] < all[name]) return { from: "limits.absoluteMinutes" };
    if (name === "idleMinutes" && effective[name] < all[name]) return { from: "limits.idleMinutes" };
    const found = rules.find(({ settings }) => valueOf(name, settings) === all[name]);
    return isGeneral(name) || !found ? { from: "general" } : { from: "rule", for: found.for };
  };
  const names = Object.keys(all) as (keyof Settings)[];
  return {
    effective,
    sources: Object.fromEntries(names.map((name) => [name, sourceOf(name)])) as ExplainedSettings["sources"],
  };
}
