/** Sealed drafts in `localStorage`. Only the server gives the key, and only to the signed-in user. */
import type { DraftKeysAnswer } from "../../wire.js";
import type { Fields } from "./editors.js";

/** Begins the names of drafts: `curfew:d:<user>:<tag>:<form>:<slot>`. */
export const PREFIX = "curfew:d:";
/** Begins the name of a mark that changes with each sign-out of a user. */
const SIGNED_OUT = "curfew:out:";
/** The tag of the tab's user, kept by the script. */
const USER = "curfew:user";
const MAX_AGE_MS = 7 * 86_400_000;
/** Characters that all drafts may have together. Browsers give a site about five million. */
const MAX_CHARACTERS = 1_000_000;
const IV_BYTES = 12;

/** Places of a form's drafts. The second one serves while the first holds a draft that this page has not written. */
const SLOTS = ["0", "1"] as const;

/** The secret part of a draft. */
export interface Content {
  readonly fields: Fields;
  /** The values that the page came with. */
  readonly loaded: Fields;
}

/** A draft as it is stored. */
export interface Sealed {
  /** The secret that its key comes from. */
  readonly kid: string;
  /** The session that wrote it. */
  readonly session: string;
  /** Time of the last change, in milliseconds since 1970. */
  readonly at: number;
  /** True once the form has been sent. The next page of the same session deletes the draft. */
  readonly sent: boolean;
  readonly iv: string;
  readonly ct: string;
}

interface Key {
  readonly kid: string;
  readonly tag: string;
  readonly key: CryptoKey;
}

/** The drafts of the signed-in user. */
export class Vault {
  private constructor(
    /** A key of each accepted secret. The first one seals. */
    readonly keys: readonly Key[],
    /** The tags of session and user. */
    readonly session: string,
    readonly user: string,
    private readonly mark: string | null,
  ) {}

  /** Asks for the keys. @returns `null` if no user is signed in, or the server can't be reached */
  static async open(base: string): Promise<Vault | null> {
    try {
      const response = await fetch(`${base}/draft-key`, { cache: "no-store", redirect: "manual" });
      if (!response.ok) return null;
      const { keys, sessionTag, userTag } = (await response.json()) as DraftKeysAnswer;
      const imported = await Promise.all(
        keys.map(async ({ kid, key, tag }) => {
          const jwk = { kty: "oct", k: key };
          const usages = ["encrypt", "decrypt"] as const;
          return { kid, tag, key: await crypto.subtle.importKey("jwk", jwk, "AES-GCM", false, usages) };
        }),
      );
      return new Vault(imported, sessionTag, userTag, localStorage.getItem(SIGNED_OUT + userTag));
    } catch {
      return null;
    }
  }

  /** Returns the names of a form's drafts under the user's present tag, one for each slot. */
  namesOf(form: string): string[] {
    const tag = this.keys[0]?.tag ?? "";
    return SLOTS.map((slot) => `${PREFIX}${this.user}:${tag}:${encodeURIComponent(form)}:${slot}`);
  }

  /** Seals and stores a draft. @returns false if there is no room, or the user has signed out */
  async write(name: string, content: Content, sent: boolean): Promise<boolean> {
    const [own] = this.keys;
    if (!own) return false;
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
    const text = new TextEncoder().encode(JSON.stringify(content));
    const sealed = await crypto.subtle.encrypt(parametersOf(iv, name), own.key, text);
    const at = Date.now();
    const { kid } = own;
    const entry: Sealed = { kid, session: this.session, at, sent, iv: toText(iv), ct: toText(sealed) };
    if (localStorage.getItem(SIGNED_OUT + this.user) !== this.mark) return false;
    return store(name, JSON.stringify(entry));
  }

  /** Marks a draft as sent at once, because sealing the newest values may take longer than the page lives. */
  markSent(name: string): void {
    const sealed = read(name);
    if (sealed) store(name, JSON.stringify({ ...sealed, sent: true }));
  }

  /** Deletes the drafts whose forms this session has sent. */
  deleteSent(): void {
    for (const [name, { sent, session }] of storedDrafts())
      if (sent && session === this.session) localStorage.removeItem(name);
  }
}

/** True if drafts work here: WebCrypto needs HTTPS or localhost, and a person may forbid storage. */
export function isAvailable(): boolean {
  try {
    return isSecureContext && Boolean(localStorage);
  } catch {
    return false;
  }
}

/** Deletes the tab's user's drafts after a sign-out, and stops other tabs from writing more of them. */
export function forgetUser(): void {
  const user = sessionStorage.getItem(USER) ?? "";
  localStorage.setItem(SIGNED_OUT + user, String(Math.random()));
  for (const [name] of storedDrafts())
    if (name.startsWith(`${PREFIX}${user}:`)) localStorage.removeItem(name);
}

/** Deletes all drafts that are too old, or that make no sense. */
export function deleteOld(): void {
  for (const name of names()) {
    const at = read(name)?.at ?? 0;
    if (!(Date.now() - at < MAX_AGE_MS)) localStorage.removeItem(name);
  }
}

function names(): string[] {
  return Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
}

/** True if a draft of the form is stored, of any user. */
export function isStored(form: string): boolean {
  return names().some((name) => name.includes(`:${encodeURIComponent(form)}:`));
}

/** Returns all stored drafts that can be read. */
export function storedDrafts(): [name: string, sealed: Sealed][] {
  return names().flatMap((name) => {
    const sealed = read(name);
    return sealed ? [[name, sealed]] : [];
  });
}

function read(name: string): Sealed | null {
  try {
    return JSON.parse(localStorage.getItem(name) ?? "null") as Sealed | null;
  } catch {
    return null;
  }
}

/** Stores a text. The oldest other drafts make room. @returns false if there is no room */
function store(name: string, text: string): boolean {
  const others = storedDrafts()
    .filter(([other]) => other !== name)
    .sort(([, a], [, b]) => a.at - b.at);
  const lengthOf = ([other]: (typeof others)[number]): number => localStorage.getItem(other)?.length ?? 0;
  for (;;) {
    const total = others.reduce((sum, other) => sum + lengthOf(other), text.length);
    try {
      if (total > MAX_CHARACTERS) throw new Error();
      localStorage.setItem(name, text);
      return true;
    } catch {
      const oldest = others.shift();
      if (!oldest) return false;
      localStorage.removeItem(oldest[0]);
    }
  }
}

/** Binds a sealed text to its name, so that it opens in no other form. */
export function parametersOf(iv: Uint8Array<ArrayBuffer>, name: string): AesGcmParams {
  return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(name) };
}

function toText(bytes: ArrayBuffer | Uint8Array<ArrayBuffer>): string {
  let text = "";
  for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte);
  return btoa(text);
}
