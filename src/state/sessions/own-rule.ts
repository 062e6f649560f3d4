/** A person's own rule: saved under a key of its own, and copied to the head of the user's key for each request. */
import { redisUnavailable, type CurfewError } from "../../errors.js";
import type { RuleSettings } from "../../policy/index.js";
import { userMessage } from "../keys.js";
import * as scripts from "../scripts.generated.js";
import type { Fact } from "../replica-wait.js";
import { ENDED_RECORD_MS } from "./end-session.js";
import { OWN_REVISION_PLACE } from "./user-format.js";
import { conflict } from "../settings/settings-store.js";
import { replaceText } from "../replace-text.js";
import { readText, type Storage } from "../storage.js";
import { readTags } from "../user-tags.js";
import { decodeOwn, encodeOwn, type OwnRule } from "../values/rule-codec.js";

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

/**
 * Saves a person's own rule, and copies it to the user's key. The rule applies from the next request. If the second step
 * fails, the person's next sign-in makes it.
 *
 * @param settings - `null` to remove the rule
 * @param check - throws if the rule that is replaced is not the rule that the caller has seen
 */
export async function saveOwnRule(
  storage: Storage,
  userId: string,
  settings: RuleSettings | null,
  now: number,
  check: (before: OwnRule | null) => void,
): Promise<OwnRule> {
  let before = await readOwnRule(storage, userId);
  check(decodeOwn(before));
  let least = now;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const rule = { revision: Math.max(least, (decodeOwn(before)?.revision ?? 0) + 1), settings };
    if (await saveText(storage, userId, before, rule)) {
      const later = await copyToUser(storage, userId, rule, now);
      if (later === null) return rule;
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

function saveText(storage: Storage, userId: string, before: string, rule: OwnRule): Promise<boolean> {
  // Without a rule, sign-ins under way still compare the number of the change.
  const keptMs = rule.settings === null ? ENDED_RECORD_MS : null;
  return replaceText(storage, storage.keys.ownRule(userId), before, encodeOwn(rule), keptMs);
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
