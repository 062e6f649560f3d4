/** The rules of tenants and roles: one text, which the settings name. */
import { CurfewError } from "../../errors.js";
import type { EndTarget, RuleChange } from "../../policy/index.js";
import { isDurable, nowOf, type Storage } from "../storage.js";
import type { Durability, Fact } from "../replica-wait.js";
import { lastApplied, readHistory } from "../settings/settings-history.js";
import { readOddSettings } from "../settings/take-in-settings.js";
import { decodeSettings, NO_EXTRA, stampOf, type SavedSettings } from "../values/settings-codec.js";
import {
  conflict,
  freshStamp,
  MAX_TRIES,
  readSettings,
  saveSettings,
  type ChangedBy,
  type ReplacedSettings,
  type WantedSettings,
} from "../settings/settings-store.js";
import { MAX_RULES, NO_BOOK, RuleBook } from "../values/rule-book.js";
import { encodeShared, isSameTarget, type SharedRules } from "../values/rule-codec.js";

/** Time for which replaced rules stay readable for requests under way, in milliseconds. */
const REPLACED_MS = 60_000;

/** Result of a change of a rule. */
export interface SavedRules extends Durability {
  /** Version of the settings after the change. */
  readonly version: number;
}

/** The person who changes a rule, and the version that the person has seen. */
export interface RuleChanging extends ChangedBy {
  readonly ifVersion?: number | undefined;
}

/**
 * Saves or removes one rule of a tenant or a role.
 *
 * @throws CurfewError `settings_conflict`, `invalid_settings` if there are too many rules
 */
export function saveSharedRule(storage: Storage, change: RuleChange, by: RuleChanging): Promise<SavedRules> {
  return saveShared(storage, by, ({ rules }) => {
    const before = rules.find((rule) => isSameTarget(rule.for, change.for));
    if (JSON.stringify(before?.settings ?? null) === JSON.stringify(change.settings)) return null;
    const others = rules.filter((rule) => rule !== before);
    const { for: target, settings } = change;
    const after = settings === null ? others : [...others, { for: target, settings }];
    if (after.length > MAX_RULES)
      throw tooMany("Rule not saved", "rules of tenants and roles", MAX_RULES, "Remove one first.");
    return { rules: after, rule: change };
  });
}

/** Returns the error for more rules or ends than each process may hold. */
export function tooMany(refused: string, things: string, most: number, advice: string): CurfewError {
  const message = `${refused}: there are at most ${most.toLocaleString("en")} ${things}. ${advice}`;
  return new CurfewError("invalid_settings", message, { fields: [] });
}

/** A change of rules and ends. */
export interface SharedChange extends Partial<SharedRules>, Partial<Pick<WantedSettings, "rule" | "ended">> {}

/**
 * Saves changed rules or ends. Their text is stored first under a new name, and then the settings that name it. So a
 * request finds all of one save.
 *
 * @param change - returns the changed rules or ends at a time; `null` to change nothing
 * @throws CurfewError `settings_conflict`
 */
export async function saveShared(
  storage: Storage,
  { ifVersion, ...by }: RuleChanging,
  change: (saved: Pick<RuleBook, "rules" | "ends">, now: number) => SharedChange | null,
): Promise<SavedRules> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const current = await readSettings(storage);
    if (ifVersion !== undefined && ifVersion !== current.version) throw conflict(current);
    const { book: before } = current.inForce;
    const changed = change(before, current.now);
    if (!changed && current.readable) return { version: current.version, durable: null };
    const { rules = before.rules, ends = before.ends, rule, ended } = changed ?? {};
    const book = await storeBook(storage, { rules, ends });
    const wanted = { settings: current.configured, book, rule: rule ?? null, ended: ended ?? null };
    const saved = await saveSettings(storage, current, wanted, by);
    await removeBook(storage, saved ? before : book);
    if (saved)
      return { version: saved.version, durable: await isDurable(storage, ...savedFacts(storage, saved)) };
  }
  throw conflict(await readSettings(storage));
}

/**
 * Removes all rules of tenants and roles without reading them, for an operator whose rules are lost. Ends all sessions,
 * because an end of many may be lost too. If the settings are unreadable, the last good settings are saved again.
 *
 * @throws CurfewError `settings_conflict`
 */
export async function resetRules(storage: Storage, by: ChangedBy): Promise<SavedRules> {
  const all: EndTarget = { all: true };
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const current = await readWithoutRules(storage);
    if (current.readable && current.rules === "") return { version: current.version, durable: null };
    const end = { where: all, at: null, actor: by.actor ?? null };
    const book = await storeBook(storage, { rules: [], ends: [end] });
    const wanted = { settings: current.settings, book, ended: all };
    const saved = await saveSettings(storage, current, wanted, by);
    if (!saved) {
      await removeBook(storage, book);
      continue;
    }
    if (current.rules !== "") await storage.redis.call("DEL", [storage.keys.rules(current.rules)]);
    return { version: saved.version, durable: await isDurable(storage, ...savedFacts(storage, saved)) };
  }
  throw conflict(await readSettings(storage));
}

/** Reads the saved settings, or else the last good settings of the history, without the rules that they name. */
async function readWithoutRules(
  storage: Storage,
): Promise<ReplacedSettings & Pick<SavedSettings, "settings" | "rules">> {
  const { keys, redis, settings } = storage;
  const { values, serverTime } = await redis.readTogether([keys.settings]);
  const now = nowOf(storage, serverTime);
  const text = values[0] ?? (await readOddSettings(storage));
  const read = text === null ? null : decodeSettings(text);
  if (read) return { ...read, readable: true, now };
  const stamp = stampOf(text);
  const found = text === null ? null : lastApplied(await readHistory(storage, stamp), stamp);
  return {
    stamp,
    version: found?.version ?? 0,
    extra: NO_EXTRA,
    settings: found?.settings ?? settings.current.configured,
    rules: found?.rules ?? "",
    // Without saved settings no session is judged by rules.
    readable: text === null,
    now,
  };
}

async function storeBook({ redis, keys }: Storage, shared: SharedRules): Promise<RuleBook> {
  if (shared.rules.length === 0 && shared.ends.length === 0) return NO_BOOK;
  const stamp = freshStamp();
  await redis.call("SET", [keys.rules(stamp), encodeShared(shared)]);
  return new RuleBook(stamp, shared, null);
}

/** Removes rules that no settings name. A failure leaves a text that no request reads. */
async function removeBook({ redis, keys }: Storage, { stamp }: RuleBook): Promise<void> {
  if (stamp === "") return;
  await redis.call("PEXPIRE", [keys.rules(stamp), REPLACED_MS]).catch(() => undefined);
}

/** Returns the facts that settings are saved, with the rules that they name. */
function savedFacts(
  { keys }: Storage,
  { stamp, version, rules }: { readonly stamp: string; readonly version: number; readonly rules: string },
): Fact[] {
  const text = rules === "" ? [] : [{ key: keys.rules(rules), field: "", holds: "" }];
  return [...text, { key: keys.settings, stamp, version }];
}
