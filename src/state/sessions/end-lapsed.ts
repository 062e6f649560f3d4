import { SECOND_MS, type SessionCore, type SessionRecord } from "../../policy/index.js";
import type { InForce } from "../values/in-force.js";
import { endingFrom, endSessionSoon, leaveOrderSoon, type Ending } from "./end-session.js";
import { judgeTimes } from "./judgement.js";
import { readRecords } from "./read-records.js";
import type { Storage } from "../storage.js";
import { parseEntries, type OtherEntry } from "./user-format.js";

/** Longest time of a sign-in between its claim and its record, in milliseconds. */
const SIGN_IN_MS = 10 * SECOND_MS;

/** Records by their refs; `null` where there is none or it makes no sense. */
export type Records = ReadonlyMap<string, SessionRecord | null>;

interface Over {
  readonly ref: string;
  /** End of the session, if its record does not have the end yet. */
  readonly ending: Ending | null;
}

/** Facts about some sessions after their records have been read. */
export interface Looked {
  readonly records: Records;
  /** Refs of those that are over. */
  readonly over: ReadonlySet<string>;
}

/**
 * Reads the records of a user's sessions in one round trip. Records the end of sessions that are over, even if no
 * request has found it: those sessions do not count (rule C11). The caller removes their places in the order.
 *
 * @param user - the text of the user's key
 */
export async function endLapsed(
  storage: Storage,
  user: string,
  entries: readonly OtherEntry[],
  inForce: InForce,
  now: number,
): Promise<Looked> {
  const records = await recordsOf(storage, entries);
  const over = overAmong(storage, user, entries, records, inForce, now);
  // The end is recorded before the place in the order is given up, so that later settings can't revive the session.
  await Promise.all(
    over.flatMap(({ ref, ending }) => (ending ? [endSessionSoon(storage, ref, ending)] : [])),
  );
  return { records, over: new Set(over.map(({ ref }) => ref)) };
}

/**
 * Looks whether as many newer browsers really live as a session has lost to (rule C11), by one further round trip
 * however many there are (rule M26). Those that are over end, and leave the order, after the answer.
 *
 * @param text - the user's key, as it was when the session lost
 */
export async function recountNewer(
  storage: Storage,
  text: string,
  { userId, number }: SessionCore,
  inForce: InForce,
  now: number,
): Promise<Looked> {
  const newer = parseEntries(text).filter((entry) => entry.number > number && entry.endsAt > now);
  const records = await recordsOf(storage, newer);
  const over = overAmong(storage, text, newer, records, inForce, now);
  leaveOrderSoon(storage, userId, over);
  return { records, over: new Set(over.map(({ ref }) => ref)) };
}

async function recordsOf(storage: Storage, entries: readonly OtherEntry[]): Promise<Records> {
  const refs = entries.map(({ ref }) => ref);
  return new Map((await readRecords(storage, refs)).map(({ ref, record }) => [ref, record]));
}

/**
 * Returns the refs that are over. An entry without a record is a sign-in under way or, after a while, a
 * failed sign-in.
 *
 * @param user - text of the user's key, which holds the entries
 */
export function overAmong(
  storage: Storage,
  user: string,
  entries: readonly OtherEntry[],
  records: ReadonlyMap<string, SessionCore | null>,
  inForce: InForce,
  now: number,
): Over[] {
  const underWayFrom = now - Math.max(SIGN_IN_MS, 2 * storage.timeoutMs);
  const over: Over[] = [];
  for (const { ref, number } of entries) {
    const record = records.get(ref);
    // Standing is judged with the user's key; here only time counts.
    const ends = record && judgeTimes(inForce, record, user, now);
    if (ends?.state === "active" || (!record && number > underWayFrom)) continue;
    over.push({ ref, ending: ends && !record.end ? endingFrom(ends) : null });
  }
  return over;
}
