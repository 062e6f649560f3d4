import { FRESH_STANDING, SECOND_MS, verdict, type SessionCore, type Settings } from "../../policy/index.js";
import { endMany, leaveOrder } from "./end-session.js";
import { readOrder, readRecords, type OrderEntry } from "../list/list-sessions.js";
import type { Storage } from "../storage.js";

/** How long a sign-in may be under way between its claim and its record, in milliseconds. */
const SIGN_IN_MS = 10 * SECOND_MS;
/** How many newer sessions are looked at in one go, at least. */
const BATCH = 20;

interface Looked {
  /** Refs of those that are over. */
  readonly over: string[];
  /** Browsers of the others; of a sign-in under way, whose browser is not known yet, its ref. */
  readonly browsers: string[];
}

/**
 * Ends the user's sessions that are over without anybody having asked: those do not count (rule C11).
 *
 * @returns the refs of all that are over, for the caller to take out of the order
 */
export async function endLapsed(
  storage: Storage,
  userId: string,
  settings: Settings,
  now: number,
): Promise<string[]> {
  return (await endOver(storage, await readOrder(storage, userId), settings, now)).over;
}

/**
 * Looks whether as many newer browsers really live as a session has lost to (rule C11): takes those that are over
 * out of the order, newest first, until it has found as many as are allowed.
 *
 * @returns whether it has found fewer, so that the session is to be judged once more
 */
export async function recountNewer(
  storage: Storage,
  { userId, browserKey, number }: SessionCore,
  settings: Settings,
  now: number,
): Promise<boolean> {
  const limit = settings.maxSessionsPerUser ?? Number.POSITIVE_INFINITY;
  const order = await readOrder(storage, userId);
  const newer = order.filter((entry) => entry.kind === "browser" && entry.number > number).reverse();
  const found = new Set<string>();
  while (newer.length > 0 && found.size < limit) {
    const batch = newer.splice(0, Math.max(BATCH, limit));
    const { over, browsers } = await endOver(storage, batch, settings, now);
    await Promise.all(over.map((ref) => leaveOrder(storage, userId, ref)));
    for (const browser of browsers) if (browser !== browserKey) found.add(browser);
  }
  return found.size < limit;
}

/** An entry without a record is a sign-in under way, or, after a while, one that failed. */
async function endOver(
  storage: Storage,
  entries: readonly OrderEntry[],
  settings: Settings,
  now: number,
): Promise<Looked> {
  const underWayFrom = now - Math.max(SIGN_IN_MS, 2 * storage.timeoutMs);
  const underWay = new Set(entries.filter(({ number }) => number > underWayFrom).map(({ ref }) => ref));
  const looked: Looked = { over: [], browsers: [] };
  for (const { ref, record } of await readRecords(
    storage,
    entries.map((entry) => entry.ref),
  )) {
    // Standing is judged in one step with what it decides; here only time counts.
    const ends = record && verdict(record, FRESH_STANDING, settings, storage.limits, now);
    if (ends?.state === "active" || (!record && underWay.has(ref))) {
      looked.browsers.push(record?.browserKey ?? ref);
      continue;
    }
    looked.over.push(ref);
    // Recorded before the place in the order is given up, so that it stays ended whatever the settings become.
    if (ends && !record.end) await endMany(storage, [ref], { reason: ends.reason, at: ends.at });
  }
  return looked;
}
