import { DAY_MS, type EndReason, type EvictedBy, type SessionKind } from "../../policy/index.js";
import { userTag } from "../keys.js";
import { END_FIELD, PERSONAL_FIELDS } from "./record-fields.js";
import { evictionArguments, fieldsOf } from "./record-format.js";
import type { Fact } from "../replica-wait.js";
import { levelOf, unlist } from "../list/shelves.js";
import * as scripts from "../scripts.generated.js";
import type { SignedInId } from "../session-id.js";
import { secretsOf, shownSecret } from "./record-secrets.js";
import { clockArgument, nowOf, type Storage } from "../storage.js";

/** How long the record of an ended session is kept, without the app's data, to say why. */
export const ENDED_RECORD_MS = DAY_MS;

/** The session that evicted another. */
export interface Evictor extends EvictedBy {
  readonly ref: string;
}

/** Why sessions end. */
export interface Ending {
  readonly reason: EndReason;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly by?: Evictor | null;
  /** Who ended it, for the event. */
  readonly actor?: string | null;
}

/** What endRecord-1.lua answers where there is no record. */
const NO_RECORD = -1;
const NO_CLOCK = "";
/** Has removeEntry-1.lua leave all others alone. */
const NO_LIMIT = "";
const TIME_IS_UP: ReadonlySet<EndReason> = new Set(["idle", "absolute"]);

/**
 * Ends a session: records it, then deletes the app's data and the session's rows. The record is what decides;
 * whatever is still in flight for the session finds it ended.
 *
 * @returns whether this call ended it; `false` if it had ended before or there was no record of it
 */
export async function endSession(storage: Storage, ref: string, ending: Ending): Promise<boolean> {
  const end = await recordEnd(storage, ref, ending);
  await leave(storage, ref, end, ending);
  return end.ended;
}

/** The same for somebody who waits to be told: only the record is waited for, the rest follows. */
export async function endSessionSoon(storage: Storage, ref: string, ending: Ending): Promise<void> {
  const end = await recordEnd(storage, ref, ending);
  tidy(storage, (later) => leave(later, ref, end, ending));
}

/** Signs a session out for whoever knows its whole id. An id whose secret is worth nothing ends nothing. */
export async function signOutById(storage: Storage, { ref, secretHash }: SignedInId): Promise<void> {
  const { values, serverTime } = await storage.redis.readTogether([storage.keys.record(ref)]);
  const secrets = secretsOf(fieldsOf(values[0] ?? ""));
  const now = nowOf(storage, serverTime);
  if (secrets && shownSecret(secrets, secretHash, now) !== "none")
    await endSession(storage, ref, { reason: "signed_out", at: now });
}

/** What tells that a session has ended: without a record it has, too. */
export function endedFact({ keys }: Storage, ref: string): Fact {
  return { key: keys.record(ref), field: END_FIELD, holds: "", orGone: true };
}

/** Takes an ended session out of everything that lists or feeds it. */
async function leave(
  storage: Storage,
  ref: string,
  { isRecorded, userId, kind, level }: RecordedEnd,
  ending: Ending,
): Promise<void> {
  const { live } = storage;
  // One whose time was up did not count against others, so nobody had lost to it (rule C11).
  const hasCounted = storage.limitOpenSessions && !TIME_IS_UP.has(ending.reason);
  const limit = hasCounted ? live.current.settings.maxSessionsPerUser : null;
  const left = userId === null ? [] : leaveOrder(storage, userId, ref, kind, limit);
  const [lost] = await Promise.all([left, clearTraces(storage, ref, level)]);
  if (isRecorded) await forgetPerson(storage, ref);
  // Under a limit lowered meanwhile the order may have dropped others along with this one.
  cleanUp(storage, lost, { reason: "evicted", at: ending.at });
}

interface RecordedEnd {
  /** Whether a record says that it has ended. Of a sign-in that is still being stored there is none yet. */
  readonly isRecorded: boolean;
  readonly ended: boolean;
  readonly userId: string | null;
  readonly kind: SessionKind;
  /** Of its row in the list of all sessions. */
  readonly level: number | null;
}

/** Records the end and tells nobody. Returns the level of the session's row in the list of all, if there is one. */
async function endQuietly(storage: Storage, ref: string, { reason, at }: Ending): Promise<number | null> {
  const args = [storage.keys.record(ref), reason, at, ENDED_RECORD_MS];
  const [, , , level] = (await storage.redis.run(scripts.endRecord, args)) as [
    number,
    string?,
    string?,
    string?,
  ];
  return levelOf(level);
}

/** Records the end, and tells the listeners if this call was the one that ended it. */
async function recordEnd(storage: Storage, ref: string, ending: Ending): Promise<RecordedEnd> {
  const { redis, keys, events } = storage;
  const { reason, at, by = null, actor = null } = ending;
  const told = by ? evictionArguments(by) : [];
  const args = [keys.record(ref), reason, at, ENDED_RECORD_MS, ...told];
  const reply = await redis.run(scripts.endRecord, args);
  const [result, userId, otherKind, level] = reply as [number, string?, (SessionKind | "")?, string?];
  const kind = otherKind === undefined || otherKind === "" ? "browser" : otherKind;
  if (result === 1 && userId)
    events.emit("ended", {
      ref,
      userId,
      kind,
      at,
      reason,
      by: by && withoutRef(by),
      actor,
    });
  return {
    isRecorded: result !== NO_RECORD,
    ended: result === 1,
    userId: userId === undefined || userId === "" ? null : userId,
    kind,
    level: levelOf(level),
  };
}

/** An evictor as the evicted are told: its ref is its own user's to know. */
export function withoutRef({ device, place, at }: EvictedBy): EvictedBy {
  return { device, place, at };
}

/**
 * Takes from an ended session's record whose it was. An ended record stands in no list from which it could be found
 * when its user is forgotten. Last of all, since who tries the rest again finds the user's key by it; and never from
 * one that does not say yet that it has ended, which would make it unreadable.
 */
function forgetPerson({ redis, keys }: Storage, ref: string): Promise<unknown> {
  return redis.run(scripts.clearFields, [keys.record(ref), ...PERSONAL_FIELDS]);
}

/** Deletes the app's data and the session's row. @param level - of the row, if there is one */
function clearTraces(storage: Storage, ref: string, level: number | null): Promise<unknown> {
  const { redis, keys } = storage;
  return Promise.all([redis.call("DEL", [keys.data(ref)]), unlist(storage, ref, level)]);
}

/**
 * Ends sessions side by side that have left their user's order already.
 *
 * @returns how many this call ended
 */
export async function endMany(storage: Storage, refs: readonly string[], ending: Ending): Promise<number> {
  const ends = refs.map(async (ref) => {
    const { isRecorded, ended, level } = await recordEnd(storage, ref, ending);
    await Promise.all([clearTraces(storage, ref, level), isRecorded && forgetPerson(storage, ref)]);
    return ended;
  });
  return (await Promise.all(ends)).filter(Boolean).length;
}

/**
 * Ends in the background what a user's key has ended already: nothing depends on it but the reason that its
 * people are told and the space it takes. A failure is a warning.
 */
export function cleanUp(storage: Storage, refs: readonly string[], ending: Ending): void {
  if (refs.length > 0) tidy(storage, (later) => endMany(later, refs, ending));
}

/** Does something in the background, with the time that it needs. A failure is a warning, unless told otherwise. */
function tidy(
  storage: Storage,
  work: (later: Storage) => Promise<unknown>,
  failed: (error: unknown) => void = (error) => {
    warnOfTraces(storage, error);
  },
): void {
  storage.backgroundWork.begin(() => work({ ...storage, redis: storage.background }), failed);
}

function warnOfTraces({ events }: Storage, error: unknown): void {
  events.warn("write_failed", `Clearing up after ended sessions: ${String(error)}`);
}

/** How often, and after how long each, what must not be left undone is tried while Redis is away. */
const TRIES = 20;
const TRY_EVERY_MS = 500;

/** Does something in the background, for ten seconds if need be: often it fails because Redis has just gone. */
function doSurely(storage: Storage, work: (later: Storage) => Promise<unknown>): void {
  const attempt = (triesLeft: number): void => {
    tidy(storage, work, (error) => {
      if (triesLeft <= 1) warnOfTraces(storage, error);
      else setTimeout(attempt, TRY_EVERY_MS, triesLeft - 1).unref();
    });
  };
  attempt(TRIES);
}

/**
 * Takes back, in the background, whatever was stored of a session whose opening failed: nobody holds it, but it
 * would be listed and counted. It is not told as ended, since it was never told as begun.
 */
export function abandonSession(storage: Storage, userId: string, ref: string, at: number): void {
  doSurely(storage, async (later) => {
    const level = await endQuietly(later, ref, { reason: "signed_out", at });
    await clearPlace(later, userId, ref, level);
  });
}

/** Ends a session for somebody who goes on either way: what can't be done at once is done in the background. */
export async function endSurely(storage: Storage, ref: string, ending: Ending): Promise<void> {
  try {
    await endSession(storage, ref, ending);
  } catch {
    doSurely(storage, (later) => endSession(later, ref, ending));
  }
}

async function clearPlace(
  storage: Storage,
  userId: string,
  ref: string,
  level: number | null,
): Promise<void> {
  await Promise.all([
    leaveOrder(storage, userId, ref, null, null),
    clearTraces(storage, ref, level),
    forgetPerson(storage, ref),
  ]);
}

/**
 * Takes a session that is over out of its user's order.
 *
 * @param kind - `null` if it is not known
 * @param limit - how many browsers may be signed in; with `null` all others stay
 * @returns the refs of those that had lost under the limit
 */
async function leaveOrder(
  storage: Storage,
  userId: string,
  ref: string,
  kind: SessionKind | null,
  limit: number | null,
): Promise<string[]> {
  const { redis, keys } = storage;
  const tag = userTag(userId);
  const clock = limit === null ? NO_CLOCK : clockArgument(storage);
  const [lost] = await Promise.all([
    kind === null || kind === "browser"
      ? redis.run(scripts.removeEntry, [keys.user(tag), ref, limit ?? NO_LIMIT, clock])
      : [],
    kind !== "browser" && redis.run(scripts.removeOthers, [keys.others(tag), ref]),
  ]);
  return lost as string[];
}

/** Takes browser sessions that are over out of their user's order, in the background, once their end is recorded. */
export function leaveOrderSoon(
  storage: Storage,
  userId: string,
  over: readonly { readonly ref: string; readonly ending: Ending | null }[],
): void {
  if (over.length === 0) return;
  tidy(storage, (later) =>
    Promise.all(
      over.map(({ ref, ending }) =>
        ending ? endSession(later, ref, ending) : leaveOrder(later, userId, ref, "browser", null),
      ),
    ),
  );
}

/** Forgets, in the background, an anonymous session whose data has been taken over by a sign-in. */
export function forgetAnonymous(storage: Storage, ref: string): void {
  tidy(storage, ({ redis, keys }) => redis.call("DEL", [keys.data(ref)]));
}
