import {
  parseStoredRule,
  parseStoredSettings,
  type EndTarget,
  type RuleChange,
  type Settings,
} from "../../policy/index.js";
import { isTimestamp } from "../../policy/time.js";
import { failsWithWrongType } from "../../redis/reply.js";
import { fieldsOf, parseJson } from "../values/json.js";
import { decodeEndTarget, decodeTarget } from "../values/rule-codec.js";
import * as scripts from "../scripts.generated.js";
import type { Storage } from "../storage.js";
import { isVersion } from "../values/settings-codec.js";

/** A change of the settings. */
export interface SettingsChange {
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** User who made the change, as the app named them. */
  readonly actor: string | null;
  /** Place from which the actor made the change, such as an IP address; `null` if it is unknown. */
  readonly from: string | null;
  /** Settings after the change. */
  readonly settings: Settings;
  /** The changed rule for some; `null` if the general settings were changed. */
  readonly rule: RuleChange | null;
  /** The sessions that were ended together; `null` if the settings or rules were changed. */
  readonly ended: EndTarget | null;
  /** True if the change was saved. A change is listed before it is saved, so an interrupted save leaves `false`. */
  readonly applied: boolean;
}

/** A change as the history holds it. */
export interface HistoryEntry extends SettingsChange {
  /** Stamp of the settings that the change saved; `""` for older changes of the first edition. */
  readonly stamp: string;
  /** Stamp of the settings that the change replaced. */
  readonly after: string;
  /** Name of the text with the rules of tenants and roles after the change. */
  readonly rules: string;
  /** Time of the save to which these rules refer; `null` if they refer to none, or the time was not noted. */
  readonly endedAt: number | null;
}

/** True for a change of the general settings that was saved. Other entries have versions too. */
export function isSavedSettings({ applied, rule, ended }: SettingsChange): boolean {
  return applied && rule === null && ended === null;
}

/** Longest history. */
export const HISTORY_LENGTH = 50;

/** Number of attempts to find names while other processes change the history. */
const MAX_TRIES = 500;

/** Returns the text of an entry. keepChange-1.lua and {@link beginningOf} need this order. */
export function encodeEntry(entry: HistoryEntry): string {
  const { after, version, at, actor, from, settings, rule, ended, rules } = entry;
  return JSON.stringify({
    ...beginningFields(entry),
    ...{ after, version, at, actor, from, settings },
    ...(rule ? { rule } : {}),
    ...(ended ? { ended } : {}),
    ...(rules === "" ? {} : { rules }),
  });
}

type Beginning = Pick<HistoryEntry, "applied" | "stamp" | "endedAt">;

const beginningFields = ({ applied, stamp, endedAt }: Beginning) => ({
  ...{ applied, stamp },
  ...(endedAt === null ? {} : { endedAt }),
});

/** Returns the part of an entry's text that says whether and when the change was saved. */
const beginningOf = (beginning: Beginning): string => JSON.stringify(beginningFields(beginning)).slice(0, -1);

/** Reads one entry, parsed but not checked. @returns `null` if the entry makes no sense */
export function decodeEntry(value: unknown): HistoryEntry | null {
  const { applied, stamp, after, version, at, actor, from, settings, rule, ended, rules, endedAt } =
    fieldsOf(value);
  const parsed = parseStoredSettings(settings);
  if (parsed === null || !isVersion(version) || !isTimestamp(at)) return null;
  return {
    applied: applied === true,
    stamp: textOf(stamp),
    after: textOf(after),
    version,
    at,
    actor: typeof actor === "string" ? actor : null,
    from: typeof from === "string" ? from : null,
    settings: parsed,
    rule: decodeChange(rule),
    ended: decodeEndTarget(ended),
    rules: textOf(rules),
    endedAt: isTimestamp(endedAt) ? endedAt : null,
  };
}

function decodeChange(value: unknown): RuleChange | null {
  const { for: target, settings } = fieldsOf(value);
  const group = decodeTarget(target);
  return group && { for: group, settings: parseStoredRule(settings) };
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

async function readTexts({ redis, keys }: Storage): Promise<readonly string[]> {
  try {
    return (await redis.call("LRANGE", [keys.history, 0, -1])) as string[];
  } catch (error) {
    if (failsWithWrongType(error)) return [];
    throw error;
  }
}

/**
 * Reads the history, newest first. An entry counts as applied if its saver recorded this, if its settings are the
 * saved settings, or if a later change replaced its settings.
 *
 * @param stamp - stamp of the saved settings
 */
export async function readHistory(storage: Storage, stamp: string): Promise<HistoryEntry[]> {
  const texts = await readTexts(storage);
  const entries = texts.map((text) => decodeEntry(parseJson(text))).filter((entry) => entry !== null);
  const saved = new Set([stamp, ...entries.map(({ after }) => after)]);
  return entries
    .map((entry) => ({ ...entry, applied: entry.applied || saved.has(entry.stamp) }))
    .sort((a, b) => b.version - a.version);
}

/** Returns the last settings that were saved and can be read (rule M32). */
export function lastApplied(history: readonly HistoryEntry[], stamp: string): HistoryEntry | null {
  const applied = history.filter((entry) => entry.applied);
  return applied.find((entry) => entry.stamp === stamp) ?? applied[0] ?? null;
}

/** Puts a change into the history, or notes there that the change has been saved. */
export async function keepChange({ redis, keys }: Storage, entry: HistoryEntry): Promise<void> {
  await redis.run(scripts.keepChange, [
    keys.history,
    // The time of a save that ended sessions is known only afterwards.
    beginningOf({ ...entry, applied: false, endedAt: entry.ended ? null : entry.endedAt }),
    beginningOf(entry),
    encodeEntry(entry),
    HISTORY_LENGTH,
  ]);
}

/** Takes a change out of the history that was not saved. */
export async function dropChange({ redis, keys }: Storage, entry: HistoryEntry): Promise<void> {
  await redis.call("LREM", [keys.history, 1, encodeEntry(entry)]);
}

/** Takes the name, the address and the own rule of a deleted user from the history. The user's changes stay. */
export async function forgetActor(storage: Storage, actor: string): Promise<void> {
  const { redis, keys } = storage;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const pairs = (await readTexts(storage)).flatMap((text) => {
      const entry = decodeEntry(parseJson(text));
      return entry && names(entry, actor) ? [text, encodeEntry(without(entry, actor))] : [];
    });
    if (pairs.length === 0) return;
    await redis.run(scripts.replaceChanges, [keys.history, ...pairs]);
  }
}

const isRuleOf = ({ rule }: HistoryEntry, userId: string): boolean =>
  rule !== null && "userId" in rule.for && rule.for.userId === userId;

const names = (entry: HistoryEntry, userId: string): boolean =>
  entry.actor === userId || isRuleOf(entry, userId);

function without(entry: HistoryEntry, userId: string): HistoryEntry {
  return {
    ...entry,
    ...(entry.actor === userId ? { actor: null, from: null } : {}),
    ...(isRuleOf(entry, userId) ? { rule: null } : {}),
  };
}
