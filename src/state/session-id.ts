import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import { digest, REF_LENGTH, TAG_LENGTH } from "./keys.js";

const SEPARATOR = ".";
const TAG_AT = REF_LENGTH + 1;
const SECRET_AT = TAG_AT + TAG_LENGTH + 1;
const HANDLE_BYTES = 16;
const SECRET_BYTES = 24;
const RANDOM_LENGTH = 32; // of 24 bytes in base64url
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
}

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

/** Makes a new secret of 192 random bits. */
export function newSecret(): NewSecret {
  const secret = randomBytes(SECRET_BYTES).toString("base64url");
  return { secretHash: hashOf(secret), idOf: (ref, tag) => [ref, tag, secret].join(SEPARATOR) };
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
  return {
    ref: sessionId.slice(0, REF_LENGTH),
    tag: sessionId.slice(TAG_AT, SECRET_AT - 1),
    secretHash: hashOf(sessionId.slice(SECRET_AT)),
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
