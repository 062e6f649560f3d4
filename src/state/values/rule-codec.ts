/** The texts of rules for some, as Redis holds them. */
import {
  parseStoredRule,
  type EndTarget,
  type GroupEnd,
  type Rule,
  type RuleSettings,
  type RuleTarget,
} from "../../policy/index.js";
import { isTimestamp } from "../../policy/time.js";
import { isLabel } from "./session-labels.js";
import { fieldsOf, parseJson } from "./json.js";

/** An end of many sessions in the text. The time `null` is the time of the save, which the settings have. */
export type StoredEnd = Omit<GroupEnd, "at"> & { readonly at: number | null };

/** The rules of tenants and roles, and the ends of many sessions. */
export interface SharedRules {
  readonly rules: readonly Rule[];
  readonly ends: readonly StoredEnd[];
}

/** Returns the text of rules and ends. */
export function encodeShared({ rules, ends }: SharedRules): string {
  return JSON.stringify({ rules, ends });
}

/** Reads rules and ends. @returns `null` if any of them makes no sense */
export function decodeShared(text: string): SharedRules | null {
  const { rules, ends } = fieldsOf(parseJson(text));
  const read = { rules: all(rules, decodeRule), ends: all(ends, decodeEnd) };
  return read.rules && read.ends ? { rules: read.rules, ends: read.ends } : null;
}

/** Reads every item of a list. @returns `null` if any item makes no sense */
function all<Item>(list: unknown, decode: (item: unknown) => Item | null): Item[] | null {
  if (!Array.isArray(list)) return null;
  const items = list.map(decode).filter((item) => item !== null);
  return items.length === list.length ? items : null;
}

function decodeEnd(value: unknown): StoredEnd | null {
  const { where, at, actor } = fieldsOf(value);
  const target = decodeEndTarget(where);
  const isTime = at === null || isTimestamp(at);
  if (!target || !isTime || !(actor === null || typeof actor === "string")) return null;
  return { where: target, at, actor };
}

/** Reads the target of an end in a text. @returns `null` if the target makes no sense */
export function decodeEndTarget(value: unknown): EndTarget | null {
  const { all: everything, tenant, role, credentialsType, signedInBefore } = fieldsOf(value);
  if (everything === true) return { all: true };
  if (typeof tenant === "string") return { tenant };
  if (typeof role === "string") return { role };
  if (typeof credentialsType === "string") return { credentialsType };
  return isTimestamp(signedInBefore) ? { signedInBefore } : null;
}

function decodeRule(value: unknown): Rule | null {
  const { for: target, settings } = fieldsOf(value);
  const parsed = parseStoredRule(settings);
  const group = decodeTarget(target);
  return parsed && group && { for: group, settings: parsed };
}

/** Reads the target of a rule in a text. @returns `null` if the target makes no sense */
export function decodeTarget(value: unknown): RuleTarget | null {
  const { tenant, role, userId } = fieldsOf(value);
  const isGroup = (name: unknown): name is string => isLabel(name) === null;
  if (isGroup(tenant)) return { tenant };
  if (isGroup(role)) return { role };
  return typeof userId === "string" && userId !== "" ? { userId } : null;
}

/** Returns true if two rules are for the same sessions. */
export function isSameTarget(a: RuleTarget, b: RuleTarget): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** A person's own rule in the user's key, or the note that the person has none. */
export interface OwnRule {
  /** Number of the change. A later change of the person's rule has a higher number. */
  readonly revision: number;
  /** `null` if the person has no rule. */
  readonly settings: RuleSettings | null;
}

const REVISION_LENGTH = 9;

/** Returns the text of a person's own rule, as the user's key holds it. Scripts compare the first nine characters. */
export function encodeOwn({ revision, settings }: OwnRule): string {
  const number = revision.toString(36).padStart(REVISION_LENGTH, "0");
  return settings === null ? number : number + JSON.stringify(settings);
}

/** Reads the text of a person's own rule. @returns `null` if the text makes no sense */
export function decodeOwn(text: string): OwnRule | null {
  const digits = text.slice(0, REVISION_LENGTH);
  if (!/^[\da-z]{9}$/.test(digits)) return null;
  const revision = Number.parseInt(digits, 36);
  if (text.length === REVISION_LENGTH) return { revision, settings: null };
  const settings = parseStoredRule(parseJson(text.slice(REVISION_LENGTH)));
  return settings && { revision, settings };
}
