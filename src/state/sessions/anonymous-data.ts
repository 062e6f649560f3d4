import type { SessionEnd } from "../../policy/index.js";
import { WRONG_TYPE } from "../../redis/reply.js";
import { readSettingsAgain, takeInSettings } from "../settings/take-in-settings.js";
import { nowOf, readText, type Storage } from "../storage.js";
import { fieldsOf, parseCore } from "./record-format.js";

/** Lifetime of an anonymous visitor's data after the last request, in seconds: one day. */
export const ANONYMOUS_SECONDS = 86_400;

/** Redis's data about an anonymous session. */
export interface AnonymousReading {
  /** The app's data; `null` if there is none. */
  readonly data: string | null;
  /** The recorded end of the session before, while Redis keeps it. */
  readonly end: SessionEnd | null;
  readonly now: number;
}

/**
 * Reads an anonymous session's data and keeps it for another day. The same round trip reads how the browser's session
 * before has ended (rule M5).
 */
export async function readAnonymous(
  storage: Storage,
  ref: string,
  endedRef: string | null,
): Promise<AnonymousReading> {
  const { keys, redis } = storage;
  const wanted = [keys.data(ref), keys.settings];
  if (endedRef !== null) wanted.push(keys.record(endedRef));
  const { values, serverTime } = await redis.readTogether(wanted);
  const [data = null, settings = null, record = null] = values;
  await (settings === null ? readSettingsAgain(storage) : takeInSettings(storage, settings));
  return {
    data: await keepData(storage, keys.data(ref), data),
    end: record === null ? null : (parseCore(fieldsOf(record))?.end ?? null),
    now: nowOf(storage, serverTime),
  };
}

async function keepData(storage: Storage, key: string, data: string | null): Promise<string | null> {
  const { redis } = storage;
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
