import { SECOND_MS, type SessionCore, type SessionRecord } from "../../policy/index.js";
import type { Storage } from "../storage.js";
import type { InForce } from "../values/in-force.js";
import { endingFrom, type Ending } from "./ending.js";
import { judgeTimes } from "./judgement.js";
import { readRecords } from "./read-records.js";
import { parseEntries, type OtherEntry } from "./user-format.js";

/** Longest time of a sign-in between its claim and its record, in milliseconds. */
const SIGN_IN_MS = 10 * SECOND_MS;

/** Records by their refs; `null` where there is none or it makes no sense. */
export type Records = ReadonlyMap<string, SessionRecord | null>;

/** A session that is over. */
export interface Over {
  readonly ref: string;
  /** End of the session, if its record does not have the end yet. */
  readonly ending: Ending | null;
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

/** The records of some sessions, and the sessions that are over. */
export interface Looked {
  readonly records: Records;
  readonly over: readonly Over[];
}

/** Reads the records of a user's sessions in one round trip, and finds the sessions that are over. */
export async function lookAt(
  storage: Storage,
  user: string,
  entries: readonly OtherEntry[],
  inForce: InForce,
  now: number,
): Promise<Looked> {
  const refs = entries.map(({ ref }) => ref);
  const found = await readRecords(storage, refs);
  const records: Records = new Map(found.map(({ ref, record }) => [ref, record]));
  return { records, over: overAmong(storage, user, entries, records, inForce, now) };
}

/** Like {@link lookAt}, for the browsers that signed in after a session and have not reached their own end. */
export function lookAtNewer(
  storage: Storage,
  user: string,
  { number }: SessionCore,
  inForce: InForce,
  now: number,
): Promise<Looked> {
  const newer = parseEntries(user).filter((entry) => entry.number > number && entry.endsAt > now);
  return lookAt(storage, user, newer, inForce, now);
}

/** Returns the refs of sessions. */
export function refsOf(sessions: readonly { readonly ref: string }[]): ReadonlySet<string> {
  return new Set(sessions.map(({ ref }) => ref));
}
