import type { SessionEnd } from "../../policy/index.js";
import type { TimedValues } from "../../redis/port.js";
import { WRONG_TYPE } from "../../redis/reply.js";
import { readSettingsAgain, takeInSettings } from "../settings/take-in-settings.js";
import { nowOf, readText, type Storage } from "../storage.js";
import { oldIdsToRead, oldKey, oldTextsOf } from "./old-sessions.js";
import type { OldTexts } from "../old-source.js";
import { fieldsOf, parseCore } from "./record-format.js";
import { isReplaced } from "./replaced-cookie.js";

/** Lifetime of an anonymous visitor's data after the last request, in seconds: one day. */
export const ANONYMOUS_SECONDS = 86_400;

/** Redis's data about an anonymous session. */
export interface AnonymousReading {
  /** The app's data; `null` if there is none. */
  readonly data: string | null;
  /** True if a sign-in has just replaced the cookie (rule M15). */
  readonly isReplaced: boolean;
  /** The recorded end of the session before, while Redis keeps it. */
  readonly end: SessionEnd | null;
  readonly now: number;
  /** The sessions of express-session that were read in the same round trip. */
  readonly old: OldTexts;
}

/** Returns the keys that {@link readAnonymous} reads, in its order. */
export function anonymousKeys(
  storage: Storage,
  ref: string,
  endedRef: string | null,
  cookieOldIds: readonly string[],
): string[] {
  const { keys } = storage;
  const oldIds = oldIdsToRead(storage, {}, cookieOldIds);
  const old = oldIds.map((oldId) => oldKey(storage, oldId));
  const wanted = [keys.data(ref), keys.replaced(ref), keys.settings, ...old];
  return endedRef === null ? wanted : [...wanted, keys.record(endedRef)];
}

/**
 * Reads an anonymous session's data and keeps it for another day. The same round trip reads how the browser's session
 * before has ended (rule M5).
 *
 * @param cookieOldIds - ids in the request's cookies of express-session, which are read in the same round trip
 * @param known - the values of {@link anonymousKeys}, if they have been read
 */
export async function readAnonymous(
  storage: Storage,
  ref: string,
  endedRef: string | null,
  cookieOldIds: readonly string[] = [],
  known: TimedValues | null = null,
): Promise<AnonymousReading> {
  const { keys, redis } = storage;
  const oldIds = oldIdsToRead(storage, {}, cookieOldIds);
  const { values, serverTime } =
    known ?? (await redis.readTogether(anonymousKeys(storage, ref, endedRef, cookieOldIds)));
  const [data = null, mark = null, settings = null] = values;
  const record = endedRef === null ? null : (values.at(-1) ?? null);
  await (settings === null ? readSettingsAgain(storage) : takeInSettings(storage, settings));
  const now = nowOf(storage, serverTime);
  return {
    data: await keepData(storage, keys.data(ref), data),
    isReplaced: isReplaced(mark, now),
    end: record === null ? null : (parseCore(fieldsOf(record))?.end ?? null),
    now,
    old: oldTextsOf(oldIds, values, 3),
  };
}

/** Reads sessions of express-session, for a request without a session of this package. */
export async function readOld(storage: Storage, oldIds: readonly string[]): Promise<OldTexts> {
  const { values, serverTime } = await storage.redis.readTogether([
    storage.keys.settings,
    ...oldIds.map((oldId) => oldKey(storage, oldId)),
  ]);
  const [settings = null] = values;
  await (settings === null ? readSettingsAgain(storage) : takeInSettings(storage, settings));
  nowOf(storage, serverTime);
  return oldTextsOf(oldIds, values, 1);
}

/**
 * Stores the data of an anonymous session of express-session under a new id. If another process has done so before, its
 * data stay.
 *
 * @returns the stored data; `null` if there are none
 */
export async function keepOldData(storage: Storage, ref: string, json: string): Promise<string | null> {
  const key = storage.keys.data(ref);
  const written = await storage.redis.call("SET", [key, json, "EX", ANONYMOUS_SECONDS, "NX"]);
  return written === null ? readTextOrNothing(storage, key) : json;
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
