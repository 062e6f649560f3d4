import type { SessionCore } from "../../policy/index.js";
import type { InForce } from "../values/in-force.js";
import { endSessionSoon, leaveOrderSoon } from "./end-session.js";
import { overAmong, type Records } from "./over-among.js";
import { readRecords } from "./read-records.js";
import type { Storage } from "../storage.js";
import { parseEntries, type OtherEntry } from "./user-format.js";

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
