/** A person's own rule: saved under a key of its own, and copied to the head of the user's key for each request. */
import { CurfewError, redisUnavailable } from "../../errors.js";
import type { RuleSettings } from "../../policy/index.js";
import { userMessage } from "../keys.js";
import * as scripts from "../scripts.generated.js";
import type { Fact } from "../replica-wait.js";
import { ENDED_RECORD_MS } from "./end-session.js";
import { readUser } from "./read-order.js";
import { OWN_REVISION_PLACE, ownRuleIn } from "./user-format.js";
import { dropChange, keepChange, type HistoryEntry } from "../settings/settings-history.js";
import { conflict, freshStamp, readSettings, type ChangedBy } from "../settings/settings-store.js";
import { replaceText } from "../replace-text.js";
import { readText, type Storage } from "../storage.js";
import { readTags } from "../user-tags.js";
import { decodeOwn, encodeOwn, type OwnRule } from "../values/rule-codec.js";
import type { SettingsState } from "../values/settings-cache.js";

/** Reads the saved text of a person's own rule; "" if there is none, "!" if the key holds another type. */
export async function readOwnRule(storage: Storage, userId: string): Promise<string> {
  return (await readText(storage, storage.keys.ownRule(userId))) ?? "";
}

/**
 * Returns the text of a person's own rule for a sign-in: the later of two texts. A damaged text in the user's key is
 * replaced, so that the person can sign in again. An unreadable saved text is returned as it is: it refuses the sign-in.
 *
 * @param copied - text in the user's key
 * @param saved - text under the rule's own key
 */
export function latestOwn(copied: string, saved: string, now: number): string {
  const rule = decodeOwn(saved);
  if (saved !== "" && !rule) return saved;
  const copy = decodeOwn(copied);
  if (copied !== "" && !copy) return encodeOwn({ revision: now, settings: rule?.settings ?? null });
  return rule && (copy === null || copy.revision <= rule.revision) ? saved : copied;
}

/** Warns of a person's own rule that is unreadable. @returns the error for the sign-in */
export function ownRuleLost({ events, keys }: Storage, userId: string): CurfewError {
  events.warn(
    "rules_lost",
    `A person's own rule, ${keys.ownRule(userId)}, is unreadable. The person's sign-ins get 503. ` +
      "Save the rule again with curfew.settings.rules.set({ userId }, …), or call rules.remove({ userId }).",
  );
  return redisUnavailable(new Error("the person's own rule is unreadable"));
}

/** Number of attempts to save a rule while other processes save it. */
const MAX_TRIES = 100;

/** A change of a person's own rule. */
export interface OwnRuleChange {
  readonly userId: string;
  /** `null` to remove the rule. */
  readonly settings: RuleSettings | null;
  readonly by: ChangedBy;
  /** Throws if the rule that is replaced is not the rule that the caller has seen. */
  readonly check: (before: OwnRule | null) => void;
}

/** Result of a change of a person's own rule. */
export interface SavedOwnRule {
  /** `null` if the person has never had a rule. */
  readonly rule: OwnRule | null;
  /** False if nothing was written, because the person has this rule already. */
  readonly isChanged: boolean;
}

/**
 * Saves a person's own rule, and copies it to the user's key. The rule applies from the next request. If the second step
 * fails, the person's next sign-in makes it. The history lists the change before the first step.
 */
export async function saveOwnRule(storage: Storage, change: OwnRuleChange): Promise<SavedOwnRule> {
  const { userId, settings, check } = change;
  const [state, before] = await Promise.all([readSettings(storage), readOwnRule(storage, userId)]);
  const rule = decodeOwn(before);
  check(rule);
  if (isRule(before, settings) && (await readCopy(storage, userId)) === before) {
    // An earlier removal may have failed before this step.
    if (rule) await letNoteExpire(storage, userId, rule);
    return { rule, isChanged: false };
  }
  const noted = entryOf(state, change);
  await keepChange(storage, noted);
  try {
    return { rule: await saveAndCopy(storage, change, before, noted), isChanged: true };
  } catch (error) {
    // After any other error the rule may be saved, so the history keeps the change as not applied.
    if (error instanceof CurfewError && error.code === "settings_conflict")
      await dropChange(storage, noted).catch(() => undefined);
    throw error;
  }
}

/** True if a saved text has these settings. */
function isRule(text: string, settings: RuleSettings | null): boolean {
  const rule = decodeOwn(text);
  if (!rule && text !== "") return false;
  return JSON.stringify(rule?.settings ?? null) === JSON.stringify(settings);
}

async function readCopy(storage: Storage, userId: string): Promise<string> {
  return ownRuleIn(await readUser(storage, (await readTags(storage)).of(userId)));
}

async function saveAndCopy(
  storage: Storage,
  { userId, settings, check }: OwnRuleChange,
  found: string,
  noted: HistoryEntry,
): Promise<OwnRule> {
  const { at: now } = noted;
  let before = found;
  let least = now;
  let told: Promise<void> | null = null;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const rule = { revision: Math.max(least, (decodeOwn(before)?.revision ?? 0) + 1), settings };
    if (await replaceText(storage, storage.keys.ownRule(userId), before, encodeOwn(rule), null)) {
      // The rule is saved, also if the copy fails.
      const later = await copyToUser(storage, userId, rule, now).finally(
        () => (told ??= tell(storage, noted)),
      );
      if (later === null) {
        await letNoteExpire(storage, userId, rule);
        return rule;
      }
      // The number of a removed rule has been forgotten, or the clock has been set back.
      least = later + 1;
      before = encodeOwn(rule);
    } else {
      before = await readOwnRule(storage, userId);
      check(decodeOwn(before));
    }
  }
  throw conflict({ version: decodeOwn(before)?.revision ?? 0 });
}

/** Returns the entry of a change in the history, as long as it is not saved. */
function entryOf(
  { now: at, version, configured, stamp: after, inForce }: SettingsState & { readonly now: number },
  { userId, settings, by: { actor = null, from = null } }: OwnRuleChange,
): HistoryEntry {
  const { stamp: rules, endedAt } = inForce.book;
  const rule = { for: { userId }, settings };
  const changed = { version, at, actor, from, settings: configured, rule, ended: null };
  return { applied: false, stamp: freshStamp(), after, rules, endedAt, ...changed };
}

/** Emits the event of a saved change, and notes in the history that it is saved. So nothing here may fail. */
async function tell(storage: Storage, noted: HistoryEntry): Promise<void> {
  const { at, actor, from, version, settings, rule, ended } = noted;
  storage.events.emit("settingsChanged", { at, actor, from, version, settings, rule, ended });
  await keepChange(storage, { ...noted, applied: true }).catch((error: unknown) => {
    storage.events.warn("write_failed", `Noting a changed rule in the history: ${String(error)}`);
  });
}

/**
 * Lets the note of a removed rule expire, once the user's key has no rule either. Until then a sign-in needs the note.
 * Afterwards sign-ins under way still compare the number of the change. If this fails, the note stays, without effect.
 */
async function letNoteExpire(storage: Storage, userId: string, rule: OwnRule): Promise<void> {
  if (rule.settings !== null) return;
  const text = encodeOwn(rule);
  const replaced = replaceText(storage, storage.keys.ownRule(userId), text, text, ENDED_RECORD_MS);
  await replaced.catch(() => false);
}

/** Copies a rule to the user's key. @returns the number of the user's later rule; `null` if there is none */
async function copyToUser(
  storage: Storage,
  userId: string,
  rule: OwnRule,
  now: number,
): Promise<number | null> {
  const { redis, keys } = storage;
  const tag = (await readTags(storage)).of(userId);
  const args = [keys.user(tag), encodeOwn(rule), now, ENDED_RECORD_MS, keys.ends, userMessage(tag)];
  const later = (await redis.run(scripts.setOwnRule, args)) as string;
  return later === "" ? null : Number(later);
}

/** Returns the facts that a person's own rule is saved, and is in the user's key. */
export async function ownRuleFacts(storage: Storage, userId: string, { revision }: OwnRule): Promise<Fact[]> {
  const { keys } = storage;
  const tag = (await readTags(storage)).of(userId);
  return [
    { key: keys.ownRule(userId), field: "1-9", holds: revision },
    { key: keys.user(tag), field: OWN_REVISION_PLACE, holds: revision },
  ];
}
