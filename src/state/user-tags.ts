/** The steps on the key of user tags in Redis. */
import { randomBytes } from "node:crypto";
import { redisUnavailable } from "../errors.js";
import * as scripts from "./scripts.generated.js";
import { readText, type Storage } from "./storage.js";
import { TAG_KEY_BYTES, type UserTags } from "./tag-key.js";

const freshKey = (): string => randomBytes(TAG_KEY_BYTES).toString("base64url");

/**
 * Takes in the tag key that a request has read together with a session's record. If there is none, this process puts
 * the key back that it knows, and uses the key that is then there.
 *
 * @returns `null` if the key makes no sense: then no tag fits, and the session has ended
 */
export function takeInTags(
  storage: Storage,
  text: string | null,
): UserTags | null | Promise<UserTags | null> {
  return text === null ? keepKey(storage) : storage.tagKey.absorb(text);
}

/**
 * Reads the tag key, for a step that names a user. A key that is missing or makes no sense is replaced.
 *
 * @throws CurfewError `redis_unavailable`
 */
export async function readTags(storage: Storage): Promise<UserTags> {
  const text = await readText(storage, storage.keys.tags);
  const tags = (text === null ? null : storage.tagKey.absorb(text)) ?? (await keepKey(storage, text));
  if (tags) return tags;
  throw redisUnavailable(new Error("the key of user tags makes no sense"));
}

/** Stores the key that this process knows, or a new one, if there is none, or if `replaced` is still there. */
async function keepKey(storage: Storage, replaced: string | null = null): Promise<UserTags | null> {
  const own = storage.tagKey.known?.keyText ?? freshKey();
  const args = [storage.keys.tags, own, ...(replaced === null ? [] : [replaced])];
  return storage.tagKey.absorb((await storage.redis.run(scripts.keepTagKey, args)) as string);
}

/** Returns the tag of a user under the key that this process knows, for steps that only clean up. */
export async function knownTag(storage: Storage, userId: string): Promise<string> {
  return (await storage.tagKey.knownOr(() => readTags(storage))).of(userId);
}

/** A user's tag, and the values that were read under it. */
export interface ReadOfUser<Found> {
  readonly tag: string;
  readonly found: Found;
}

/**
 * Reads values of a user. The tag key is read beside them, so one round trip is enough if this process knows the key.
 *
 * @param read - reads the values under a tag; runs again if the key is another one
 */
export async function readOfUser<Found>(
  storage: Storage,
  userId: string,
  read: (tag: string) => Promise<Found>,
): Promise<ReadOfUser<Found>> {
  const guess = storage.tagKey.known?.of(userId);
  const [tags, guessed] = await Promise.all([
    readTags(storage),
    guess === undefined ? null : read(guess).then((found) => ({ tag: guess, found })),
  ]);
  const tag = tags.of(userId);
  return guessed?.tag === tag ? guessed : { tag, found: await read(tag) };
}
