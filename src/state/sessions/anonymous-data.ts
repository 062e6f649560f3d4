import { WRONG_TYPE } from "../../redis/reply.js";
import { readSettingsAgain, takeInSettings } from "../settings/take-in-settings.js";
import { readText, type Storage } from "../storage.js";

/** How long the data of somebody not signed in is kept after the last request, in seconds: one day. */
export const ANONYMOUS_SECONDS = 86_400;

/** Reads an anonymous session's data and keeps it for another day. `null` if there is none. */
export async function readAnonymousData(storage: Storage, ref: string): Promise<string | null> {
  const { keys, redis } = storage;
  const key = keys.data(ref);
  const { values } = await redis.readTogether([key, keys.settings]);
  const [data = null, settings = null] = values;
  await (settings === null ? readSettingsAgain(storage) : takeInSettings(storage, settings));
  if (data === null) return readTextOrNothing(storage, key);
  // A replica refuses the write; the data is read all the same.
  storage.backgroundWork.begin(
    () => redis.call("EXPIRE", [key, ANONYMOUS_SECONDS]),
    () => undefined,
  );
  return data;
}

async function readTextOrNothing(storage: Storage, key: string): Promise<string | null> {
  const text = await readText(storage, key);
  return text === WRONG_TYPE ? null : text;
}
