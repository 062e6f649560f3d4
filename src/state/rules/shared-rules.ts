/** The rules of tenants and roles: one text, which the settings name. */
import { CurfewError } from "../../errors.js";
import type { Rule, RuleChange } from "../../policy/index.js";
import { isDurable, nowOf, type Storage } from "../storage.js";
import type { Durability, Fact } from "../replica-wait.js";
import { decodeSettings } from "../values/settings-codec.js";
import {
  conflict,
  freshStamp,
  MAX_TRIES,
  readSettings,
  saveSettings,
  type ChangedBy,
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
 * Saves or removes one rule of a tenant or a role. The text of the rules is stored first under a new name, and then the
 * settings that name it. So a request finds all rules of one save.
 *
 * @throws CurfewError `settings_conflict`, `invalid_settings` if there are too many rules
 */
export async function saveSharedRule(
  storage: Storage,
  change: RuleChange,
  { ifVersion, ...by }: RuleChanging,
): Promise<SavedRules> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const current = await readSettings(storage);
    if (ifVersion !== undefined && ifVersion !== current.version) throw conflict(current);
    const { shared } = current.inForce.book;
    const after = changed(shared, change);
    if (after === shared && current.readable) return { version: current.version, durable: null };
    const book = await storeBook(storage, after);
    const wanted = { settings: current.configured, book, rule: change };
    const saved = await saveSettings(storage, current, wanted, by);
    await removeBook(storage, saved ? current.inForce.book : book);
    if (saved)
      return { version: saved.version, durable: await isDurable(storage, ...savedFacts(storage, saved)) };
  }
  throw conflict(await readSettings(storage));
}

/**
 * Removes all rules of tenants and roles without reading them, for an operator whose rules are lost.
 *
 * @throws CurfewError `settings_conflict`
 */
export async function resetRules(storage: Storage, by: ChangedBy): Promise<SavedRules> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const { values, serverTime } = await storage.redis.readTogether([storage.keys.settings]);
    const read = decodeSettings(values[0] ?? "");
    if (!read || read.rules === "") return { version: read?.version ?? 0, durable: null };
    const current = { ...read, readable: true, now: nowOf(storage, serverTime) };
    const saved = await saveSettings(
      storage,
      current,
      { settings: read.settings, book: NO_BOOK, rule: null },
      by,
    );
    if (!saved) continue;
    await storage.redis.call("DEL", [storage.keys.rules(read.rules)]);
    return { version: saved.version, durable: await isDurable(storage, ...savedFacts(storage, saved)) };
  }
  throw conflict(await readSettings(storage));
}

/** Returns the rules after a change; the same object if the change makes no difference. */
function changed(shared: SharedRules, { for: target, settings }: RuleChange): SharedRules {
  const before = shared.rules.find((rule) => isSameTarget(rule.for, target));
  if (JSON.stringify(before?.settings ?? null) === JSON.stringify(settings)) return shared;
  const others = shared.rules.filter((rule) => rule !== before);
  const rules: readonly Rule[] = settings === null ? others : [...others, { for: target, settings }];
  if (rules.length > MAX_RULES)
    throw new CurfewError(
      "invalid_settings",
      `Rule not saved: there are at most ${String(MAX_RULES)} rules of tenants and roles. Remove a rule first.`,
      { fields: [] },
    );
  return { ...shared, rules };
}

async function storeBook({ redis, keys }: Storage, shared: SharedRules): Promise<RuleBook> {
  if (shared.rules.length === 0) return NO_BOOK;
  const stamp = freshStamp();
  await redis.call("SET", [keys.rules(stamp), encodeShared(shared)]);
  return new RuleBook(stamp, shared);
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
