/** The text of a bearer token: a prefix that scanners of secrets can find, and a session's id. */
import { API_TOKEN_PREFIX } from "../../policy/index.js";
import { REF_LENGTH, TAG_LENGTH } from "../../state/keys.js";
import { signedInId, type SignedInId } from "../../state/session-id.js";

/** The parts of an id. No signature protects a token, and its parts become names of keys, so the shape is checked. */
const ID = new RegExp(`^[\\w-]{${String(REF_LENGTH)}}\\.[\\w-]{${String(TAG_LENGTH)}}\\.[\\w-]{32}$`);

/** Returns the token of a session's id. */
export const tokenOf = (id: string): string => API_TOKEN_PREFIX + id;

/** Takes a token apart; `null` for every text that this package cannot have issued. */
export function parseToken(token: string): SignedInId | null {
  if (!token.startsWith(API_TOKEN_PREFIX)) return null;
  const id = token.slice(API_TOKEN_PREFIX.length);
  return ID.test(id) ? signedInId(id) : null;
}
