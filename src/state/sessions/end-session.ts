import { DAY_MS, type EndReason, type EvictedBy, type SessionKind } from "../../policy/index.js";
import { userTag } from "../keys.js";
import { END_FIELD, evictionFields, PERSONAL_FIELDS } from "./record-format.js";
import type { Fact } from "../replica-wait.js";
import { levelOf, unlist } from "../list/shelves.js";
import * as scripts from "../scripts.generated.js";
import { clockArgument, type State } from "../storage.js";

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
/** Has it end a session without asking for the time. */
const WHENEVER = "";
const NO_CLOCK = "";
/** Has removeEntry-1.lua leave all others alone. */
const NO_LIMIT = "";
const TIME_IS_UP: ReadonlySet<EndReason> = new Set(["idle", "absolute"]);
/** How many sessions are ended side by side when one step ends many. */
const BATCH = 50;

/**
 * Ends a session: records it, then deletes the app's data and the session's rows. The record is what decides;
 * whatever is still in flight for the session finds it ended.
 *
 * @returns whether this call ended it; `false` if it had ended before or there was no record of it
 */
export async function endSession(state: State, ref: string, ending: Ending): Promise<boolean> {
  const end = await recordEnd(state, ref, ending);
  await leave(state, ref, end, ending);
  return end.ended;
}

/** The same for somebody who waits to be told: only the record is waited for, the rest follows. */
export async function endSessionSoon(state: State, ref: string, ending: Ending): Promise<void> {
  const end = await recordEnd(state, ref, ending);
  tidy(state, (later) => leave(later, ref, end, ending));
}

/** What tells that a session has ended: without a record it has, too. */
export function endedFact({ keys }: State, ref: string): Fact {
  return { key: keys.record(ref), field: END_FIELD, holds: "", orGone: true };
}

/** Takes an ended session out of everything that lists or feeds it. */
async function leave(
  state: State,
  ref: string,
  { isRecorded, userId, level }: RecordedEnd,
  ending: Ending,
): Promise<void> {
  const { redis, keys, live } = state;
  // One whose time was up did not count against others, so nobody had lost to it (rule C11).
  const hasCounted = state.limitOpenSessions && !TIME_IS_UP.has(ending.reason);
  const limit = hasCounted ? live.current.settings.maxSessionsPerUser : null;
  const leaveOrder = userId
    ? redis.run(scripts.removeEntry, [keys.user(userTag(userId)), ref, limit ?? "", clockArgument(state)])
    : Promise.resolve([]);
  const [lost] = await Promise.all([leaveOrder, clearTraces(state, ref, level)]);
  if (isRecorded) await forgetPerson(state, ref);
  // Under a limit lowered meanwhile the order may have dropped others along with this one.
  cleanUp(state, lost as string[], { reason: "evicted", at: ending.at });
}

interface RecordedEnd {
  /** Whether a record says that it has ended. Of a sign-in that is still being stored there is none yet. */
  readonly isRecorded: boolean;
  readonly ended: boolean;
  readonly userId: string | null;
  /** Of its row in the list of all sessions. */
  readonly level: number | null;
}

/**
 * Records the end and tells nobody.
 *
 * @param endsAt - ends it only while it lives: until then, as it has been judged; `null` whenever that is
 */
export async function endQuietly(
  state: State,
  ref: string,
  { reason, at }: Ending,
  endsAt: number | null,
): Promise<Pick<RecordedEnd, "ended" | "level">> {
  const args = [state.keys.record(ref), reason, at, ENDED_RECORD_MS, endsAt ?? "", clockArgument(state)];
  const reply = await state.redis.run(scripts.endRecord, args);
  const [result, , , level] = reply as [number, string?, string?, string?];
  return { ended: result === 1, level: levelOf(level) };
}

/** Records the end, and tells the listeners if this call was the one that ended it. */
async function recordEnd(state: State, ref: string, ending: Ending): Promise<RecordedEnd> {
  const { redis, keys, events } = state;
  const { reason, at, by = null, actor = null } = ending;
  const told = by ? evictionFields(by) : [];
  const args = [keys.record(ref), reason, at, ENDED_RECORD_MS, WHENEVER, NO_CLOCK, ...told];
  const reply = await redis.run(scripts.endRecord, args);
  const [result, userId, kind, level] = reply as [number, string?, SessionKind?, string?];
  if (result === 1 && userId)
    events.emit("ended", {
      ref,
      userId,
      kind: kind ?? "browser",
      at,
      reason,
      by: by && withoutRef(by),
      actor,
    });
  return {
    isRecorded: result !== NO_RECORD,
    ended: result === 1,
    userId: userId ?? null,
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
function forgetPerson({ redis, keys }: State, ref: string): Promise<unknown> {
  return redis.call("HDEL", [keys.record(ref), ...PERSONAL_FIELDS]);
}

/** Deletes the app's data and the session's row. @param level - of the row, if there is one */
function clearTraces(state: State, ref: string, level: number | null): Promise<unknown> {
  const { redis, keys } = state;
  return Promise.all([redis.call("DEL", [keys.data(ref)]), unlist(state, ref, level)]);
}

/**
 * Ends sessions, a batch at a time, that have left their user's order already.
 *
 * @returns how many this call ended
 */
export async function endMany(state: State, refs: readonly string[], ending: Ending): Promise<number> {
  let count = 0;
  for (let from = 0; from < refs.length; from += BATCH) {
    const batch = refs.slice(from, from + BATCH).map(async (ref) => {
      const { isRecorded, ended, level } = await recordEnd(state, ref, ending);
      await Promise.all([clearTraces(state, ref, level), isRecorded && forgetPerson(state, ref)]);
      return ended;
    });
    count += (await Promise.all(batch)).filter(Boolean).length;
  }
  return count;
}

/**
 * Ends in the background what a user's key has ended already: nothing depends on it but the reason that its
 * people are told and the space it takes. A failure is a warning.
 */
export function cleanUp(state: State, refs: readonly string[], ending: Ending): void {
  if (refs.length > 0) tidy(state, (later) => endMany(later, refs, ending));
}

/** Does something in the background, with the time that it needs. A failure is a warning, unless told otherwise. */
function tidy(
  state: State,
  work: (later: State) => Promise<unknown>,
  failed: (error: unknown) => void = (error) => {
    warnOfTraces(state, error);
  },
): void {
  state.backgroundWork.begin(() => work({ ...state, redis: state.background }), failed);
}

function warnOfTraces({ events }: State, error: unknown): void {
  events.warn("write_failed", `Clearing up after ended sessions: ${String(error)}`);
}

/** How often, and after how long each, what must not be left undone is tried while Redis is away. */
const TRIES = 20;
const TRY_EVERY_MS = 500;

/** Does something in the background, for ten seconds if need be: often it fails because Redis has just gone. */
function doSurely(state: State, work: (later: State) => Promise<unknown>): void {
  const attempt = (triesLeft: number): void => {
    tidy(state, work, (error) => {
      if (triesLeft <= 1) warnOfTraces(state, error);
      else setTimeout(attempt, TRY_EVERY_MS, triesLeft - 1).unref();
    });
  };
  attempt(TRIES);
}

/**
 * Takes back, in the background, whatever was stored of a session whose opening failed: nobody holds it, but it
 * would be listed and counted. It is not told as ended, since it was never told as begun.
 */
export function abandonSession(state: State, userId: string, ref: string, at: number): void {
  doSurely(state, async (later) => {
    const { level } = await endQuietly(later, ref, { reason: "signed_out", at }, null);
    await clearPlace(later, userId, ref, level);
  });
}

/** Ends a session for somebody who goes on either way: what can't be done at once is done in the background. */
export async function endSurely(state: State, ref: string, ending: Ending): Promise<void> {
  try {
    await endSession(state, ref, ending);
  } catch {
    doSurely(state, (later) => endSession(later, ref, ending));
  }
}

/** Clears away, in the background, a session that has ended and goes on under another id. */
export function tidyUp(state: State, userId: string, ref: string, level: number | null): void {
  tidy(state, (later) => clearPlace(later, userId, ref, level));
}

async function clearPlace(state: State, userId: string, ref: string, level: number | null): Promise<void> {
  await Promise.all([
    leaveOrder(state, userId, ref),
    clearTraces(state, ref, level),
    forgetPerson(state, ref),
  ]);
}

/** Takes a session that is over out of its user's order, and leaves all others in it. */
export async function leaveOrder({ redis, keys }: State, userId: string, ref: string): Promise<void> {
  await redis.run(scripts.removeEntry, [keys.user(userTag(userId)), ref, NO_LIMIT, NO_CLOCK]);
}

/** Forgets, in the background, an anonymous session whose data has been taken over by a sign-in. */
export function forgetAnonymous(state: State, ref: string): void {
  tidy(state, ({ redis, keys }) => redis.call("DEL", [keys.data(ref)]));
}
