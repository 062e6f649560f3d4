import type { EndReason } from "../policy/index.js";
import { endMany } from "./end-session.js";
import { userTag } from "./keys.js";
import { findLiving } from "./list-sessions.js";
import * as scripts from "./scripts.generated.js";
import { readSettings } from "./settings-store.js";
import type { State } from "./state.js";

/** Whose sessions are revoked, and which one is not. */
export interface Revocation {
  readonly userId: string;
  readonly reason: EndReason;
  readonly actor: string | null;
  /** The ref of a session to spare. */
  readonly except: string | null;
}

/**
 * Revokes all of a user's sessions that exist at this moment, in one write: each is refused from its next
 * request on, listed or not. Then cleans up after those that were listed.
 *
 * @returns how many listed sessions ended
 */
export async function revokeSessions(state: State, revocation: Revocation): Promise<number> {
  const { userId, reason, actor, except } = revocation;
  const { settings, now } = await readSettings(state);
  const spared = except === null ? null : await findLiving(state, except, settings);
  const spares = spared?.record.userId === userId;
  const refs = await state.redis.run(scripts.revokeAll, [
    state.keys.user(userTag(userId)),
    now,
    reason,
    spares ? spared.record.number : "",
  ]);
  return endMany(state, refs as string[], { reason, at: now, actor });
}
