/** Tags name users in cookies and in names of keys, and tell nothing of them (rule M39). */
import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import type { Events } from "../events.js";
import { TAG_LENGTH } from "./keys.js";

/** Length of the key of user tags, in bytes. */
export const TAG_KEY_BYTES = 32;
const KEY_FORM = /^[\w-]{43}$/; // 32 bytes in base64url

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
