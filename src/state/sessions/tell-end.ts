import type { CurfewEvents, Events } from "../../events.js";
import type { EvictedBy, SessionRecord } from "../../policy/index.js";
import * as scripts from "../scripts.generated.js";
import type { Storage } from "../storage.js";
import { knownTag } from "../user-tags.js";
import { PERSONAL_FIELDS } from "./record-fields.js";

/** Emits the event of an end. A session ends once, so its ref names the event. */
export function emitEnded(events: Events, end: Omit<CurfewEvents["ended"], "id">): void {
  events.emit("ended", { id: `ended-${end.ref}`, ...end });
}

/**
 * Returns the administrator of a sudo session for the event of its end; `null` if the administrator has been forgotten
 * (case H5). The user's key of an administrator outlives the sudo session, and `sessions.forget` deletes the key. The end
 * is recorded by now, so a failed look leaves the name out.
 */
export async function administratorUnlessForgotten(
  storage: Storage,
  userId: string | null,
): Promise<string | null> {
  if (userId === null) return null;
  try {
    const key = storage.keys.user(await knownTag(storage, userId));
    return (await storage.redis.call("EXISTS", [key])) === 1 ? userId : null;
  } catch {
    return null;
  }
}

/**
 * Emits the event of an end whose process has died after it recorded the end. The user's name in the record is the mark
 * of an end without an event. It is removed after the event.
 */
export async function tellAgain(storage: Storage, ref: string, record: SessionRecord): Promise<void> {
  const { userId, kind, end } = record;
  if (!end) return;
  const { at, reason, by } = end;
  const sudoUserId = await administratorUnlessForgotten(storage, record.administrator?.userId ?? null);
  emitEnded(storage.events, {
    ...{ ref, userId, kind, at, reason, sudoUserId },
    by: by && withoutRef(by),
    actor: null,
    limit: null,
  });
  await forgetPerson(storage, ref);
}

/** Returns an evictor for evicted browsers, without its ref, which only its own user may know. */
export function withoutRef({ device, place, at }: EvictedBy): EvictedBy {
  return { device, place, at };
}

/**
 * Removes the user from an ended session's record. No list leads from a user to an ended record, so forgetting the
 * user could not find it. This step comes last, because a repetition of the other steps finds the user's key by the
 * record. A record without an end is left unchanged, because it would become unreadable.
 */
export function forgetPerson({ redis, keys }: Storage, ref: string): Promise<unknown> {
  return redis.run(scripts.clearFields, [keys.record(ref), ...PERSONAL_FIELDS]);
}
