import type { SessionRecord } from "../../policy/index.js";
import { nowOf, type Storage } from "../storage.js";
import { parseRecord } from "./record-format.js";

/** A record by its ref; `null` if there is none or it makes no sense. */
export interface FoundRecord {
  readonly ref: string;
  readonly record: SessionRecord | null;
  readonly now: number;
}

/** Reads the records of some sessions, in one round trip. A user has at most 1,100 (rule M36). */
export function readRecords(storage: Storage, refs: readonly string[]): Promise<FoundRecord[]> {
  return Promise.all(refs.map((ref) => readRecord(storage, ref)));
}

/** Reads one record. */
export async function readRecord(storage: Storage, ref: string): Promise<FoundRecord> {
  const { values, serverTime } = await storage.redis.readTogether([storage.keys.record(ref)]);
  const [text = null] = values;
  return { ref, record: text === null ? null : parseRecord(text), now: nowOf(storage, serverTime) };
}

/** Returns the countries of a user's sessions, if an app waits for the event `newDevice`. Ended sessions have none. */
export async function countriesOf(
  storage: Storage,
  sessions: readonly { readonly ref: string }[],
): Promise<readonly string[]> {
  if (!storage.events.isHeard("newDevice")) return [];
  const refs = sessions.map(({ ref }) => ref);
  return (await readRecords(storage, refs)).flatMap(({ record }) => record?.country ?? []);
}
