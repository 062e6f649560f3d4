import { FRESH_STANDING, type SessionCore, type UserStanding } from "../../policy/index.js";
import { userTag } from "../keys.js";
import type { SettingsState } from "../settings/settings-cache.js";
import { readSettingsText, takeInChange, takeInSettings } from "../settings/take-in-settings.js";
import { readUser } from "./read-order.js";
import { parseCore } from "./record-format.js";
import { isUserText, parseStanding } from "./user-format.js";
import { WRONG_TYPE } from "../../redis/reply.js";
import * as scripts from "../scripts.generated.js";
import { clockArgument, nowOf, openLimit, type Storage } from "../storage.js";

/** All that the verdict on one request needs, read at one moment. */
export interface SessionReading {
  readonly now: number;
  /** The app's data as stored; `null` if there is none or it can't be text. */
  readonly data: string | null;
  /** `null` if there is none or it makes no sense. */
  readonly record: SessionCore | null;
  readonly standing: UserStanding | null;
  /** The text of the user's key. */
  readonly user: string;
  readonly settings: SettingsState;
  /** Whether something was stored that can't be understood. */
  readonly corrupt: boolean;
}

/** Reads a signed-in session in one round trip. */
export function readSession(storage: Storage, ref: string, tag: string): Promise<SessionReading> {
  return storage.redis.oneServer ? readInOneScript(storage, ref, tag) : readKeyByKey(storage, ref, tag);
}

async function readInOneScript(storage: Storage, ref: string, tag: string): Promise<SessionReading> {
  const { keys, live } = storage;
  const known = live.current;
  const reply = (await storage.redis.run(scripts.readSession, [
    keys.data(ref),
    keys.record(ref),
    keys.user(tag),
    keys.settings,
    known.stamp,
    clockArgument(storage),
  ])) as [string, string | null, string, string, string | null | []];
  const [time, data, record, user, settings] = reply;
  const now = nowOf(storage, time);
  return interpret(storage, tag, now, data, record, user, await takeInChange(storage, settings, known));
}

/** The same in one-key steps, each of which holds on a cluster, also while its slot moves. */
async function readKeyByKey(storage: Storage, ref: string, tag: string): Promise<SessionReading> {
  const { keys, redis } = storage;
  const [data, [time, record], user, settings] = (await Promise.all([
    redis.run(scripts.readData, [keys.data(ref)]),
    redis.run(scripts.readRecord, [keys.record(ref)]),
    readUser(storage, tag),
    readSettingsText(storage),
  ])) as [string | null, [string, string], string, string | null];
  const now = await takeInSettings(storage, settings);
  return interpret(storage, tag, nowOf(storage, time), data, record, user, now);
}

function interpret(
  storage: Storage,
  tag: string,
  now: number,
  data: string | null,
  record: string,
  user: string,
  settings: SettingsState,
): SessionReading {
  const read = record === "" || record === WRONG_TYPE ? null : parseCore(record);
  // The id names its user; a record that names another is damaged, and must not make one user of another.
  // One that has ended may have forgotten its user, and its user's key may be gone: its end stays all the same.
  const parsed = read && (read.end || userTag(read.userId) === tag) ? read : null;
  const limit = openLimit(storage, settings.settings.maxSessionsPerUser);
  const known = parsed && parseStanding(user, parsed, now, limit);
  const standing = known ?? (parsed?.end ? FRESH_STANDING : null);
  const isDamaged = user !== "" && !isUserText(user);
  const corrupt = (record !== "" && !parsed) || isDamaged || data === WRONG_TYPE;
  return { now, data: data === WRONG_TYPE ? null : data, record: parsed, standing, user, settings, corrupt };
}
