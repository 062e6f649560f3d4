/** Finds and opens the stored drafts of a form. */
import { parametersOf, PREFIX, storedDrafts, type Content, type Sealed, type Vault } from "./vault.js";

/** A stored draft. */
export interface Found {
  readonly name: string;
  readonly at: number;
  /** True if the session that wrote the draft has ended. */
  readonly isOld: boolean;
  /** `null` if no accepted secret opens the draft. */
  readonly content: Content | null;
}

/** Returns the user's drafts of a form, newest first. */
export async function findDrafts(vault: Vault, form: string): Promise<Found[]> {
  const { keys, session, user } = vault;
  const found: Found[] = [];
  for (const [name, sealed] of storedDrafts()) {
    const [ofUser, tag, key] = name.slice(PREFIX.length).split(":");
    // A draft under a tag of a removed secret is this user's if the tag from Redis is.
    const isOwn = ofUser === user || keys.some((each) => each.tag === tag);
    if (key !== encodeURIComponent(form) || !isOwn) continue;
    const isOld = sealed.session !== session;
    found.push({ name, at: sealed.at, isOld, content: await unseal(vault, name, sealed) });
  }
  return found.sort((a, b) => b.at - a.at);
}

async function unseal({ keys }: Vault, name: string, { kid, iv, ct }: Sealed): Promise<Content | null> {
  const key = keys.find((each) => each.kid === kid)?.key;
  if (!key) return null;
  try {
    const text = await crypto.subtle.decrypt(parametersOf(toBytes(iv), name), key, toBytes(ct));
    return JSON.parse(new TextDecoder().decode(text)) as Content;
  } catch {
    return null;
  }
}

function toBytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
