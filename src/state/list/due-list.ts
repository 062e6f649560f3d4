/**
 * The sessions to look at when their earliest possible deadline falls due. Each time slot has a list. A sign-in
 * puts its session into the slot of its deadline, and a sweep moves the session to the slot of its next one. So a request
 * writes nothing, and a sweep reads only slots that have passed.
 */
import {
  DAY_MS,
  deadlines,
  HOUR_MS,
  type EffectiveSettings,
  type SessionRecord,
} from "../../policy/index.js";
import { failsWithWrongType } from "../../redis/reply.js";
import * as scripts from "../scripts.generated.js";
import type { Storage } from "../storage.js";

/** Length of a slot, in milliseconds. A session is swept at the end of its slot. */
export const SLOT_MS = 30_000;
/** Number of entries that one step of a sweep reads. */
const ENTRIES_PER_STEP = 500;
/** Time for which a slot waits for a sweep after its end, in milliseconds. */
export const KEPT_MS = DAY_MS - HOUR_MS;

/** Returns the number of the slot that ends at or after a time. */
export const slotOf = (time: number): number => Math.ceil(time / SLOT_MS);

/** Time in which a recorded end has its event, in milliseconds. */
const EVENT_WITHIN_MS = 60_000;
/** Mark of an entry about a recorded end. Other entries are about a deadline. */
const RECORDED = "?";

/** Entry of a slot: a session whose deadline may be due, or whose recorded end may have no event yet. */
export interface DueEntry {
  readonly ref: string;
  readonly about: "deadline" | "end";
}

/** Reads an entry. */
export function parseEntry(text: string): DueEntry {
  return text.startsWith(RECORDED)
    ? { ref: text.slice(RECORDED.length), about: "end" }
    : { ref: text, about: "deadline" };
}

/** Notes a session whose end is being recorded. A sweep emits the event if the recording process has died. */
export function queueEnd(storage: Storage, ref: string, now: number): Promise<void> {
  return queueSweep(storage, [RECORDED + ref], now + EVENT_WITHIN_MS, now);
}

/** Returns the earliest possible deadline of a session under these settings, in milliseconds since 1970. */
export function nextDeadline(record: SessionRecord, settings: EffectiveSettings): number {
  const { absoluteAt, idleAt } = deadlines(record, settings);
  return Math.min(absoluteAt, idleAt ?? Infinity);
}

/** Puts sessions into the slot of a time, in milliseconds since 1970. */
export async function queueSweep(
  { redis, keys }: Storage,
  entries: readonly string[],
  dueAt: number,
  now: number,
): Promise<void> {
  // The slot that runs now may have been swept.
  const slot = Math.max(slotOf(dueAt), Math.floor(now / SLOT_MS) + 1);
  const keptMs = Math.ceil(slot * SLOT_MS - now + KEPT_MS);
  await redis.run(scripts.queueSweep, [keys.due(slot), keptMs, ...entries]);
}

/** Returns the first entries of a slot. A key of another type has none. */
export async function readSlot({ redis, keys }: Storage, slot: number): Promise<string[]> {
  try {
    return (await redis.call("LRANGE", [keys.due(slot), 0, ENTRIES_PER_STEP - 1])) as string[];
  } catch (error) {
    if (failsWithWrongType(error)) return [];
    throw error;
  }
}

/** Takes the first entries out of a slot. @returns false if another process has done so */
export async function dropSwept(
  { redis, keys }: Storage,
  slot: number,
  entries: readonly string[],
): Promise<boolean> {
  return (await redis.run(scripts.dropSwept, [keys.due(slot), ...entries])) === 1;
}
