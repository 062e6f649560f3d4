/** Keys that seal a user's unsaved work in the browser. No key is stored: the secrets and the user id give the same keys. */
import { digest } from "../../state/keys.js";
import type { DraftKey } from "../../wire.js";
import type { CookieSigner } from "../request/signed-cookie.js";

const KEY_BYTES = 32;
const KID_BYTES = 9;
const TAG_BYTES = 12;
/** All characters of a SHA-256. HKDF limits the length of a purpose, and user ids may be longer. */
const USER_CHARACTERS = 43;

/** Returns a user's keys: one for each accepted secret, so that a draft from before a rotation opens. The first one seals. */
export function draftKeysOf(signer: CookieSigner, userId: string): DraftKey[] {
  const user = digest(userId, USER_CHARACTERS);
  const derive = (purpose: string, bytes: number): string[] =>
    signer.derive(purpose, bytes).map((derived) => derived.toString("base64url"));
  const kids = derive("draft-kid", KID_BYTES);
  const tags = derive(`draft-tag:${user}`, TAG_BYTES);
  return derive(`draft-key:${user}`, KEY_BYTES).map((key, index) => ({
    kid: kids[index] ?? "",
    key,
    tag: tags[index] ?? "",
  }));
}
