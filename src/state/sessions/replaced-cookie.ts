/**
 * A browser may send requests with its cookie until the answer of a sign-in brings the new cookie. The sign-in leaves a mark
 * under the data key of the previous cookie. Each late request reads this key, and its answer sets no cookie (rule M15).
 * After a re-authentication the session's record says which secret is the latest.
 */
import { MINUTE_MS, SECOND_MS } from "../../policy/index.js";
import * as scripts from "../scripts.generated.js";
import { estimatedNow, readText, type Storage } from "../storage.js";

/** Time after a sign-in in which a request with the cookie before may arrive, in milliseconds. */
const LATE_MS = 10 * SECOND_MS;
/** Time in which the answer of a re-authentication may be under way, in milliseconds. After that it counts as lost. */
const OFFER_MS = 5 * MINUTE_MS;
/** Time that Redis keeps the mark. The time in the mark decides, so this time is only longer. */
const KEPT_MS = 2 * LATE_MS;

/** Begins as session data do, for programs that read the data of all sessions. */
const MARK = '{"cookie":{},"replacedAt":';

/** Marks a cookie as replaced, in the background. Its session has ended, or its data have been taken over. */
export function markReplaced(
  { background, keys, backgroundWork, events }: Storage,
  ref: string,
  at: number,
): void {
  const args = [keys.data(ref), `${MARK}${String(at)}}`, "PX", KEPT_MS];
  backgroundWork.begin(
    () => background.call("SET", args),
    (error) => {
      events.warn("write_failed", `Marking the cookie before a sign-in: ${String(error)}`);
    },
  );
}

/** Result of storing data: `gone` if there are no data to replace, `replaced` if their key holds a mark. */
export type DataStored = "stored" | "gone" | "replaced";

/**
 * Stores a session's data. Never overwrites a mark, because later requests with the cookie need the mark.
 *
 * @param seconds - lifetime of the data; `null` replaces data that are there, and leaves their end as it is
 */
export async function storeData(
  { redis, keys }: Storage,
  ref: string,
  json: string,
  seconds: number | null,
): Promise<DataStored> {
  const result = await redis.run(scripts.storeData, [keys.data(ref), json, MARK, seconds ?? ""]);
  if (result === 1) return "stored";
  return result === 0 ? "gone" : "replaced";
}

/** Deletes a session's data. Leaves a mark, because later requests with the cookie need it. */
export async function dropData({ redis, keys }: Storage, ref: string): Promise<void> {
  await redis.run(scripts.dropData, [keys.data(ref), MARK]);
}

/** Returns true if the text under a data key is a mark, of any age. */
export function isMark(text: string | null): boolean {
  return text?.startsWith(MARK) ?? false;
}

/** Returns true if the text is the mark of a sign-in that was just now. */
export function isReplaced(text: string | null, now: number): boolean {
  return isMark(text) && now < Number.parseInt((text ?? "").slice(MARK.length), 10) + LATE_MS;
}

/** Looks again if a sign-in has replaced a cookie, for a request that has read it a while ago. */
export async function isReplacedNow(storage: Storage, ref: string): Promise<boolean> {
  const text = await readText(storage, storage.keys.data(ref));
  return isReplaced(text, estimatedNow(storage) ?? 0);
}

/**
 * Records that an answer sends a signed-in session's cookie again. Returns false if the session has ended, or if a
 * re-authentication has offered a newer secret. Then the answer must not send the cookie.
 */
export async function renewsLatest(
  storage: Storage,
  ref: string,
  secretHash: string,
  persistent: boolean,
): Promise<boolean> {
  const now = estimatedNow(storage) ?? 0;
  const args = [storage.keys.record(ref), secretHash, persistent ? "1" : "0", now, OFFER_MS];
  return (await storage.redis.run(scripts.markCookie, args)) === 1;
}
