import { randomBytes } from "node:crypto";
import { unknownName } from "../../check-options.js";
import { CurfewError, invalidOption } from "../../errors.js";
import {
  applyPatch,
  checkPatch,
  SETTING_NAMES,
  type AppliedPatch,
  type Coercion,
  type EndTarget,
  type Settings,
  type SettingsPatch,
  type SettingsProblem,
} from "../../policy/index.js";
import type { RuleBook } from "../values/rule-book.js";
import type { ReadSettings, SettingsState } from "../values/settings-cache.js";
import type { Durability } from "../replica-wait.js";
import * as scripts from "../scripts.generated.js";
import { decodeSettings, encodeSettings, TIME_OF_SAVE, type ExtraValues } from "../values/settings-codec.js";
import { findLostSave, type FoundSave } from "./lost-save.js";
import {
  dropChange,
  keepChange,
  readHistory,
  type HistoryEntry,
  type SettingsChange,
} from "./settings-history.js";
import { readSettingsAgain, takeInSettings } from "./take-in-settings.js";
import { clockArgument, isDurable, nowOf, type Storage } from "../storage.js";

/** Settings and the version that names them. */
export interface VersionedSettings {
  readonly settings: Settings;
  readonly version: number;
  /** Values of a vendor's API without effect, as `update({ …, extra })` saved them. */
  readonly extra: ExtraValues;
}

/** Result of an update. */
export interface SettingsUpdate extends VersionedSettings, Durability {
  /** Values that were adjusted because inactivity logout is on. */
  readonly coercions: readonly Coercion[];
}

/** The person who makes a change, and the place. */
export interface ChangedBy {
  readonly actor?: string | null | undefined;
  readonly from?: string | null | undefined;
}

/** Options of an update. */
export interface UpdateOptions {
  /** Actor of the change; kept in the history. */
  readonly actor?: string;
  /**
   * Place from which the actor made the change, such as `req.ip`; kept in the history. The package's pages and APIs give
   * the IP address.
   *
   * @default no place is kept
   */
  readonly from?: string;
  /** Refuse unless this version is the one in force (`settings_conflict`). */
  readonly ifVersion?: number;
  /**
   * False for the API of a vendor that does not couple inactivity logout with the duration and persistent sessions (rule
   * Q22): no value is adjusted, and a duration may be 1 minute to 365 days. @default true
   */
  readonly coupled?: boolean;
  /**
   * Idle minutes to save if the change turns inactivity logout on and names none, for the API of a vendor that has one
   * fixed time. @default the saved value stays
   */
  readonly idleMinutesWhenTurnedOn?: number;
  /**
   * Values of a vendor's API that have no effect here. They are saved with the settings; values that are left out stay.
   *
   * @default none
   */
  readonly extra?: ExtraValues;
}

/** Number of attempts of an update when other updates come first. */
export const MAX_TRIES = 500;

/** Reads the settings in force, and the deciding time. */
export async function readSettings(storage: Storage): Promise<SettingsState & { readonly now: number }> {
  const { values, serverTime } = await storage.redis.readTogether([storage.keys.settings]);
  const [text = null] = values;
  const state = await (text === null ? readSettingsAgain(storage) : takeInSettings(storage, text));
  return { ...state, now: nowOf(storage, serverTime) };
}

/** Checks a patch. @throws CurfewError `invalid_settings`, whose `details.fields` names every bad field. */
export function requirePatch(patch: unknown, coupled = true): SettingsPatch {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch))
    throw new CurfewError("invalid_settings", "The settings must be an object.", { fields: [] });
  const check = checkPatch(patch as Record<string, unknown>, coupled);
  if (check.ok) return check.patch;
  throw notSaved("Settings", check.problems);
}

/** Returns the error for wrong settings. @param what - noun for the settings: `Rule` */
export function notSaved(what: string, fields: readonly SettingsProblem[]): CurfewError {
  const message = fields.map(({ field, problem }) => `${field} ${problem}`).join("; ");
  return new CurfewError("invalid_settings", `${what} not saved: ${message}.`, { fields });
}

/** Completes the app's defaults. @throws CurfewError `invalid_option` with the field and the fix */
export function requireDefaults(defaults: SettingsPatch, base: Settings): Settings {
  for (const name of Object.keys(defaults))
    if (!SETTING_NAMES.includes(name as keyof Settings))
      throw invalidOption(`defaults.${name}`, unknownName(name, SETTING_NAMES, "setting"));
  const check = checkPatch({ ...defaults });
  if (!check.ok) {
    const first = check.problems[0];
    throw invalidOption(`defaults.${String(first?.field)}`, String(first?.problem));
  }
  // Inactivity logout with nothing else said means its usual day, as when an administrator turns it on.
  return applyPatch(base, check.patch).settings;
}

/**
 * Saves a change. It applies from each process's next request. Simultaneous changes of different fields are all kept:
 * each change is applied to the settings in force at that moment.
 *
 * @throws CurfewError `invalid_settings`, `settings_conflict`, `redis_unavailable`
 */
export async function updateSettings(
  storage: Storage,
  patch: unknown,
  { actor, from, ifVersion, extra: added, ...manner }: UpdateOptions,
): Promise<SettingsUpdate> {
  const checked = requirePatch(patch, manner.coupled);
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const current = await readSettings(storage);
    if (ifVersion !== undefined && ifVersion !== current.version) throw conflict(current);
    const extra = { ...current.extra, ...added };
    const applied = { ...applyPatch(current.configured, checked, manner), extra };
    if (changesNothing(current, applied, checked))
      return { ...applied, version: current.version, durable: null };
    const wanted = { settings: applied.settings, book: current.inForce.book, extra };
    const saved = await saveSettings(storage, current, wanted, { actor, from });
    if (saved) {
      const { stamp, version } = saved;
      const durable = await isDurable(storage, { key: storage.keys.settings, stamp, version });
      return { ...applied, version, durable };
    }
  }
  throw conflict(await readSettings(storage));
}

/**
 * Returns true if a patch leaves the saved settings unchanged. Then it makes no version and no entry in the history.
 */
function changesNothing(current: SettingsState, { settings, extra }: Applied, patch: SettingsPatch): boolean {
  if (!current.readable || SETTING_NAMES.some((name) => settings[name] !== current.configured[name]))
    return false;
  if (Object.entries(extra).some(([name, value]) => current.extra[name] !== value)) return false;
  // A default that is saved on purpose stays, even if the app's defaults change.
  return current.stamp !== "" || Object.keys(patch).length === 0;
}

/** The settings after a change, and the values beside them. */
interface Applied extends AppliedPatch {
  readonly extra: ExtraValues;
}

/** Returns a name that no other save has. */
export const freshStamp = (): string => randomBytes(9).toString("base64url");

export function conflict(current: Pick<VersionedSettings, "version">): CurfewError {
  return new CurfewError(
    "settings_conflict",
    `The settings have been changed meanwhile (version ${String(current.version)}); read them again and repeat your change.`,
    { version: current.version },
  );
}

/** The settings that a save replaces. */
export type ReplacedSettings = Pick<SettingsState, "stamp" | "version" | "readable" | "extra"> & {
  readonly now: number;
};

/** Settings to save, and the rules of tenants and roles that apply with them. */
export interface WantedSettings
  extends Pick<SettingsChange, "settings">, Partial<Pick<SettingsChange, "rule">> {
  readonly book: RuleBook;
  /** Sessions that this save ends: the last end of `book` gets the time of the save. @default none */
  readonly ended?: EndTarget | null;
  /** @default the values that are saved */
  readonly extra?: ExtraValues;
}

/**
 * Saves in steps of one key each: the change into the history, then the settings. The settings decide: a change
 * whose stamp they never had is not applied. If the reply of the save is lost, this function reads the settings again. If
 * Redis is away then, the save fails, and the event of a save that Redis has applied follows in the background.
 *
 * @returns `null` if other settings have been saved since `current` was read
 */
export async function saveSettings(
  storage: Storage,
  current: ReplacedSettings,
  { settings, book, rule = null, ended = null, extra = current.extra }: WantedSettings,
  { actor = null, from = null }: ChangedBy,
): Promise<HistoryEntry | null> {
  const { redis, keys, timeoutMs } = storage;
  const version = (await latestVersion(storage, current)) + 1;
  const attempt: HistoryEntry = {
    applied: false,
    stamp: freshStamp(),
    after: current.stamp,
    version,
    at: current.now,
    actor,
    from,
    settings,
    rule,
    ended,
    rules: book.stamp,
    endedAt: ended ? null : book.endedAt,
  };
  await keepChange(storage, attempt);
  const wanted = encodeSettings({ ...attempt, extra, endedAt: ended ? TIME_OF_SAVE : book.endedAt });
  const args = [keys.settings, current.stamp, wanted, keys.ends, ...(ended ? [clockArgument(storage)] : [])];
  const tell = (by: Storage, save: FoundSave) => tellSave(by, attempt, save, { book, extra });
  const startedAt = performance.now();
  let text: string | null;
  try {
    text = (await redis.run(scripts.saveSettings, args)) as string | null;
  } catch (error) {
    const leftMs = timeoutMs - (performance.now() - startedAt);
    const found = await findLostSave({ ...storage, redis: redis.within(leftMs) }, attempt, tell);
    if (!found) throw error;
    return tell(storage, found);
  }
  if (text !== null) return tell(storage, { text });
  await dropChange(storage, attempt).catch(() => undefined);
  return null;
}

/** Takes in a save, emits its event, and notes in the history that the change was saved. */
async function tellSave(
  storage: Storage,
  attempt: HistoryEntry,
  { text }: FoundSave,
  { book, extra }: Pick<ReadSettings, "book" | "extra">,
): Promise<HistoryEntry> {
  const { at, actor, from, version, settings, rule, ended } = attempt;
  const endedAt = text === null ? attempt.endedAt : (decodeSettings(text)?.endedAt ?? null);
  if (text !== null) {
    const saved = book.at(endedAt);
    storage.books.keep(saved);
    storage.settings.absorb(text, { ...attempt, book: saved, extra });
  }
  storage.events.emit("settingsChanged", { at, actor, from, version, settings, rule, ended });
  const change = { ...attempt, applied: true, endedAt };
  // The settings are saved, so nothing that follows may make the update fail.
  await keepChange(storage, change).catch(() => undefined);
  return change;
}

/** Returns the version of the last change. If the settings are lost or unreadable, the history knows it. */
async function latestVersion(storage: Storage, current: ReplacedSettings): Promise<number> {
  if (current.readable && current.stamp !== "") return current.version;
  const latest = (await readHistory(storage, current.stamp)).find(({ applied }) => applied);
  return Math.max(current.version, latest?.version ?? 0);
}

/** The latest changes, newest first, at most 50. */
export async function settingsHistory(storage: Storage): Promise<readonly SettingsChange[]> {
  const { stamp } = await readSettings(storage);
  const history = await readHistory(storage, stamp);
  return history.map(
    ({ stamp: _stamp, after: _after, rules: _rules, endedAt: _endedAt, ...change }) => change,
  );
}
