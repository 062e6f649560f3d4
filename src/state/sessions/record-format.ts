import {
  END_REASONS,
  SESSION_KINDS,
  type EndReason,
  type EvictedBy,
  type SessionKind,
  type SessionCore,
  type SessionRecord,
} from "../../policy/index.js";
import { plainText, SEPARATOR, storedNumber } from "../../redis/reply.js";

/**
 * The fields of a record, by one letter each: their names would cost more than what they hold. What a record does not
 * say is the default: a browser's session, begun when it was numbered, not extended, not persistent.
 */
const FIELD = {
  number: "n",
  browserKey: "b",
  userId: "u",
  /** Left out for a browser's. */
  kind: "k",
  /** Milliseconds since 1970; left out where it is the number. */
  signedInAt: "s",
  /** Milliseconds after the sign-in. */
  expiresAt: "e",
  /** Milliseconds after the sign-in. */
  lastActivityAt: "a",
  extendedAt: "x",
  extendedCount: "c",
  persistent: "p",
  persistentCookie: "w",
  endReason: "r",
  endAt: "t",
  byDevice: "d",
  /** The session that evicted it, if that one has a place. */
  byRef: "q",
  byAt: "f",
  browser: "g",
  operatingSystem: "o",
  ip: "i",
  city: "y",
  state: "z",
  country: "j",
  credentialsType: "h",
  /** On which level of the list of all sessions its row stands. */
  level: "l",
} as const;

/** The fields a verdict needs, in the order of lib/facts.lua; readSession-4.lua takes the first, second and fourth. */
const FACT_FIELDS = [
  FIELD.number,
  FIELD.browserKey,
  FIELD.userId,
  FIELD.kind,
  FIELD.signedInAt,
  FIELD.expiresAt,
  FIELD.lastActivityAt,
  FIELD.extendedAt,
  FIELD.extendedCount,
  FIELD.persistent,
  FIELD.persistentCookie,
  FIELD.endReason,
  FIELD.endAt,
  FIELD.byDevice,
  FIELD.byRef,
  FIELD.byAt,
] as const;

/** Where a session was, which goes with its end or with a purge (rule Q19). */
export const PLACE_FIELDS = [FIELD.ip, FIELD.city, FIELD.state, FIELD.country] as const;
/** The level of a session's row in the list of all. */
export const LEVEL_FIELD = FIELD.level;
/** Every record has it. */
export const ACTIVITY_FIELD = FIELD.lastActivityAt;
/** Only a record that has ended has it. */
export const END_FIELD = FIELD.endReason;

/** The fields that describe the session to people. */
const DETAIL_FIELDS = [FIELD.browser, FIELD.operatingSystem, ...PLACE_FIELDS, FIELD.credentialsType] as const;

/** What an ended session's record does not say any more: whose it was. */
export const PERSONAL_FIELDS = [
  FIELD.userId,
  FIELD.browser,
  FIELD.operatingSystem,
  FIELD.credentialsType,
] as const;

/** For the reading scripts: the fields a verdict needs. */
export const FACTS = FACT_FIELDS.join(" ");
/** For the reading scripts: all fields that say something of the session. */
export const ALL_FIELDS = [...FACT_FIELDS, ...DETAIL_FIELDS].join(" ");

/** Longest user id, in characters. */
export const MAX_USER_ID_LENGTH = 255;
// Up to 64 bytes a value Redis keeps a hash compact.
const MAX_DETAIL_LENGTH = 60;

const KINDS: ReadonlySet<string> = new Set(SESSION_KINDS);
const REASONS: ReadonlySet<string> = new Set(END_REASONS);

/** A reason as it was stored; what is none is `unknown`. */
export const storedReason = (text: string): EndReason =>
  REASONS.has(text) ? (text as EndReason) : "unknown";

const textOrNull = (text: string | undefined): string | null =>
  text === undefined || text === "" ? null : text;

/**
 * Reads the facts that the reading scripts join. `null` if they make no sense: what can't be understood must
 * not keep anybody signed in.
 */
export function parseCore(joined: string): SessionCore | null {
  return coreOf(joined.split(SEPARATOR));
}

/** Reads a whole record, likewise. */
export function parseRecord(joined: string): SessionRecord | null {
  const f = joined.split(SEPARATOR);
  const core = coreOf(f);
  return (
    core && {
      ...core,
      browser: textOrNull(f[16]),
      operatingSystem: textOrNull(f[17]),
      ip: textOrNull(f[18]),
      city: textOrNull(f[19]),
      state: textOrNull(f[20]),
      country: textOrNull(f[21]),
      credentialsType: textOrNull(f[22]),
    }
  );
}

function coreOf(f: readonly string[]): SessionCore | null {
  const [number, browserKey, userId, kind, signedInText, lifeMs, activeMs, extendedAt, extendedCount] = f;
  const given = storedNumber(number);
  const end = parseEnd(f);
  // One that has ended may have forgotten whose it was.
  if (!(userId || end) || !browserKey || !(kind === "" || KINDS.has(kind ?? "?"))) return null;
  const signedInAt = signedInText === "" ? given : storedNumber(signedInText);
  const core: SessionCore = {
    number: given,
    browserKey,
    userId: userId ?? "",
    kind: kind === "" ? "browser" : (kind as SessionKind),
    signedInAt,
    expiresAt: signedInAt + storedNumber(lifeMs),
    lastActivityAt: signedInAt + storedNumber(activeMs),
    extendedAt: extendedAt === "" ? null : storedNumber(extendedAt),
    // One that has been extended says how often.
    extendedCount: extendedAt === "" && extendedCount === "" ? 0 : storedNumber(extendedCount),
    persistent: f[9] === "1",
    persistentCookie: f[10] === "1",
    end,
  };
  const { expiresAt, lastActivityAt, extendedCount: count } = core;
  const sound = [given, signedInAt, expiresAt, lastActivityAt, core.extendedAt ?? 0, count].every(
    Number.isFinite,
  );
  return sound && expiresAt > signedInAt ? core : null;
}

function parseEnd(f: readonly string[]): SessionRecord["end"] {
  const reason = f[11];
  if (!reason) return null;
  const byAt = storedNumber(f[15]);
  return {
    reason: storedReason(reason),
    at: storedNumber(f[12]),
    by: Number.isFinite(byAt) ? { device: textOrNull(f[13]), place: null, at: byAt } : null,
    byRef: textOrNull(f[14]),
  };
}

/** A new record as field and value pairs; what says nothing is left out. @param level - of its row in the list */
export function recordFields(record: Omit<SessionRecord, "end">, level: number): string[] {
  const { number, kind, signedInAt, extendedAt, extendedCount } = record;
  const detail = (text: string | null): string => (text === null ? "" : plainText(text, MAX_DETAIL_LENGTH));
  const fields: Partial<Record<keyof typeof FIELD, string>> = {
    number: String(number),
    browserKey: record.browserKey,
    userId: record.userId,
    kind: kind === "browser" ? "" : kind,
    signedInAt: signedInAt === number ? "" : String(signedInAt),
    expiresAt: String(record.expiresAt - signedInAt),
    lastActivityAt: String(record.lastActivityAt - signedInAt),
    extendedAt: extendedAt === null ? "" : String(extendedAt),
    extendedCount: extendedCount === 0 ? "" : String(extendedCount),
    persistent: record.persistent ? "1" : "",
    persistentCookie: record.persistentCookie ? "1" : "",
    browser: detail(record.browser),
    operatingSystem: detail(record.operatingSystem),
    ip: detail(record.ip),
    city: detail(record.city),
    state: detail(record.state),
    country: detail(record.country),
    credentialsType: detail(record.credentialsType),
    level: String(level),
  };
  return Object.entries(fields).flatMap(([name, value]) =>
    value === "" ? [] : [FIELD[name as keyof typeof FIELD], value],
  );
}

/**
 * By whom a session was evicted, as field and value pairs. A place is kept with its own session alone, so that it goes
 * with that one, or with a purge; this record only says where to ask.
 */
export function evictionFields(by: EvictedBy & { readonly ref: string }): string[] {
  const device = by.device === null ? [] : [FIELD.byDevice, plainText(by.device, MAX_DETAIL_LENGTH)];
  return [FIELD.byAt, String(by.at), ...device, ...(by.place === null ? [] : [FIELD.byRef, by.ref])];
}
