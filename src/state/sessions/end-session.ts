import { DAY_MS, type SessionKind } from "../../policy/index.js";
import { queueEnd } from "../list/due-list.js";
import { isTimeUp, type Ending } from "./ending.js";
import { lostBefore } from "./lost-sessions.js";
import { END_FIELD } from "./record-fields.js";
import { evictionArguments } from "./record-format.js";
import type { Fact } from "../replica-wait.js";
import type { Loss } from "./losses.js";
import { levelOf, unlist } from "../list/shelves.js";
import * as scripts from "../scripts.generated.js";
import { administratorUnlessForgotten, emitEnded, forgetPerson, withoutRef } from "./tell-end.js";
import { estimatedNow, type Storage } from "../storage.js";
import { knownTag } from "../user-tags.js";

/** Lifetime of an ended session's record, which keeps the reason but not the app's data. */
export const ENDED_RECORD_MS = DAY_MS;

/** Answer of endRecord-1.lua if there is no record. */
const NO_RECORD = -1;
/** Arguments of endRecord-1.lua for a session that no sign-in evicted. */
const NO_EVICTOR = ["", "", ""];

/**
 * Ends a session: records the end, then deletes the app's data and the session's rows. The record decides. Every
 * request under way for the session finds the end.
 *
 * @returns true if this call ended it; `false` if it had ended before or had no record
 */
export async function endSession(storage: Storage, ref: string, ending: Ending): Promise<boolean> {
  const end = await recordEnd(storage, ref, ending);
  await leave(storage, ref, end, ending);
  return end.ended;
}

/**
 * Signs out of a session. No cookie of the browser names the administrator's own session, which a sign-out of a sudo
 * session ends too (rule U6). It ends first, and the sudo session with it. So a sign-out that fails half-way can be
 * repeated.
 *
 * @param above - `ref` of the administrator's own session, if this is a sudo session
 */
export async function endWithOwn(
  storage: Storage,
  ref: string,
  above: string | undefined,
  ending: Ending,
): Promise<void> {
  if (above !== undefined) await endSession(storage, above, ending);
  await endSession(storage, ref, ending);
}

/** Like {@link endSession}, but returns once the end is recorded. The rest follows in the background. */
export async function endSessionSoon(storage: Storage, ref: string, ending: Ending): Promise<void> {
  const end = await recordEnd(storage, ref, ending);
  tidy(storage, (later) => leave(later, ref, end, ending));
}

/** Returns the fact that a session has ended. A missing record also means an end. */
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
  const left = userId === null ? null : leaveWithLost(storage, userId, ref, kind, ending);
  await Promise.all([left, clearTraces(storage, ref, level)]);
  if (isRecorded) await forgetPerson(storage, ref);
}

/** Takes a session that is over out of its user's order, together with those that had lost to it. */
async function leaveWithLost(
  storage: Storage,
  userId: string,
  ref: string,
  kind: SessionKind,
  { reason }: Ending,
): Promise<void> {
  const hasCounted = kind === "browser" && !isTimeUp(reason);
  const lost = hasCounted ? await lostBefore(storage, await knownTag(storage, userId), ref) : [];
  // Their ends are recorded before this session's place is given up, so that nothing revives them.
  await Promise.all(lost.map((each) => endMany(storage, [each.ref], each.ending)));
  await leaveOrder(storage, userId, [ref, ...lost.map((each) => each.ref)], kind);
}

interface RecordedEnd {
  /** True if a record has the end. A sign-in that is still being stored has no record yet. */
  readonly isRecorded: boolean;
  readonly ended: boolean;
  readonly userId: string | null;
  readonly kind: SessionKind;
  /** Level of the session's row in the list of all sessions. */
  readonly level: number | null;
}

/** Records the end without an event. Returns the level of the session's row in the list, if there is a row. */
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

type EndReply = [result: number, userId?: string, kind?: SessionKind | "", level?: string, sudo?: string];

/** Records the end, and emits an event if this call ended the session. */
async function recordEnd(storage: Storage, ref: string, ending: Ending): Promise<RecordedEnd> {
  const { redis, keys, events } = storage;
  const { reason, at, by = null, actor = null, limit = null } = ending;
  // Sent before the deciding write, in the same turn. If it fails, only the repetition after a crash is lost.
  queueEnd(storage, ref, estimatedNow(storage) ?? at).catch(() => undefined);
  const told = by ? evictionArguments(by) : NO_EVICTOR;
  const args = [keys.record(ref), reason, at, ENDED_RECORD_MS, ...told, keys.ends, ref];
  const reply = await redis.run(scripts.endRecord, args);
  const [result, userId, otherKind, level, sudo] = reply as EndReply;
  const kind = otherKind === undefined || otherKind === "" ? "browser" : otherKind;
  if (result === 1 && userId)
    emitEnded(events, {
      ...{ ref, userId, kind, at, reason, actor, limit },
      by: by && withoutRef(by),
      sudoUserId: await administratorUnlessForgotten(
        storage,
        sudo === undefined || sudo === "" ? null : sudo,
      ),
    });
  return {
    isRecorded: result !== NO_RECORD,
    ended: result === 1,
    userId: userId === undefined || userId === "" ? null : userId,
    kind,
    level: levelOf(level),
  };
}

/** Deletes the app's data. */
export async function deleteData({ redis, keys }: Storage, ref: string): Promise<void> {
  await redis.call("DEL", [keys.data(ref)]);
}

/** Deletes the app's data and the session's row. @param level - level of the row, if there is one */
function clearTraces(storage: Storage, ref: string, level: number | null): Promise<unknown> {
  return Promise.all([deleteData(storage, ref), unlist(storage, ref, level)]);
}

/**
 * Ends several sessions in parallel that leave their user's order in another step.
 *
 * @returns the number of sessions that this call ended
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
 * Ends, in the background, sessions that a user's key has ended already. Only the reason for their users and the used
 * space depend on it. A failure is a warning.
 */
export function cleanUp(storage: Storage, refs: readonly string[], ending: Ending): void {
  if (refs.length > 0) tidy(storage, (later) => endMany(later, refs, ending));
}

/** Like {@link cleanUp}, for sessions that lost their places to limits. */
export function cleanUpLosses(storage: Storage, losses: readonly Loss[], ending: Ending): void {
  for (const { ref, limit } of losses) cleanUp(storage, [ref], { ...ending, limit });
}

/**
 * Like {@link cleanUp}, for API, embed and sudo sessions that fell off their user's order (rule M36). Their rows go last, so
 * that a later sign-in finds the sessions again if a step fails.
 */
export function cleanUpFallen(storage: Storage, tag: string, refs: readonly string[], ending: Ending): void {
  if (refs.length === 0) return;
  tidy(storage, async (later) => {
    await endMany(later, refs, ending);
    await later.redis.run(scripts.removeOthers, [later.keys.others(tag), ...refs]);
  });
}

/** Runs a step in the background, with enough time. A failure is a warning by default. */
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

/** Number and interval of tries for a step that must not be left undone while Redis is away. */
const TRIES = 20;
const TRY_EVERY_MS = 500;

/** Runs a step in the background, for up to ten seconds. It often fails because Redis has just gone away. */
export function doSurely(storage: Storage, work: (later: Storage) => Promise<unknown>): void {
  const attempt = (triesLeft: number): void => {
    tidy(storage, work, (error) => {
      if (triesLeft <= 1) warnOfTraces(storage, error);
      else setTimeout(attempt, TRY_EVERY_MS, triesLeft - 1).unref();
    });
  };
  attempt(TRIES);
}

/**
 * Deletes, in the background, everything stored for a session whose opening failed. No browser has its cookie, but
 * lists and limits would count it. There is no end event, because there was no event of its beginning.
 */
export function abandonSession(storage: Storage, userId: string, ref: string, at: number): void {
  doSurely(storage, async (later) => {
    const level = await endQuietly(later, ref, { reason: "signed_out", at });
    await clearPlace(later, userId, ref, level);
  });
}

/** Ends a session for a caller that continues in any case. A step that fails now is repeated in the background. */
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
    leaveOrder(storage, userId, [ref], null),
    clearTraces(storage, ref, level),
    forgetPerson(storage, ref),
  ]);
}

/** Takes sessions that are over out of their user's order. @param kind - `null` if the kind is unknown */
async function leaveOrder(
  storage: Storage,
  userId: string,
  refs: readonly string[],
  kind: SessionKind | null,
): Promise<void> {
  const { redis, keys } = storage;
  const tag = await knownTag(storage, userId);
  await Promise.all([
    (kind === null || kind === "browser") && redis.run(scripts.removeEntry, [keys.user(tag), ...refs]),
    kind !== "browser" && redis.run(scripts.removeOthers, [keys.others(tag), ...refs]),
  ]);
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
        ending ? endSession(later, ref, ending) : leaveOrder(later, userId, [ref], "browser"),
      ),
    ),
  );
}

/** Deletes the data of a session in the background, when another session has taken them over. */
export function deleteDataSoon(storage: Storage, ref: string): void {
  tidy(storage, (later) => deleteData(later, ref));
}
