import { NO_CLASS_LIMITS } from "./device-class.js";
import { RULE_SETTING_NAMES, type RuleSettings } from "./rules.js";
import {
  IDLE_MINUTES_RANGE,
  MAX_SESSIONS_RANGE,
  SESSION_MINUTES_RANGE,
  STORED_SESSION_MINUTES_RANGE,
  type Range,
  type Settings,
  type SettingsPatch,
} from "./settings.js";

/** One wrong field of a patch. */
export interface SettingsProblem {
  readonly field: keyof Settings;
  readonly code: "invalid";
  /** The problem, to be read after the field's name: `must be between 5 and 43200`. */
  readonly problem: string;
}

/** A patch that can be applied, or all its problems. */
export type PatchCheck =
  | { readonly ok: true; readonly patch: SettingsPatch }
  | { readonly ok: false; readonly problems: readonly SettingsProblem[] };

type Check = (value: unknown) => string | null;

const boolean: Check = (value) => (typeof value === "boolean" ? null : "must be true or false");

function integerIn({ min, max }: Range): Check {
  return (value) => {
    if (typeof value !== "number" || !Number.isInteger(value)) return "must be a whole number";
    return value >= min && value <= max ? null : `must be between ${String(min)} and ${String(max)}`;
  };
}

const maxSessions: Check = (value) =>
  value === null || integerIn(MAX_SESSIONS_RANGE)(value) === null
    ? null
    : `must be a whole number between ${String(MAX_SESSIONS_RANGE.min)} and ${String(MAX_SESSIONS_RANGE.max)}, or null for no limit`;

const limitAction: Check = (value) =>
  value === "end_oldest" || value === "refuse_newest" ? null : 'must be "end_oldest" or "refuse_newest"';

const CHECKS: Readonly<Record<keyof Settings, Check>> = {
  allowPersistentSessions: boolean,
  sessionMinutes: integerIn(SESSION_MINUTES_RANGE),
  maxSessionsPerUser: maxSessions,
  maxDesktopsPerUser: maxSessions,
  maxPhonesPerUser: maxSessions,
  maxTabletsPerUser: maxSessions,
  maxOtherDevicesPerUser: maxSessions,
  whenLimitReached: limitAction,
  inactivityLogout: boolean,
  idleMinutes: integerIn(IDLE_MINUTES_RANGE),
  trackLocation: boolean,
};

const STORED_CHECKS: Readonly<Record<keyof Settings, Check>> = {
  ...CHECKS,
  sessionMinutes: integerIn(STORED_SESSION_MINUTES_RANGE),
};

/** Names of all settings. */
export const SETTING_NAMES = Object.keys(CHECKS) as readonly (keyof Settings)[];

function problemsOf(input: Readonly<Record<string, unknown>>, checks: typeof CHECKS): SettingsProblem[] {
  const problems: SettingsProblem[] = [];
  for (const field of SETTING_NAMES) {
    if (!Object.hasOwn(input, field)) continue;
    const problem = checks[field](input[field]);
    if (problem !== null) problems.push({ field, code: "invalid", problem });
  }
  return problems;
}

function pickSettings(input: Readonly<Record<string, unknown>>): SettingsPatch {
  return Object.fromEntries(
    SETTING_NAMES.filter((name) => Object.hasOwn(input, name)).map((name) => [name, input[name]]),
  );
}

/**
 * Checks a patch and returns all its problems (rules L3 to L5, L7). Unknown names are ignored and never stored.
 *
 * @param coupled - false for the widest range of durations that any vendor has (rule A3)
 */
export function checkPatch(input: Readonly<Record<string, unknown>>, coupled = true): PatchCheck {
  const problems = problemsOf(input, coupled ? CHECKS : STORED_CHECKS);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, patch: pickSettings(input) };
}

/**
 * Returns stored settings, or `null` if a field is missing, has another type or is outside every dialect's range.
 * Settings that are only partly readable could weaken a rule, so they count as unreadable (rule Q27). Without a limit of
 * a class of devices the class has no limit: {@link storedSettings} leaves it out, and earlier versions did not have it.
 */
export function parseStoredSettings(input: unknown): Settings | null {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return null;
  const fields: Readonly<Record<string, unknown>> = { ...NO_CLASS_LIMITS, ...input };
  const complete = SETTING_NAMES.every((name) => Object.hasOwn(fields, name));
  if (!complete || problemsOf(fields, STORED_CHECKS).length > 0) return null;
  return pickSettings(fields) as Settings;
}

/**
 * Returns the settings as Redis stores them. Every request reads the text, so limits of classes that are not in use are
 * left out. {@link parseStoredSettings} reads them.
 */
export function storedSettings(settings: Settings): Partial<Settings> {
  const names = SETTING_NAMES.filter(
    (name) => !(Object.hasOwn(NO_CLASS_LIMITS, name) && settings[name] === null),
  );
  return Object.fromEntries(names.map((name) => [name, settings[name]]));
}

/** Returns the stored settings of a rule for some, or `null` if any of them is unreadable or unknown. */
export function parseStoredRule(input: unknown): RuleSettings | null {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return null;
  const fields = input as Readonly<Record<string, unknown>>;
  const names: readonly string[] = RULE_SETTING_NAMES;
  if (Object.keys(fields).some((name) => !names.includes(name))) return null;
  if (problemsOf(fields, STORED_CHECKS).length > 0) return null;
  const rule = pickSettings(fields) as RuleSettings;
  return rule.inactivityLogout && rule.idleMinutes === undefined ? null : rule;
}
