import {
  FRESH_STANDING,
  type EffectiveSettings,
  type SessionCore,
  type UserStanding,
} from "../../policy/index.js";
import type { TimedValues } from "../../redis/port.js";
import { WRONG_TYPE } from "../../redis/reply.js";
import type { SettingsState } from "../values/settings-cache.js";
import { readSettingsAgain, takeInSettings } from "../settings/take-in-settings.js";
import { longReplyMs, nowOf, readText, type Storage } from "../storage.js";
import type { SignedInId } from "../session-id.js";
import type { UserTags } from "../tag-key.js";
import { takeInTags } from "../user-tags.js";
import { oldIdsToRead, oldKey, oldTextsOf } from "./old-sessions.js";
import type { OldTexts } from "../old-source.js";
import { fieldIndex } from "./record-fields.js";
import { fieldsOf, parseCore } from "./record-format.js";
import {
  isReplacedLately,
  mayBeOverwritten,
  secretsOf,
  shownSecret,
  underOffer,
  type Offer,
  type ShownSecret,
} from "./record-secrets.js";
import { judgementOn } from "./judgement.js";
import { isUserText } from "./user-format.js";

/** Facts that the verdict on one request needs, read at one time. */
export interface SessionReading {
  readonly now: number;
  /** The app's data as stored; `null` if there is none or it can't be text. */
  readonly data: string | null;
  /** Under the window of the secret that was shown; `null` if there is none or it makes no sense. */
  readonly record: SessionCore | null;
  readonly shown: ShownSecret;
  /** True if a late answer may overwrite the cookie that the request shows (rule M15). */
  readonly mayBeOverwritten: boolean;
  /** A re-authentication whose secret no request has shown yet. */
  readonly offer: Offer | null;
  /** True if a secret was replaced or offered so lately that a late request may still carry the one before. */
  readonly replacedLately: boolean;
  readonly standing: UserStanding | null;
  /** The text of the user's key; "" if there is none. */
  readonly user: string;
  readonly settings: SettingsState;
  /** Settings in force for this session. */
  readonly effective: EffectiveSettings;
  /** True if stored data are unreadable. */
  readonly corrupt: boolean;
  /** The sessions of express-session that were read in the same round trip. */
  readonly old: OldTexts;
  /** Time that a long reply has taken beyond the longest wait for a silent Redis, in milliseconds. */
  readonly longReplyMs: number;
}

/** Texts in Redis for one session; `null` for a missing text. */
interface Texts {
  readonly record: string | null;
  readonly user: string | null;
  readonly data: string | null;
}

/** Place of the field in a record that only an ended session has. */
const END_AT = fieldIndex("endReason");
/** Place of the app's data among a session's keys. */
const DATA_AT = 2;
/** Number of a session's own keys, before the keys of old sessions. */
const OWN_KEYS = 5;

/** Returns the keys that {@link readSession} reads, in its order. */
export function sessionKeys(storage: Storage, id: SignedInId, cookieOldIds: readonly string[]): string[] {
  const { keys } = storage;
  const { ref, tag } = id;
  const wanted = [keys.record(ref), keys.user(tag), keys.data(ref), keys.settings, keys.tags];
  for (const oldId of oldIdsToRead(storage, id, cookieOldIds)) wanted.push(oldKey(storage, oldId));
  return wanted;
}

/**
 * Reads a signed-in session in one round trip. Redis also answers `null` for a key of another type, so a `null` is
 * checked once more.
 *
 * @param cookieOldIds - ids in the request's cookies of express-session, which are read in the same round trip
 * @param known - the values of {@link sessionKeys}, if they have been read
 */
export async function readSession(
  storage: Storage,
  id: SignedInId,
  cookieOldIds: readonly string[] = [],
  known: TimedValues | null = null,
): Promise<SessionReading> {
  const askedAt = performance.now();
  const { values, serverTime } =
    known ?? (await storage.redis.readTogether(sessionKeys(storage, id, cookieOldIds)));
  const lateMs = longReplyMs(storage, askedAt);
  const old = oldTextsOf(oldIdsToRead(storage, id, cookieOldIds), values, OWN_KEYS);
  const [record = null, user = null, data = null, settings = null, tagKey = null] = values;
  const taken = settings === null ? await readSettingsAgain(storage) : takeInSettings(storage, settings);
  const state = taken instanceof Promise ? await taken : taken;
  const now = nowOf(storage, serverTime);
  const read = { record, user, data };
  // The end of a session has deleted its data, so their absence needs no second look.
  const isComplete = record !== null && user !== null && (data !== null || hasEnded(record));
  const texts = isComplete ? read : await readAgain(storage, id, read);
  // Without a record there is no user whose tag to compare.
  const tags = texts.record === null ? null : takeInTags(storage, tagKey);
  const tagsNow = tags instanceof Promise ? await tags : tags;
  return interpret(storage, id, now, texts, state, tagsNow, old, lateMs);
}

/** Reads a session's keys without its data, for a request that has read them. @param data - the data that it has read */
export async function readWithoutData(
  storage: Storage,
  id: SignedInId,
  cookieOldIds: readonly string[],
  data: string | null,
): Promise<TimedValues> {
  const wanted = sessionKeys(storage, id, cookieOldIds).toSpliced(DATA_AT, 1);
  const { values, serverTime } = await storage.redis.readTogether(wanted);
  return { values: values.toSpliced(DATA_AT, 0, data), serverTime };
}

const hasEnded = (record: string): boolean => Boolean(fieldsOf(record)[END_AT]);

async function readAgain(storage: Storage, { ref, tag }: SignedInId, texts: Texts): Promise<Texts> {
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
  { tag, secretHash }: SignedInId,
  now: number,
  { record: text, user, data }: Texts,
  settings: SettingsState,
  tags: UserTags | null,
  old: OldTexts,
  lateMs: number,
): SessionReading {
  const fields = text === null || text === WRONG_TYPE ? null : fieldsOf(text);
  const read = fields && parseCore(fields);
  const secrets = fields && secretsOf(fields);
  // The id names its user by a tag. A record of another user, or another tag key, must not turn one user into another.
  // An ended session's record may have lost its user, and the user's key may be gone: the end stays.
  const parsed = read && secrets && (read.end || tags?.of(read.userId) === tag) ? read : null;
  const shown = secrets ? shownSecret(secrets, secretHash, now) : "none";
  const offer = secrets?.offer ?? null;
  const record = parsed && offer && shown === "offered" ? underOffer(parsed, offer) : parsed;
  const judgement =
    record && user !== null ? judgementOn(storage, settings.inForce, record, user, now) : null;
  const standing = judgement?.standing ?? (record?.end ? FRESH_STANDING : null);
  const isDamaged = user !== null && !isUserText(user);
  return {
    now,
    data: data === WRONG_TYPE ? null : data,
    record,
    shown,
    mayBeOverwritten: secrets !== null && mayBeOverwritten(secrets, shown, now),
    offer,
    replacedLately: secrets !== null && isReplacedLately(secrets, now),
    standing,
    user: user ?? "",
    settings,
    effective: judgement?.settings ?? settings.effective,
    corrupt: (text !== null && !record) || isDamaged || data === WRONG_TYPE,
    old,
    longReplyMs: lateMs,
  };
}
