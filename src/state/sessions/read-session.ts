import { FRESH_STANDING, type SessionCore, type UserStanding } from "../../policy/index.js";
import { WRONG_TYPE } from "../../redis/reply.js";
import { userTag } from "../keys.js";
import type { SettingsState } from "../settings/settings-cache.js";
import { readSettingsAgain, takeInSettings } from "../settings/take-in-settings.js";
import { nowOf, openLimit, readText, type Storage } from "../storage.js";
import { parseCore } from "./record-format.js";
import { isUserText, parseStanding } from "./user-format.js";

/** All that the verdict on one request needs, read at one moment. */
export interface SessionReading {
  readonly now: number;
  /** The app's data as stored; `null` if there is none or it can't be text. */
  readonly data: string | null;
  /** `null` if there is none or it makes no sense. */
  readonly record: SessionCore | null;
  readonly standing: UserStanding | null;
  /** The text of the user's key; "" if there is none. */
  readonly user: string;
  readonly settings: SettingsState;
  /** Whether something was stored that can't be understood. */
  readonly corrupt: boolean;
}

/** What Redis holds of one session; `null` where it holds nothing. */
interface Texts {
  readonly record: string | null;
  readonly user: string | null;
  readonly data: string | null;
}

/**
 * Reads a signed-in session in one round trip. Redis answers `null` for a key of another type as well, so that what
 * is `null` is asked for once more before it is believed.
 */
export async function readSession(storage: Storage, ref: string, tag: string): Promise<SessionReading> {
  const { keys, redis } = storage;
  const { values, serverTime } = await redis.readTogether([
    keys.record(ref),
    keys.user(tag),
    keys.data(ref),
    keys.settings,
  ]);
  const [record = null, user = null, data = null, settings = null] = values;
  const known = settings === null ? await readSettingsAgain(storage) : takeInSettings(storage, settings);
  const texts = { record, user, data };
  const isComplete = record !== null && user !== null && data !== null;
  return interpret(
    storage,
    tag,
    nowOf(storage, serverTime),
    isComplete ? texts : await readAgain(storage, ref, tag, texts),
    known instanceof Promise ? await known : known,
  );
}

async function readAgain(storage: Storage, ref: string, tag: string, texts: Texts): Promise<Texts> {
  const { keys } = storage;
  const [record, user, data] = await Promise.all([
    texts.record ?? readText(storage, keys.record(ref)),
    texts.user ?? readText(storage, keys.user(tag)),
    texts.data ?? readText(storage, keys.data(ref)),
  ]);
  return { record, user, data };
}

function interpret(
  storage: Storage,
  tag: string,
  now: number,
  { record, user, data }: Texts,
  settings: SettingsState,
): SessionReading {
  const read = record === null || record === WRONG_TYPE ? null : parseCore(record);
  // The id names its user; a record that names another is damaged, and must not make one user of another.
  // One that has ended may have forgotten its user, and its user's key may be gone: its end stays all the same.
  const parsed = read && (read.end || userTag(read.userId) === tag) ? read : null;
  const limit = openLimit(storage, settings.settings.maxSessionsPerUser);
  const known = parsed && user !== null ? parseStanding(user, parsed, now, limit) : null;
  const standing = known ?? (parsed?.end ? FRESH_STANDING : null);
  const isDamaged = user !== null && !isUserText(user);
  const corrupt = (record !== null && !parsed) || isDamaged || data === WRONG_TYPE;
  return {
    now,
    data: data === WRONG_TYPE ? null : data,
    record: parsed,
    standing,
    user: user ?? "",
    settings,
    corrupt,
  };
}
