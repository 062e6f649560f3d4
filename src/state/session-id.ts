import { createHmac, hash, randomBytes, timingSafeEqual, type KeyObject } from "node:crypto";
import { digest, REF_LENGTH, TAG_LENGTH } from "./keys.js";

const SEPARATOR = ".";
const TAG_AT = REF_LENGTH + 1;
const SECRET_AT = TAG_AT + TAG_LENGTH + 1;
const HANDLE_BYTES = 16;
const SECRET_BYTES = 24;
const RANDOM_LENGTH = 32; // of 24 bytes in base64url
const BROWSER_TOKEN_LENGTH = 22; // of 16 bytes
/** Characters of a secret's hash in the record: 132 bits. */
const SECRET_HASH_LENGTH = 22;

/** The parts of a signed-in session's id, as its cookie holds it. */
export interface SignedInId {
  /** The session's handle: its public ref, and the last part of its keys. It stays for the session's life (rule M37). */
  readonly ref: string;
  /** The opaque tag of its user. */
  readonly tag: string;
  /** The hash of its secret, as the record holds it. The secret itself is in the cookie alone. */
  readonly secretHash: string;
  /** Id of the session of express-session that it was taken over from (rule M44); `null` for all others. */
  readonly oldId?: string | null;
}

/** Marks the id of the session of express-session in the id of a session that was taken over. */
const OLD_SEPARATOR = "~";

/** Marks the ref of an ended session in an anonymous id. */
const ENDED_SEPARATOR = "~";

/**
 * A new anonymous session id: 192 random bits.
 *
 * @param endedRef - ref of the browser's ended session, so that later requests can say why it ended (rule M5)
 */
export function anonymousSessionId(endedRef: string | null = null): string {
  const random = randomBytes(SECRET_BYTES).toString("base64url");
  return endedRef === null ? random : random + ENDED_SEPARATOR + endedRef;
}

/** The ref of the browser's ended session in an anonymous id; `null` if the id has none. */
export function endedRefOf(sessionId: string): string | null {
  return sessionId[RANDOM_LENGTH] === ENDED_SEPARATOR ? sessionId.slice(RANDOM_LENGTH + 1) : null;
}

/** A new secret of a signed-in session. */
export interface NewSecret {
  /** The hash that the record holds. */
  readonly secretHash: string;
  /** Returns the whole id, which appears only in the cookie. */
  idOf(ref: string, tag: string): string;
}

/** Makes a new secret of 192 random bits. @param oldId - stays in the id of a session that was taken over */
export function newSecret(oldId: string | null = null): NewSecret {
  return secretOf(randomBytes(SECRET_BYTES).toString("base64url"), oldId);
}

function secretOf(random: string, oldId: string | null): NewSecret {
  const secret = oldId === null ? random : random + OLD_SEPARATOR + oldId;
  return { secretHash: hashOf(secret), idOf: (ref, tag) => [ref, tag, secret].join(SEPARATOR) };
}

/**
 * The ids that take the place of a session of express-session (rule M44). Each process derives the same ids, so requests
 * at the same time make one session.
 */
export class DerivedIds {
  readonly #key: KeyObject;

  /** @param key - derived from the secret that signs the old cookie, so that Redis's values open no session */
  constructor(
    key: KeyObject,
    readonly oldId: string,
  ) {
    this.#key = key;
  }

  /** The browser's token. */
  get browserToken(): string {
    return this.#derive("browser", BROWSER_TOKEN_LENGTH);
  }

  /** The id of an anonymous session. */
  get anonymousId(): string {
    return this.#derive("anonymous", RANDOM_LENGTH);
  }

  /** The new session's handle for this user. The tag is keyed, so the handle tells nothing of the user id. */
  refFor(tag: string): string {
    return digest(`curfew-old:${tag}:${this.oldId}`, REF_LENGTH);
  }

  /** The new session's first secret for this user. */
  secretFor(tag: string): NewSecret {
    return secretOf(this.#derive(`secret:${tag}`, RANDOM_LENGTH), this.oldId);
  }

  #derive(purpose: string, length: number): string {
    const text = `${purpose}:${this.oldId}`;
    return createHmac("sha256", this.#key).update(text).digest("base64url").slice(0, length);
  }
}

const hashOf = (secret: string): string => hash("sha256", secret, "base64url").slice(0, SECRET_HASH_LENGTH);

/** A new handle: 126 random bits. */
export function newRef(): string {
  return randomBytes(HANDLE_BYTES).toString("base64url").slice(0, REF_LENGTH);
}

/** Returns true if an id belongs to a signed-in session, not to an anonymous session. */
export function isSignedInId(sessionId: string): boolean {
  return sessionId[REF_LENGTH] === SEPARATOR && sessionId[SECRET_AT - 1] === SEPARATOR;
}

/** Takes a signed-in session's id apart; `null` if the id is an anonymous session's. */
export function signedInId(sessionId: string): SignedInId | null {
  if (!isSignedInId(sessionId)) return null;
  const oldAt = SECRET_AT + RANDOM_LENGTH;
  return {
    ref: sessionId.slice(0, REF_LENGTH),
    tag: sessionId.slice(TAG_AT, SECRET_AT - 1),
    secretHash: hashOf(sessionId.slice(SECRET_AT)),
    oldId: sessionId[oldAt] === OLD_SEPARATOR ? sessionId.slice(oldAt + 1) : null,
  };
}

/** The last part of a session's keys: a signed-in session's handle, or a hash of an anonymous session's id. */
export function refOf(sessionId: string): string {
  return isSignedInId(sessionId) ? sessionId.slice(0, REF_LENGTH) : digest(sessionId, REF_LENGTH);
}

/** Compares two hashes in a time that does not tell where they differ. */
export function isSameHash(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}
