import { FRESH_STANDING, type SessionCore, type UserStanding } from "../../policy/index.js";
import { userTag } from "../keys.js";
import type { SettingsState } from "../settings/settings-cache.js";
import { readSettingsText, takeInChange, takeInSettings } from "../settings/take-in-settings.js";
import { parseCore, storedReason } from "./record-format.js";
import { SEPARATOR, storedNumber, WRONG_TYPE } from "../../redis/reply.js";
import * as scripts from "../scripts.generated.js";
import { clockArgument, nowOf, type Storage } from "../storage.js";

/** All that the verdict on one request needs, read at one moment. */
export interface SessionReading {
  readonly now: number;
  /** The app's data as stored; `null` if there is none or it can't be text. */
  readonly data: string | null;
  /** `null` if there is none or it makes no sense. */
  readonly record: SessionCore | null;
  readonly standing: UserStanding | null;
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
    limitOf(storage, known),
  ])) as [string, string | null, string, string, string | null | []];
  const [time, data, record, standing, settings] = reply;
  const now = nowOf(storage, time);
  return interpret(storage, tag, now, data, record, standing, await takeInChange(storage, settings, known));
}

/** The same in one-key steps, each of which holds on a cluster, also while its slot moves. */
async function readKeyByKey(storage: Storage, ref: string, tag: string): Promise<SessionReading> {
  const { keys, live, redis } = storage;
  const known = live.current;
  const standingOf = (number: string, browser: string, limit: number | "") =>
    redis.run(scripts.readStanding, [keys.user(tag), ref, number, browser, clockArgument(storage), limit]);
  const [data, record, standing, settings] = (await Promise.all([
    redis.run(scripts.readData, [keys.data(ref)]),
    redis.run(scripts.readRecord, [keys.record(ref)]),
    standingOf("", "", limitOf(storage, known)),
    readSettingsText(storage),
  ])) as [string | null, [string, string], [string, number], string | null];
  const [time, joined] = record;
  const [, counted] = standing;
  const now = await takeInSettings(storage, settings);
  const limit = limitOf(storage, now);
  let [standingText] = standing;
  // The session's entry is gone from the order, so its own record says where it stood; or another limit holds.
  const isCounted = limit === "" || (counted === 1 && limit === limitOf(storage, known));
  if (!isCounted && joined !== "" && joined !== WRONG_TYPE) {
    const [number = "", browser = ""] = joined.split(SEPARATOR, 2);
    [standingText] = (await standingOf(number, browser, limit)) as [string, number];
  }
  return interpret(storage, tag, nowOf(storage, time), data, joined, standingText, now);
}

/** How many browsers may be signed in, as far as open sessions are held to it; '' for any number. */
function limitOf({ limitOpenSessions }: Storage, { settings }: SettingsState): number | "" {
  return (limitOpenSessions ? settings.maxSessionsPerUser : null) ?? "";
}

function interpret(
  storage: Storage,
  tag: string,
  now: number,
  data: string | null,
  record: string,
  standing: string,
  settings: SettingsState,
): SessionReading {
  const read = record === "" || record === WRONG_TYPE ? null : parseCore(record);
  // The id names its user; a record that names another is damaged, and must not make one user of another.
  // One that has ended may have forgotten its user, and its user's key may be gone: its end stays all the same.
  const parsed = read && (read.end || userTag(read.userId) === tag) ? read : null;
  const known = standing === "" || standing === WRONG_TYPE ? null : parseStanding(storage, standing);
  const user = known ?? (parsed?.end ? FRESH_STANDING : null);
  const corrupt = (record !== "" && !parsed) || standing === WRONG_TYPE || data === WRONG_TYPE;
  return { now, data: data === WRONG_TYPE ? null : data, record: parsed, standing: user, settings, corrupt };
}

/** A fact that a user's key may do without; garbage is NaN, which no rule lets pass. */
const optionalNumber = (text: string | undefined): number => (text ? storedNumber(text) : 0);

/** Reads what standingOf in lib/standing.lua joins. */
export function parseStanding({ limitOpenSessions }: Storage, joined: string): UserStanding {
  const [floor, floorReason = "", floorAt, spared, evicted, latest, newer] = joined.split(SEPARATOR);
  return {
    floor: storedNumber(floor),
    floorReason: storedReason(floorReason),
    floorAt: optionalNumber(floorAt),
    sparedNumber: spared ? storedNumber(spared) : null,
    evictedBelow: optionalNumber(evicted),
    // Where only sign-ins evict, what has signed in since counts against nobody.
    newerBrowsers: limitOpenSessions ? storedNumber(newer) : 0,
    latestNumber: storedNumber(latest),
  };
}
