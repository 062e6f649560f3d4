import { randomBytes } from "node:crypto";
import { userTag } from "./keys.js";

const RANDOM_BYTES = 24;
const RANDOM_LENGTH = 32; // of 24 bytes in base64url
const SEPARATOR = ".";

/** A new anonymous session id: 192 random bits. */
export function anonymousSessionId(): string {
  return randomBytes(RANDOM_BYTES).toString("base64url");
}

/** A new id for a session of that user: 192 random bits, then the user's opaque tag. */
export function userSessionId(userId: string): string {
  return `${anonymousSessionId()}${SEPARATOR}${userTag(userId)}`;
}

/** The user tag of a signed-in session's id, or `null` if the id is an anonymous session's. */
export function userTagOf(sessionId: string): string | null {
  return sessionId[RANDOM_LENGTH] === SEPARATOR ? sessionId.slice(RANDOM_LENGTH + 1) : null;
}
