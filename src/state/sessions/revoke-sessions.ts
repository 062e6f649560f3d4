import type { EndReason } from "../../policy/index.js";
import { ENDED_RECORD_MS, endMany } from "./end-session.js";
import { findLiving } from "./list-sessions.js";
import { keptForOld } from "./old-sessions.js";
import { readOthers } from "./read-order.js";
import { FLOOR_AT_PLACE, letterOf } from "./user-format.js";
import type { Durability, Fact } from "../replica-wait.js";
import { userMessage } from "../keys.js";
import * as scripts from "../scripts.generated.js";
import { readSettings } from "../settings/settings-store.js";
import { isDurable, type Storage } from "../storage.js";
import { readTags } from "../user-tags.js";

/** User whose sessions are revoked, and the session that is kept. */
export interface Revocation {
  readonly userId: string;
  readonly reason: EndReason;
  readonly actor: string | null;
  /** The ref of a session to spare. */
  readonly except: string | null;
}

/** Result of ending all sessions of a user. */
export interface EndAllResult extends Durability {
  /** Number of listed sessions that ended. */
  readonly ended: number;
}

/**
 * Revokes all of a user's sessions that exist at this moment, in one write: each is refused from its next
 * request on, listed or not. Then cleans up after those that were listed.
 */
export async function revokeSessions(storage: Storage, revocation: Revocation): Promise<EndAllResult> {
  const { userId, reason, actor, except } = revocation;
  const [{ inForce, now }, tags] = await Promise.all([readSettings(storage), readTags(storage)]);
  const spared = except === null ? null : await findLiving(storage, except, inForce);
  const spares = spared?.record.userId === userId;
  const tag = tags.of(userId);
  const sparedNumber = spares ? spared.record.number : null;
  const { redis, keys } = storage;
  const revoked = await redis.run(scripts.revokeAll, [
    keys.user(tag),
    now,
    letterOf(reason),
    sparedNumber ?? "",
    // An old session of the user that no request has taken over yet is revoked, too (rule M44).
    keptForOld(storage, ENDED_RECORD_MS, now),
    keys.ends,
    userMessage(tag),
  ]);
  const [floor, browsers] = revoked as [string, string[]];
  const others = (await readOthers(storage, tag))
    .filter(({ number }) => number < Number(floor) && number !== sparedNumber)
    .map(({ ref }) => ref);
  const [ended, durable] = await Promise.all([
    endMany(storage, [...browsers, ...others], { reason, at: now, actor }),
    isDurable(storage, revokedFact(storage, tag, now)),
    others.length > 0 && redis.run(scripts.removeOthers, [keys.others(tag), ...others]),
  ]);
  return { ended, durable };
}

/** Returns the fact that a user's sessions have been revoked. Without the user's key no session is signed in. */
export function revokedFact({ keys }: Storage, tag: string, at: number): Fact {
  return { key: keys.user(tag), field: FLOOR_AT_PLACE, holds: at, orGone: true };
}
