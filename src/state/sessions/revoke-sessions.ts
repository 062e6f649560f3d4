import type { EndReason } from "../../policy/index.js";
import { endMany } from "./end-session.js";
import { userTag } from "../keys.js";
import { findLiving } from "../list/list-sessions.js";
import type { Durability } from "../replica-wait.js";
import * as scripts from "../scripts.generated.js";
import { readSettings } from "../settings/settings-store.js";
import { isDurable, type Storage } from "../storage.js";

/** The field of the user's key that says when all was revoked (scripts/lib/user-key.lua). */
export const FLOOR_AT = "t";

/** Whose sessions are revoked, and which one is not. */
export interface Revocation {
  readonly userId: string;
  readonly reason: EndReason;
  readonly actor: string | null;
  /** The ref of a session to spare. */
  readonly except: string | null;
}

/** What ending all of a user's sessions came to. */
export interface EndAllResult extends Durability {
  /** How many listed sessions ended. */
  readonly ended: number;
}

/**
 * Revokes all of a user's sessions that exist at this moment, in one write: each is refused from its next
 * request on, listed or not. Then cleans up after those that were listed.
 */
export async function revokeSessions(storage: Storage, revocation: Revocation): Promise<EndAllResult> {
  const { userId, reason, actor, except } = revocation;
  const { settings, now } = await readSettings(storage);
  const spared = except === null ? null : await findLiving(storage, except, settings);
  const spares = spared?.record.userId === userId;
  const key = storage.keys.user(userTag(userId));
  const refs = await storage.redis.run(scripts.revokeAll, [
    key,
    now,
    reason,
    spares ? spared.record.number : "",
  ]);
  const [ended, durable] = await Promise.all([
    endMany(storage, refs as string[], { reason, at: now, actor }),
    isDurable(storage, { key, field: FLOOR_AT, holds: now, orGone: true }),
  ]);
  return { ended, durable };
}
