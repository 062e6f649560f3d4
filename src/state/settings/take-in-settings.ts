import { failsWithWrongType, WRONG_TYPE } from "../../redis/reply.js";
import * as scripts from "../scripts.generated.js";
import { readText, type Storage } from "../storage.js";
import { parseJson } from "../values/json.js";
import { findBook, readBook } from "./read-book.js";
import type { ReadSettings, SettingsState } from "../values/settings-cache.js";
import { decodeSettings, type SavedSettings } from "../values/settings-codec.js";
import { decodeEntry, encodeEntry, HISTORY_LENGTH, lastApplied, readHistory } from "./settings-history.js";

/** Reads the text of the settings: `null` if none are saved, `"!"` if the key has another type. */
const readSettingsText = (storage: Storage): Promise<string | null> =>
  readText(storage, storage.keys.settings);

/** Takes in the text of the settings, as {@link readSettingsText} returns it. Asks Redis only if the text is odd. */
export function takeInSettings(
  storage: Storage,
  text: string | null,
): SettingsState | Promise<SettingsState> {
  return storage.settings.knows(text) ? storage.settings.current : understand(storage, text);
}

/**
 * Takes in that a read of several keys brought no settings. The key may hold the hash of the first edition, so the
 * settings are read once more, at most once a second. Only the first request waits for that: a request of an app that has
 * never saved settings needs one round trip, as any other.
 */
export async function readSettingsAgain(storage: Storage): Promise<SettingsState> {
  const { settings, backgroundWork } = storage;
  if (settings.isKnownAbsent) return settings.current;
  const again = async (): Promise<SettingsState> => takeInSettings(storage, await readSettingsText(storage));
  if (settings.wasAbsent) {
    settings.noteAbsence();
    // If the read fails, the next second's request asks again.
    backgroundWork.begin(again, () => undefined);
    return settings.current;
  }
  const state = await again();
  settings.noteAbsence();
  return state;
}

/** Reads settings that a read of several keys did not bring: none, of another type, or of the first edition. */
export async function readOddSettings(storage: Storage): Promise<string | null> {
  const text = await readSettingsText(storage);
  return text === WRONG_TYPE ? convertFirstEdition(storage) : text;
}

/** @param isAgain - true if the text was read once more, because the rules of an earlier text were gone */
async function understand(storage: Storage, found: string | null, isAgain = false): Promise<SettingsState> {
  const text = found === WRONG_TYPE ? await convertFirstEdition(storage) : found;
  const saved = text === null ? null : decodeSettings(text);
  const book = saved && (await (isAgain ? readBook : findBook)(storage, saved));
  // A save of other rules removes these rules.
  if (saved && !book) return understand(storage, await readSettingsText(storage), true);
  const state = storage.settings.absorb(text, saved && book && { ...saved, book });
  return state.needsHistory ? recover(storage, state) : state;
}

/** Returns saved settings with their rules. @throws CurfewError `redis_unavailable` if the rules can't be read */
async function withBook(
  storage: Storage,
  saved: Omit<SavedSettings, "extra">,
): Promise<Omit<ReadSettings, "extra">> {
  return { ...saved, book: await readBook(storage, saved) };
}

/** Longest time of a save, in milliseconds. */
const SAVED_WITHIN_MS = 60_000;

async function recover(storage: Storage, state: SettingsState): Promise<SettingsState> {
  const { stamp } = state;
  const found = lastApplied(await readHistory(storage, stamp), stamp);
  // If a process died before it noted the time of its save, the time is a little after the beginning of the change.
  const endedAt = found?.endedAt ?? (found?.ended ? found.at + SAVED_WITHIN_MS : null);
  return storage.settings.recover(state, found && (await withBook(storage, { ...found, endedAt })));
}

/**
 * Replaces the hash of the first edition by a history and a text, in this order. So a process that finds the text
 * also finds the history.
 *
 * @returns the text of the settings, as {@link readSettingsText} does
 */
async function convertFirstEdition(storage: Storage): Promise<string | null> {
  const { redis, keys } = storage;
  try {
    const [stamp, json] = (await redis.call("HMGET", [keys.settings, "stamp", "history"])) as (
      string | null
    )[];
    const entries = decodeOldHistory(stamp ?? "", json ?? "[]");
    if (entries.length > 0) await redis.run(scripts.fillHistory, [keys.history, ...entries]);
  } catch (error) {
    if (!failsWithWrongType(error)) throw error;
  }
  return (await redis.run(scripts.convertSettings, [keys.settings])) as string | null;
}

/** Reads the first edition's history, whose first entry has the stamp of the settings. */
function decodeOldHistory(stamp: string, json: string): string[] {
  const changes = parseJson(json);
  if (!Array.isArray(changes)) return [];
  return changes
    .map(decodeEntry)
    .filter((entry) => entry !== null)
    .slice(0, HISTORY_LENGTH)
    .map((entry, index) => encodeEntry({ ...entry, applied: true, stamp: index === 0 ? stamp : "" }));
}
