import { createHmac, createSecretKey, hkdfSync, timingSafeEqual, type KeyObject } from "node:crypto";

/** express-session's mark of a signed value. */
const SIGNED = "s:";

/** Signs session ids for their cookie, and tells which ids have been signed, in the way of express-session. */
export class CookieSigner {
  readonly #keys: readonly KeyObject[];

  /** @param secrets - the first one signs; what another has signed is accepted as well */
  constructor(secrets: readonly string[]) {
    this.#keys = secrets.map((secret) => createSecretKey(Buffer.from(secret)));
  }

  /** True if there is an old secret. */
  get hasSeveral(): boolean {
    return this.#keys.length > 1;
  }

  /** A cookie's value for that id. */
  sign(sessionId: string): string {
    const [first] = this.#keys;
    if (!first) throw new Error("there is no secret");
    return `${SIGNED}${sessionId}.${signatureOf(sessionId, first)}`;
  }

  /** The id in a cookie's value; `null` if none of the secrets has signed it. */
  idIn(value: string | undefined): string | null {
    if (!value?.startsWith(SIGNED)) return null;
    const dot = value.lastIndexOf(".");
    const sessionId = value.slice(SIGNED.length, dot);
    const given = Buffer.from(value.slice(dot + 1));
    return this.#keys.some((key) => isSame(given, signatureOf(sessionId, key))) ? sessionId : null;
  }

  /**
   * Derives one key from each accepted secret (HKDF, RFC 5869), the present secret first. A derived key tells nothing of
   * its secret, or of a key with another purpose.
   */
  derive(purpose: string, bytes: number): Buffer[] {
    return this.#keys.map((key) => Buffer.from(hkdfSync("sha256", key, "express-curfew", purpose, bytes)));
  }
}

function signatureOf(sessionId: string, key: KeyObject): string {
  return createHmac("sha256", key).update(sessionId).digest("base64").replace(/=+$/, "");
}

/** Takes as long for a signature that is nearly right as for any other. */
function isSame(given: Buffer, expected: string): boolean {
  return given.length === expected.length && timingSafeEqual(given, Buffer.from(expected));
}
