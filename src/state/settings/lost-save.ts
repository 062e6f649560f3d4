/** A save without a reply: this process finds out if Redis has applied the save. */
import { setTimeout as sleep } from "node:timers/promises";
import { readText, type Storage } from "../storage.js";
import { stampOf } from "../values/settings-codec.js";
import { readHistory, type HistoryEntry } from "./settings-history.js";

/** A save that Redis has applied. */
export interface FoundSave {
  /** Text that was saved; `null` if later settings have replaced the text. */
  readonly text: string | null;
}

/** Number and interval of looks in the background, in milliseconds. In an outage the network may deliver a command late. */
const LOOKS = 20;
const LOOK_EVERY_MS = 500;

/** Returns the save of a change. No other save has the same stamp. @returns `null` if Redis has not applied the save */
async function findSave(storage: Storage, { stamp }: HistoryEntry): Promise<FoundSave | null> {
  const text = await readText(storage, storage.keys.settings);
  const current = stampOf(text);
  if (current === stamp) return { text };
  const history = await readHistory(storage, current);
  return history.some((entry) => entry.applied && entry.stamp === stamp) ? { text: null } : null;
}

/**
 * Looks for a save once. While Redis is away, this function returns `null` and looks again in the background, for up to
 * ten seconds.
 *
 * @param found - receives a save that was found in the background
 */
export async function findLostSave(
  storage: Storage,
  change: HistoryEntry,
  found: (later: Storage, save: FoundSave) => Promise<unknown>,
): Promise<FoundSave | null> {
  try {
    return await findSave(storage, change);
  } catch {
    const later = { ...storage, redis: storage.background };
    storage.backgroundWork.begin(
      async () => {
        const save = await lookAgain(later, change);
        if (save) await found(later, save);
      },
      (error) => {
        const what = `Looking for the settings of version ${String(change.version)}`;
        storage.events.warn("write_failed", `${what}: ${String(error)}`);
      },
    );
    return null;
  }
}

async function lookAgain(storage: Storage, change: HistoryEntry): Promise<FoundSave | null> {
  for (let looksLeft = LOOKS; looksLeft > 0; looksLeft--) {
    await sleep(LOOK_EVERY_MS, undefined, { ref: false });
    try {
      const save = await findSave(storage, change);
      if (save || storage.backgroundWork.isClosing) return save;
    } catch (error) {
      if (looksLeft === 1) throw error;
    }
  }
  return null;
}
