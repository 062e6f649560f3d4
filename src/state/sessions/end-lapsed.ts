import type { SessionCore } from "../../policy/index.js";
import type { InForce } from "../values/in-force.js";
import { endSessionSoon, leaveOrderSoon } from "./end-session.js";
import { lookAt, lookAtNewer, type Looked } from "./over-among.js";
import type { Storage } from "../storage.js";
import type { OtherEntry } from "./user-format.js";

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
  const looked = await lookAt(storage, user, entries, inForce, now);
  // The end is recorded before the place in the order is given up, so that later settings can't revive the session.
  await Promise.all(
    looked.over.flatMap(({ ref, ending }) => (ending ? [endSessionSoon(storage, ref, ending)] : [])),
  );
  return looked;
}

/**
 * Looks whether as many newer browsers really live as a session has lost to (rule C11), by one further round trip
 * however many there are (rule M26). Those that are over end, and leave the order, after the answer.
 *
 * @param user - the text of the user's key, as it was when the session lost
 */
export async function recountNewer(
  storage: Storage,
  user: string,
  record: SessionCore,
  inForce: InForce,
  now: number,
): Promise<Looked> {
  const looked = await lookAtNewer(storage, user, record, inForce, now);
  leaveOrderSoon(storage, record.userId, looked.over);
  return looked;
}
