import { endMany } from "./end-session.js";
import { userTag } from "./keys.js";
import { readOrder } from "./list-sessions.js";
import { revokeSessions, type Revocation } from "./revoke-sessions.js";
import { forgetActor, readSettings } from "./settings-store.js";
import type { State } from "./state.js";

/**
 * Takes a user out of Redis: ends all sessions, whose records then do not say whose they were, deletes the user's
 * key, and the name from the history of settings (case H5).
 *
 * @returns how many listed sessions ended
 */
export async function forgetUser(state: State, who: Omit<Revocation, "except">): Promise<number> {
  const { userId, reason, actor } = who;
  // What the order has is read before: with its memory full, Redis lets go of the user's key and names nobody.
  const order = await readOrder(state, userId);
  const ended = await revokeSessions(state, { ...who, except: null });
  const { now } = await readSettings(state);
  // Also those whose ending was begun before and never finished: each is taken from its record whose it was.
  const refs = order.map(({ ref }) => ref);
  const left = await endMany(state, refs, { reason, at: now, actor });
  await state.redis.call("DEL", [state.keys.user(userTag(userId))]);
  await forgetActor(state, userId);
  return ended + left;
}
