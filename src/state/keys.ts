import { hash } from "node:crypto";

/** Returns the beginning of a text's SHA-256. */
// node:crypto's one-shot hash is 20.12+/21.7+; it spares an object a request.
export const digest = (text: string, length: number): string =>
  hash("sha256", text, "base64url").slice(0, length);

/** Characters of a ref: 126 bits, too many to collide or to guess; one more would cost 16 bytes a key. */
export const REF_LENGTH = 21;
/** Characters of a user's tag. */
export const TAG_LENGTH = 16;
/** Characters of the hash that names a person's own rule. */
const PERSON_LENGTH = 22;
/** Characters of a browser's hash, which only tells one user's browsers apart. */
export const BROWSER_KEY_LENGTH = 8;

/** Returns the hash that recognises sign-ins of one browser. The token itself is stored in no key. */
export function browserKeyOf(token: string): string {
  return digest(`curfew-browser:${token}`, BROWSER_KEY_LENGTH);
}

/** Returns true if a value, such as a request's parameter, can be a ref. */
export function isRef(text: unknown): text is string {
  return typeof text === "string" && text.length === REF_LENGTH && /^[\w-]+$/.test(text);
}

/** The names of all keys in Redis. Each holds one thing, and no script needs two of them to stay true. */
export interface Keys {
  /** The app's session data, in connect-redis's format. */
  data(ref: string): string;
  /** The session's record. */
  record(ref: string): string;
  /** The mark of a cookie that a sign-in has replaced. */
  replaced(ref: string): string;
  /** The user's key: numbers of sign-ins and the order of the living browsers. */
  user(tag: string): string;
  /** The browsers from which the user has signed in. */
  devices(tag: string): string;
  /** The order of the user's API, embed and sudo sessions, which no page request reads. */
  others(tag: string): string;
  /** The counter of a limit. @param of - a hash of the session, user or address that the limit is for */
  uses(limit: string, of: string): string;
  /** Progress of long work. */
  job(id: string): string;
  /** Mark of a token that has been used up. */
  used(nonce: string): string;
  /**
   * The channel on which ends are published: a session's ref for a recorded end, {@link userMessage} for ends that a user's
   * key decides, and an empty message for changed settings.
   */
  readonly ends: string;
  /** The sessions to look at when a time slot has passed. */
  due(slot: number): string;
  /** The number of the last slot that has been swept, and the name of the process that has the turn to sweep. */
  readonly swept: string;
  readonly turn: string;
  readonly settings: string;
  /** The rules of tenants and roles that settings name. */
  rules(stamp: string): string;
  /** A person's own rule. */
  ownRule(userId: string): string;
  /** The random key of user tags. */
  readonly tags: string;
  /** The observation of proposed settings, and its counts. */
  readonly observed: string;
  observedCounts(id: string): string;
  /** The changes of the settings. */
  readonly history: string;
  /** The configuration of the app's processes, for programs of an operator. */
  readonly app: string;
  /** The audit trail. */
  readonly audit: string;
  /** The levels of the list of all sessions that are in use, for pages and APIs only. */
  readonly sessions: string;
  /** One shelf of the list, which holds sessions scored by their own end. */
  shelf(level: number, index: number): string;
}

/** Creates the key names. @param prefix - prefix of this package's own keys @param sessionPrefix - prefix of the session data */
export function createKeys(prefix: string, sessionPrefix: string): Keys {
  return {
    data: (ref) => sessionPrefix + ref,
    record: (ref) => `${prefix}s:${ref}`,
    replaced: (ref) => `${prefix}m:${ref}`,
    user: (tag) => `${prefix}u:${tag}`,
    devices: (tag) => `${prefix}k:${tag}`,
    others: (tag) => `${prefix}a:${tag}`,
    uses: (limit, of) => `${prefix}n:${limit}:${of}`,
    job: (id) => `${prefix}j:${id}`,
    used: (nonce) => `${prefix}o:${nonce}`,
    ends: `${prefix}ends`,
    due: (slot) => `${prefix}d:${String(slot)}`,
    swept: `${prefix}swept`,
    turn: `${prefix}sweeper`,
    settings: `${prefix}settings`,
    rules: (stamp) => `${prefix}r:${stamp}`,
    // Not by the tag, because a person's rule must outlive a lost key of tags.
    ownRule: (userId) => `${prefix}p:${digest(`curfew-person:${userId}`, PERSON_LENGTH)}`,
    tags: `${prefix}tags`,
    observed: `${prefix}observed`,
    observedCounts: (id) => `${prefix}w:${id}`,
    history: `${prefix}history`,
    app: `${prefix}app`,
    audit: `${prefix}audit`,
    sessions: `${prefix}sessions`,
    shelf: (level, index) => `${prefix}l:${String(level)}:${String(index)}`,
  };
}

/** Message of a step that has ended sessions of a user by the user's key. */
export const userMessage = (tag: string): string => `u:${tag}`;

/** True if a key with session data can be another key of this package (rule M23). */
export function prefixesCollide(prefix: string, sessionPrefix: string): boolean {
  return isOwnPrefix(createKeys(prefix, sessionPrefix), sessionPrefix);
}

/** True if keys that begin so can be keys of this package. */
export function isOwnPrefix(keys: Keys, prefix: string): boolean {
  return [keys.record(""), keys.replaced(""), keys.user(""), keys.others("")].includes(prefix);
}
