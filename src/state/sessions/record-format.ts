import {
  END_REASONS,
  SESSION_KINDS,
  type Administrator,
  type EndReason,
  type EvictedBy,
  type SessionKind,
  type SessionCore,
  type SessionRecord,
} from "../../policy/index.js";
import { plainText, SEPARATOR, storedNumber } from "../../redis/reply.js";
import { isRef } from "../keys.js";
import { fieldIndex, RECORD_FIELDS, type RecordField } from "./record-fields.js";
import { labelTexts, metadataIn, namesIn } from "../values/session-labels.js";
import { secretsOf, underOffer } from "./record-secrets.js";

const REPORTS_INPUT = fieldIndex("reportsInput");
const SENDS_USER = fieldIndex("sendsUser");
const CEILING_AT = fieldIndex("ceilingAt");
const CREDENTIALS_TYPE = fieldIndex("credentialsType");
const TENANT = fieldIndex("tenant");
const ROLES = fieldIndex("roles");
const TAKEN_OVER = fieldIndex("takenOver");
const ADMINISTRATOR_ID = fieldIndex("administratorId");
const ADMINISTRATOR_REF = fieldIndex("administratorRef");
/** The field `takenOver` until the user has authenticated again. */
const NOT_AUTHENTICATED = "1";
/** The field `takenOver` after that. `lib/secrets.lua` writes it, too. */
const AUTHENTICATED = "2";

/** Longest user id, in characters. */
export const MAX_USER_ID_LENGTH = 255;
/** Longest browser, place or proof of identity, in characters. */
export const MAX_DETAIL_LENGTH = 60;

const KINDS: ReadonlySet<string> = new Set(SESSION_KINDS);
const REASONS: ReadonlySet<string> = new Set(END_REASONS);

/** Returns a stored reason. Any other text is `unknown`. */
const storedReason = (text: string): EndReason => (REASONS.has(text) ? (text as EndReason) : "unknown");

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
 * Reads the facts of a record that a verdict needs. Returns `null` if they are inconsistent: an unreadable record
 * must not keep a user signed in.
 */
export function parseCore(f: readonly string[]): SessionCore | null {
  const [number, browserKey, userId = "", kind = ""] = f;
  const [signedInText, lifeMs, activeMs, extendedAt, extendedCount] = f.slice(4);
  const given = storedNumber(number);
  const end = parseEnd(f);
  // The record of an ended session may have lost whose it was.
  if (!(userId || end) || !browserKey || !(kind === "" || KINDS.has(kind))) return null;
  const administrator = administratorIn(f);
  // Without its administrator a sudo session would be bound to no session. An ended record has lost its administrator.
  if (!end && (kind === "sudo") !== (administrator !== null)) return null;
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
    tenant: textOrNull(f[TENANT]),
    roles: namesIn(f[ROLES]),
    credentialsType: textOrNull(f[CREDENTIALS_TYPE]),
    takenOver: Boolean(f[TAKEN_OVER]),
    isAuthenticationKnown: kind !== "sudo" && (!f[TAKEN_OVER] || f[TAKEN_OVER] === AUTHENTICATED),
    administrator,
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

function administratorIn(f: readonly string[]): Administrator | null {
  const [userId, ref] = [f[ADMINISTRATOR_ID], f[ADMINISTRATOR_REF]];
  return userId && isRef(ref) ? { userId, ref } : null;
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
  const { browser, operatingSystem, ip, city, state, country, tags, metadata } = valuesOf(fields);
  return {
    ...(secrets.offer ? underOffer(core, secrets.offer) : core),
    browser: textOrNull(browser),
    operatingSystem: textOrNull(operatingSystem),
    ip: textOrNull(ip),
    city: textOrNull(city),
    state: textOrNull(state),
    country: textOrNull(country),
    tags: namesIn(tags),
    metadata: metadataIn(metadata),
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

/**
 * Returns the text of a new record.
 *
 * @param level - level of its row in the list
 * @param secretHash - hash of its secret
 */
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
    tenant: "",
    roles: "",
    tags: "",
    metadata: "",
    ...labelTexts(record),
    takenOver: takenOverText(record),
    renewedAt: "",
    administratorId: record.administrator?.userId ?? "",
    administratorRef: record.administrator?.ref ?? "",
  };
  const last = RECORD_FIELDS.findLastIndex((name) => values[name] !== "");
  return RECORD_FIELDS.slice(0, last + 1)
    .map((name) => values[name])
    .join(SEPARATOR);
}

function takenOverText({ takenOver, isAuthenticationKnown }: Omit<SessionRecord, "end">): string {
  if (!takenOver) return "";
  return isAuthenticationKnown ? AUTHENTICATED : NOT_AUTHENTICATED;
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
