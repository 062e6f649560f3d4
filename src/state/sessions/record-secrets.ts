/** The secrets in a record (rules M25, M28), and the window of time that each one opens. */
import { MINUTE_MS, SECOND_MS, type SessionCore } from "../../policy/index.js";
import { storedNumber } from "../../redis/reply.js";
import { isSameHash } from "../session-id.js";
import { fieldIndex } from "./record-fields.js";

/** Index of the first field of a record that is about secrets. */
const SECRET_AT = fieldIndex("secret");
const RENEWED_AT = fieldIndex("renewedAt");
/** Time in which an answer with a cookie may be under way, in milliseconds. */
const UNDER_WAY_MS = 10 * SECOND_MS;

/**
 * Time after a re-authentication in which a request with the previous cookie may still be under way, in milliseconds.
 */
const REPLACED_LATELY_MS = 5 * MINUTE_MS;

/** A new secret that a re-authentication has offered, and the window that it opens. */
export interface Offer {
  readonly secretHash: string;
  /** Time of the new authentication, in milliseconds since 1970. */
  readonly at: number;
  readonly expiresAt: number;
  readonly persistent: boolean;
}

/** The secrets of a session. */
export interface Secrets {
  readonly present: string;
  readonly former: string;
  /** Time until which the former secret passes, in milliseconds since 1970; 0 if there is no former secret. */
  readonly formerUntil: number;
  readonly offer: Offer | null;
  /** Time at which an answer last sent the cookie again, in milliseconds since 1970; 0 if none did. */
  readonly renewedAt: number;
}

/** Secret that a request shows; `none` if its secret is worthless. */
export type ShownSecret = "present" | "former" | "offered" | "none";

/** Reads the secrets of a record. Returns `null` if they make no sense. */
export function secretsOf(fields: readonly string[]): Secrets | null {
  const present = fields[SECRET_AT];
  if (!present) return null;
  const formerUntil = fields[SECRET_AT + 2];
  const offered = fields[SECRET_AT + 3];
  if (!formerUntil && !offered) return { present, former: "", formerUntil: 0, offer: null, renewedAt: 0 };
  const [at, lastsMs] = [storedNumber(fields[SECRET_AT + 4]), storedNumber(fields[SECRET_AT + 5])];
  const offer = offered
    ? { secretHash: offered, at, expiresAt: at + lastsMs, persistent: fields[SECRET_AT + 6] === "1" }
    : null;
  const former = fields[SECRET_AT + 1] ?? "";
  const until = formerUntil ? storedNumber(formerUntil) : 0;
  const isSound = Number.isFinite(until) && (!offer || Number.isFinite(offer.expiresAt));
  const renewedAt = Number(fields[RENEWED_AT] ?? "");
  return isSound ? { present, former, formerUntil: until, offer, renewedAt } : null;
}

/** Tells which secret a request shows. @param secretHash - the hash of the secret in its cookie */
export function shownSecret(
  { present, former, formerUntil, offer }: Secrets,
  secretHash: string,
  now: number,
): ShownSecret {
  if (isSameHash(present, secretHash)) return "present";
  if (offer && isSameHash(offer.secretHash, secretHash)) return "offered";
  return isSameHash(former, secretHash) && now < formerUntil ? "former" : "none";
}

/**
 * Returns true if an answer that was under way during the last re-authentication may still overwrite the newer cookie, which
 * the request shows. Then its answer sends the newer cookie once more (rule M15).
 */
export function mayBeOverwritten(
  { formerUntil, offer, renewedAt }: Secrets,
  shown: ShownSecret,
  now: number,
): boolean {
  const isNewer = shown === "offered" || (shown === "present" && offer === null && now < formerUntil);
  return isNewer && now < renewedAt + UNDER_WAY_MS;
}

/**
 * Returns true if a late request may still carry an earlier cookie than the browser holds. An offer that no request has
 * shown may be lost, and then the login page needs a cookie. So the offer counts only while its answer is under way.
 */
export function isReplacedLately({ formerUntil, offer }: Secrets, now: number): boolean {
  return now < formerUntil + REPLACED_LATELY_MS || (offer !== null && now < offer.at + UNDER_WAY_MS);
}

/** Returns the session for the request that shows the offered secret. Other requests see the same. */
export function underOffer<Core extends SessionCore>(core: Core, offer: Offer): Core {
  return {
    ...core,
    signedInAt: offer.at,
    expiresAt: offer.expiresAt,
    lastActivityAt: Math.max(offer.at, core.lastActivityAt),
    extendedAt: null,
    extendedCount: 0,
    persistent: offer.persistent,
    persistentCookie: offer.persistent,
    isAuthenticationKnown: true,
  };
}
