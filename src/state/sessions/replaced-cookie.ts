/**
 * A browser may send requests with its cookie until the answer of a sign-in brings the new cookie. The sign-in marks the
 * previous cookie. A late request reads the mark if its session does not live, or if its answer is to send a cookie. With
 * the mark there, the answer sets no cookie (rule M15).
 * After a re-authentication the session's record says which secret is the latest.
 */
import { MINUTE_MS, SECOND_MS } from "../../policy/index.js";
import * as scripts from "../scripts.generated.js";
import { isSignedInId, refOf } from "../session-id.js";
import { estimatedNow, readText, type Storage } from "../storage.js";

/** Time after a sign-in in which a request with the cookie before may arrive, in milliseconds. */
const LATE_MS = 10 * SECOND_MS;
/** Time in which the answer of a re-authentication may be under way, in milliseconds. After that it counts as lost. */
const OFFER_MS = 5 * MINUTE_MS;
/** Time that Redis keeps the mark. The time in the mark decides, so this time is only longer. */
const KEPT_MS = 2 * LATE_MS;

/**
 * Marks a session id's cookie as replaced, in the background. The data of a visitor go after the mark, so that a request
 * that finds no data finds the mark.
 */
export function markReplaced(
  { background, keys, backgroundWork, events }: Storage,
  sessionId: string,
  at: number,
): void {
  const ref = refOf(sessionId);
  backgroundWork.begin(
    async () => {
      await background.call("SET", [keys.replaced(ref), String(at), "PX", KEPT_MS]);
      if (!isSignedInId(sessionId)) await background.call("DEL", [keys.data(ref)]);
    },
    (error) => {
      events.warn("write_failed", `Marking the cookie before a sign-in: ${String(error)}`);
    },
  );
}

/** Returns true if the text is the mark of a sign-in that was just now. @param mark - `null` if there is none */
export function isReplaced(mark: string | null, now: number): boolean {
  return mark !== null && now < Number.parseInt(mark, 10) + LATE_MS;
}

/** Asks Redis if a sign-in has just replaced a cookie. */
export async function isReplacedNow(storage: Storage, ref: string): Promise<boolean> {
  const mark = await readText(storage, storage.keys.replaced(ref));
  return isReplaced(mark, estimatedNow(storage) ?? 0);
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
