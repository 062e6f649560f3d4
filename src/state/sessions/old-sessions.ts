/** Sessions of express-session that requests take over (rule M44). */
import type { SessionCore } from "../../policy/index.js";
import { isRef } from "../keys.js";
import type { OldTexts } from "../old-source.js";
import type { SignedInId } from "../session-id.js";
import { estimatedNow, type Storage } from "../storage.js";

const NO_TEXTS: OldTexts = new Map();
const NO_IDS: readonly string[] = [];

/** Returns the ids of old sessions that one request reads: of its own session and of its old cookies. */
export function oldIdsToRead(
  storage: Storage,
  { oldId = null }: Pick<SignedInId, "oldId">,
  given: readonly string[],
): readonly string[] {
  if ((oldId === null && given.length === 0) || !storage.old.openAt(estimatedNow(storage))) return NO_IDS;
  return [...new Set(oldId === null ? given : [oldId, ...given])];
}

/** Returns the key of an old session, as connect-redis names it. */
export function oldKey({ old, keys }: Storage, oldId: string): string {
  const prefix = old.source?.prefix ?? "";
  // With the same prefix, an id in the form of a ref names a key of this package. The key of `""` holds no old session.
  return prefix + (prefix === keys.data("") && isRef(oldId) ? "" : oldId);
}

/** Pairs the ids with the values that were read for them. @param from - index of the first of these values */
export function oldTextsOf(
  ids: readonly string[],
  values: readonly (string | null)[],
  from: number,
): OldTexts {
  return ids.length === 0 ? NO_TEXTS : new Map(ids.map((id, index) => [id, values[from + index] ?? null]));
}

/**
 * True if a process with express-session has signed the browser out, or another user in, since the session was taken
 * over. Then the session ends.
 */
export function hasLeftOld(
  { old }: Storage,
  { oldId = null }: Pick<SignedInId, "oldId">,
  { takenOver, userId }: Pick<SessionCore, "takenOver" | "userId">,
  texts: OldTexts,
  now: number,
): boolean {
  const source = takenOver && oldId !== null && texts.has(oldId) ? old.openAt(now) : null;
  if (source === null || oldId === null) return false;
  const text = texts.get(oldId) ?? null;
  return text === null || source.userIdIn(text) !== userId;
}

/** Returns how long an old session lives by its key, in milliseconds; `null` for ever, 0 if it is gone. */
export async function oldLifeMs(storage: Storage, oldId: string): Promise<number | null> {
  const lifeMs = Number(await storage.redis.call("PTTL", [oldKey(storage, oldId)]));
  return lifeMs === -1 ? null : Math.max(0, lifeMs);
}

/** Deletes sessions of express-session, so that processes of both kinds have signed the browser out. */
export async function deleteOld(storage: Storage, oldIds: readonly string[]): Promise<void> {
  if (!storage.old.openAt(estimatedNow(storage))) return;
  await Promise.all(oldIds.map((oldId) => storage.redis.call("DEL", [oldKey(storage, oldId)])));
}

/** Returns how long a revocation or an end must be known at least, so that no old cookie undoes it, in milliseconds. */
export function keptForOld({ old }: Storage, keptMs: number, now: number): number {
  const source = old.openAt(now);
  return source === null ? keptMs : Math.max(keptMs, Math.ceil(source.until - now));
}
