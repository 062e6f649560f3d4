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
import { secretsOf, underOffer } from "./record-secrets.js";

/**
 * The fields of a record, in their order. A record is one text: its fields separated by \31, without the empty fields
 * at its end. `lib/record.lua` numbers the same fields from 1. An empty field means the default: a browser's session,
 * begun when it was numbered, not extended, not persistent.
 */
export const RECORD_FIELDS = [
  "number",
  "browserKey",
  "userId",
  /** Empty for a browser's session. */
  "kind",
  /** Milliseconds since 1970. Empty where it equals the number. */
  "signedInAt",
  /** Milliseconds after the sign-in. */
  "expiresAt",
  /** Milliseconds after the sign-in. */
  "lastActivityAt",
  "extendedAt",
  "extendedCount",
  "persistent",
  "persistentCookie",
  "endReason",
  "endAt",
  "byDevice",
  /** Ref of the session that evicted it, if that session has a place. */
  "byRef",
  "byAt",
  "browser",
  "operatingSystem",
  "ip",
  "city",
  "state",
  "country",
  "credentialsType",
  /** Level of its row in the list of all sessions. */
  "level",
  /** `1` if the session's pages have reported input. */
  "reportsInput",
  /** `1` if the session's browser has sent `Sec-Fetch-User: ?1`. */
  "sendsUser",
  /** Milliseconds since 1970. */
  "ceilingAt",
  /** Hash of the secret in the session's cookie. */
  "secret",
  /** Hash of the secret before it, and until when that one still passes, in milliseconds since 1970. */
  "formerSecret",
  "formerUntil",
  /** What a re-authentication has offered and no request has shown yet: a secret, and the window that it opens. */
  "offeredSecret",
  "offeredAt",
  /** Milliseconds after the offer. */
  "offeredExpiresAt",
  "offeredPersistent",
] as const;

/** The name of a record's field. */
export type RecordField = (typeof RECORD_FIELDS)[number];

/** Returns a field's number in the record, from 1, as the scripts count. */
export const fieldNumber = (name: RecordField): number => RECORD_FIELDS.indexOf(name) + 1;

/** Numbers of the fields that say where a session was. They go with its end or with a purge (rule Q19). */
export const PLACE_FIELDS = (["ip", "city", "state", "country"] as const).map(fieldNumber);
/** Number of a field that every record has. */
export const ACTIVITY_FIELD = fieldNumber("lastActivityAt");
/** Number of a field that only the record of an ended session has. */
export const END_FIELD = fieldNumber("endReason");
/** Numbers of the fields that an ended session's record loses: whose session it was. */
export const PERSONAL_FIELDS = (["userId", "browser", "operatingSystem", "credentialsType"] as const).map(
  fieldNumber,
);

const REPORTS_INPUT = fieldNumber("reportsInput") - 1;
const SENDS_USER = fieldNumber("sendsUser") - 1;
const CEILING_AT = fieldNumber("ceilingAt") - 1;

/** Longest user id, in characters. */
export const MAX_USER_ID_LENGTH = 255;
const MAX_DETAIL_LENGTH = 60;

const KINDS: ReadonlySet<string> = new Set(SESSION_KINDS);
const REASONS: ReadonlySet<string> = new Set(END_REASONS);

/** A reason as it was stored; what is none is `unknown`. */
export const storedReason = (text: string): EndReason =>
  REASONS.has(text) ? (text as EndReason) : "unknown";

const textOrNull = (text: string | undefined): string | null =>
  text === undefined || text === "" ? null : text;

type Values = Readonly<Record<RecordField, string>>;

/** A new session has one secret. */
const NO_OTHER_SECRETS = {
  formerSecret: "",
  formerUntil: "",
  offeredSecret: "",
  offeredAt: "",
  offeredExpiresAt: "",
  offeredPersistent: "",
} as const;

function valuesOf(values: readonly string[]): Values {
  return Object.fromEntries(RECORD_FIELDS.map((name, index) => [name, values[index] ?? ""])) as Values;
}

/**
 * Reads the facts of a record that a verdict needs. Returns `null` if they make no sense: a record that can't be
 * understood must not keep anybody signed in.
 */
export function parseCore(f: readonly string[]): SessionCore | null {
  const [number, browserKey, userId = "", kind = ""] = f;
  const [signedInText, lifeMs, activeMs, extendedAt, extendedCount] = f.slice(4);
  const given = storedNumber(number);
  const end = parseEnd(f);
  // The record of an ended session may have lost whose it was.
  if (!(userId || end) || !browserKey || !(kind === "" || KINDS.has(kind))) return null;
  const signedInAt = signedInText ? storedNumber(signedInText) : given;
  const core: SessionCore = {
    number: given,
    browserKey,
    userId,
    kind: kind === "" ? "browser" : (kind as SessionKind),
    signedInAt,
    expiresAt: signedInAt + storedNumber(lifeMs),
    lastActivityAt: signedInAt + storedNumber(activeMs),
    extendedAt: extendedAt ? storedNumber(extendedAt) : null,
    // The record of an extended session says how often.
    extendedCount: extendedAt || extendedCount ? storedNumber(extendedCount) : 0,
    persistent: f[9] === "1",
    persistentCookie: f[10] === "1",
    reportsInput: f[REPORTS_INPUT] === "1",
    sendsUser: f[SENDS_USER] === "1",
    ceilingAt: f[CEILING_AT] ? storedNumber(f[CEILING_AT]) : null,
    end,
  };
  const { expiresAt, lastActivityAt, extendedCount: count } = core;
  const sound = [
    given,
    signedInAt,
    expiresAt,
    lastActivityAt,
    core.extendedAt ?? 0,
    count,
    core.ceilingAt ?? 0,
  ].every(Number.isFinite);
  return sound && expiresAt > signedInAt ? core : null;
}

/** Takes a record's text apart into its fields. */
export const fieldsOf = (text: string): readonly string[] => text.split(SEPARATOR);

/**
 * Reads a whole record, for all but its own requests: an offered window counts. Returns `null` if it makes no sense.
 */
export function parseRecord(text: string): SessionRecord | null {
  const fields = fieldsOf(text);
  const core = parseCore(fields);
  const secrets = core && secretsOf(fields);
  if (!secrets) return null;
  const { browser, operatingSystem, ip, city, state, country, credentialsType } = valuesOf(fields);
  return {
    ...(secrets.offer ? underOffer(core, secrets.offer) : core),
    browser: textOrNull(browser),
    operatingSystem: textOrNull(operatingSystem),
    ip: textOrNull(ip),
    city: textOrNull(city),
    state: textOrNull(state),
    country: textOrNull(country),
    credentialsType: textOrNull(credentialsType),
  };
}

function parseEnd(f: readonly string[]): SessionRecord["end"] {
  const [reason, at, byDevice, byRef, byAtText] = f.slice(11);
  if (!reason) return null;
  const byAt = storedNumber(byAtText);
  return {
    reason: storedReason(reason),
    at: storedNumber(at),
    by: Number.isFinite(byAt) ? { device: textOrNull(byDevice), place: null, at: byAt } : null,
    byRef: textOrNull(byRef),
  };
}

/** Returns the text of a new record. @param level - of its row in the list; @param secretHash - of its secret */
export function recordText(record: Omit<SessionRecord, "end">, level: number, secretHash: string): string {
  const { number, kind, signedInAt, extendedAt, extendedCount } = record;
  const detail = (text: string | null): string => (text === null ? "" : plainText(text, MAX_DETAIL_LENGTH));
  const values: Values = {
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
    endReason: "",
    endAt: "",
    byDevice: "",
    byRef: "",
    byAt: "",
    browser: detail(record.browser),
    operatingSystem: detail(record.operatingSystem),
    ip: detail(record.ip),
    city: detail(record.city),
    state: detail(record.state),
    country: detail(record.country),
    credentialsType: detail(record.credentialsType),
    level: String(level),
    reportsInput: record.reportsInput ? "1" : "",
    sendsUser: record.sendsUser ? "1" : "",
    ceilingAt: record.ceilingAt === null ? "" : String(record.ceilingAt),
    secret: secretHash,
    ...NO_OTHER_SECRETS,
  };
  const last = RECORD_FIELDS.findLastIndex((name) => values[name] !== "");
  return RECORD_FIELDS.slice(0, last + 1)
    .map((name) => values[name])
    .join(SEPARATOR);
}

/**
 * Returns when, from which device and by which session another session was evicted, as endRecord-1.lua takes them. A
 * place is kept with its own session alone, so that it goes with that session or with a purge; this record only says
 * where to ask.
 */
export function evictionArguments(by: EvictedBy & { readonly ref: string }): string[] {
  const device = by.device === null ? "" : plainText(by.device, MAX_DETAIL_LENGTH);
  return [String(by.at), device, by.place === null ? "" : by.ref];
}
