/** Tags name users in cookies and in names of keys, and tell nothing of them (rule M39). */
import { createHmac, createSecretKey, randomBytes, type KeyObject } from "node:crypto";
import { redisUnavailable } from "../errors.js";
import type { Events } from "../events.js";
import { TAG_LENGTH } from "./keys.js";
import * as scripts from "./scripts.generated.js";
import { readText, type Storage } from "./storage.js";

const KEY_BYTES = 32;
const KEY_FORM = /^[\w-]{43}$/; // 32 bytes in base64url

const freshKey = (): string => randomBytes(KEY_BYTES).toString("base64url");

/** Names users by their tags under one key. */
export class UserTags {
  /** The key as Redis holds it. */
  readonly keyText: string;
  // A KeyObject, like the keys of cookies: Node 24 is slow where an app mixes both kinds of keys.
  readonly #key: KeyObject;

  constructor(keyText: string) {
    this.keyText = keyText;
    this.#key = createSecretKey(keyText, "base64url");
  }

  /** Returns the tag of a user: 96 bits that only a holder of the key can compute. */
  of(userId: string): string {
    return createHmac("sha256", this.#key).update(userId).digest("base64url").slice(0, TAG_LENGTH);
  }
}

/** The tag key of Redis's last reply. A text is parsed only if it differs from the last one. */
export class TagKeyCache {
  readonly #events: Events;
  #text: string | null = null;
  #current: UserTags | null = null;
  #lastGood: UserTags | null = null;
  #reading: Promise<UserTags> | null = null;

  constructor(events: Events) {
    this.#events = events;
  }

  /** Tags under the last key that made sense; `null` before the first reply. Steps that grant something read the key. */
  get known(): UserTags | null {
    return this.#lastGood;
  }

  /** Returns the known tags. Before the first reply all callers share one call of `read`. */
  async knownOr(read: () => Promise<UserTags>): Promise<UserTags> {
    if (this.#lastGood) return this.#lastGood;
    this.#reading ??= read().finally(() => (this.#reading = null));
    return this.#reading;
  }

  /** Takes in the text that Redis holds, `"!"` for another type. Returns `null` if the text has another form than a key. */
  absorb(text: string): UserTags | null {
    if (text === this.#text) return this.#current;
    this.#text = text;
    this.#current = this.#parsed(text);
    return this.#current;
  }

  #parsed(text: string): UserTags | null {
    if (text === this.#lastGood?.keyText) return this.#lastGood;
    if (!KEY_FORM.test(text)) {
      this.#warn("The key of user tags is unreadable. Sessions end; the next sign-in replaces the key.");
      return null;
    }
    if (this.#lastGood)
      this.#warn("The key of user tags is another one. Sessions that began under the earlier key end.");
    this.#lastGood = new UserTags(text);
    return this.#lastGood;
  }

  #warn(message: string): void {
    this.#events.warn("tag_key_lost", message);
  }
}

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
