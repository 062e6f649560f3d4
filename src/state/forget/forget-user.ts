import { forgetInAudit } from "../audit/forget-audit.js";
import { forgetObserver } from "../observe/observe-settings.js";
import { isDurable, type Storage } from "../storage.js";
import { forgetInEnds } from "../rules/end-where.js";
import { endMany, endSession } from "../sessions/end-session.js";
import type { Ending } from "../sessions/ending.js";
import { readOrder } from "../sessions/read-order.js";
import { readRecords } from "../sessions/read-records.js";
import {
  revokedFact,
  revokeSessions,
  type EndAllResult,
  type Revocation,
} from "../sessions/revoke-sessions.js";
import { forgetActor } from "../settings/settings-history.js";
import { readSettings } from "../settings/settings-store.js";

/**
 * Takes a user out of every key in Redis (case H5): ends all sessions, whose records then do not say whose they were,
 * deletes the keys of the user, and the name from the keys that name those who act. A repetition finds what is left.
 */
export async function forgetUser(storage: Storage, who: Omit<Revocation, "except">): Promise<EndAllResult> {
  const { userId, reason, actor } = who;
  // The order leads from a user to the records, so sessions in the order end first. If this fails midway, a
  // repetition finds the rest. The order is read before anything else: with its memory full, Redis may delete
  // the user's key.
  const { tag, entries } = await readOrder(storage, userId);
  const refs = entries.map(({ ref }) => ref);
  const { now } = await readSettings(storage);
  const ended = await endMany(storage, refs, { reason, at: now, actor });
  // This also ends sessions that have begun meanwhile, or were never listed.
  const left = await revokeSessions({ ...storage, replicas: null }, { ...who, except: null });
  const { redis, keys } = storage;
  const gone = [keys.user(tag), keys.others(tag), keys.devices(tag), keys.ownRule(userId)];
  await Promise.all(gone.map((key) => redis.call("DEL", [key])));
  await forgetInEnds(storage, userId);
  await forgetObserver(storage, userId);
  await forgetActor(storage, userId);
  // The user's key is gone by now, so the events of these ends do not name the administrator.
  const ending = { reason, at: now, actor: actor === userId ? null : actor };
  await forgetInAudit(storage, userId, (sudoRefs) => endSudoSessions(storage, userId, sudoRefs, ending));
  const durable = await isDurable(storage, revokedFact(storage, tag, now));
  return { ended: ended + left.ended, durable };
}

/** Ends an administrator's open sudo sessions. The order of the administrator does not list them. */
async function endSudoSessions(
  storage: Storage,
  userId: string,
  refs: readonly string[],
  ending: Ending,
): Promise<void> {
  const found = await readRecords(storage, refs);
  const open = found.filter(({ record }) => record?.end === null && record.administrator?.userId === userId);
  await Promise.all(open.map(({ ref }) => endSession(storage, ref, ending)));
}
