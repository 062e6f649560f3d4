/** The signed token in the URL of an embedded page. */
import { randomBytes } from "node:crypto";
import type { CookieSigner } from "../http/request/signed-cookie.js";
import type { SessionLabels } from "../state/values/session-labels.js";

/** The permission in a token: one session of a user, at one page, in frames of some sites. */
export interface EmbedGrant extends SessionLabels {
  readonly userId: string;
  readonly path: string;
  readonly ancestors: readonly string[];
  readonly lifetimeMinutes: number;
  readonly credentialsType: string;
  /** Time at which the app made the token, and so vouched for the user, in milliseconds since 1970 (rule M35). */
  readonly authenticatedAt: number;
  /** Time at which the token expires, in milliseconds since 1970. */
  readonly expiresAt: number;
  /** Random name of the token, by which it is used once. */
  readonly nonce: string;
}

/** Beginning of the signed text, so that no session id passes for a token, nor a token for an id. */
const MARK = "embed-";

/** Returns the token of a permission. */
export function signGrant(signer: CookieSigner, grant: Omit<EmbedGrant, "nonce">): string {
  const nonce = randomBytes(16).toString("base64url");
  const text = Buffer.from(JSON.stringify({ ...grant, nonce })).toString("base64url");
  return signer.sign(MARK + text);
}

/** Returns the permission in a token; `null` if this app has not signed it. */
export function grantIn(signer: CookieSigner, token: unknown): EmbedGrant | null {
  const signed = typeof token === "string" ? signer.idIn(token) : null;
  if (!signed?.startsWith(MARK)) return null;
  return JSON.parse(Buffer.from(signed.slice(MARK.length), "base64url").toString()) as EmbedGrant;
}
