import {
  END_REASONS,
  type EndReason,
  type EvictedBy,
  type SessionKind,
  type SessionCore,
  type SessionRecord,
} from "../policy/index.js";
import { plainText, SEPARATOR, storedNumber } from "./reply.js";

/** The hash fields a verdict needs. The first two are where readSession-4.lua looks for them. */
const FACT_FIELDS = [
  "number",
  "browser",
  "user",
  "kind",
  "signedInAt",
  "expiresAt",
  "activeAt",
  "extendedAt",
  "extendedCount",
  "persistent",
  "cookie",
  "endReason",
  "endAt",
  "byDevice",
  "byRef",
  "byAt",
] as const;

/** The hash fields that describe the session to people. */
const DETAIL_FIELDS = ["agent", "system", "ip", "city", "state", "country", "credentials"] as const;

/** Where a session was, which goes with its end or with a purge (rule Q19). */
export const PLACE_FIELDS = ["ip", "city", "state", "country"] as const;
/** What an ended session's record does not say any more: whose it was. */
export const PERSONAL_FIELDS = ["user", "agent", "system", "credentials"] as const;

/** For the reading scripts: the fields a verdict needs. */
export const FACTS = FACT_FIELDS.join(" ");
/** For the reading scripts: all fields. */
export const ALL_FIELDS = [...FACT_FIELDS, ...DETAIL_FIELDS].join(" ");

/** Longest user id, in characters. */
export const MAX_USER_ID_LENGTH = 255;
// Up to 64 bytes a value Redis keeps a hash compact.
const MAX_DETAIL_LENGTH = 60;

const KINDS: ReadonlySet<string> = new Set<SessionKind>(["browser", "api", "embed"]);
const REASONS: ReadonlySet<string> = new Set<EndReason>(END_REASONS);

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
  const [number, browserKey, userId, kind, signedInAt, expiresAt, activeAt, extendedAt, extendedCount] = f;
  const end = parseEnd(f);
  // One that has ended may have forgotten whose it was.
  if (!(userId || end) || !browserKey || kind === undefined || !KINDS.has(kind)) return null;
  const core: SessionCore = {
    number: storedNumber(number),
    browserKey,
    userId: userId ?? "",
    kind: kind as SessionKind,
    signedInAt: storedNumber(signedInAt),
    expiresAt: storedNumber(expiresAt),
    lastActivityAt: storedNumber(activeAt),
    extendedAt: extendedAt === "" ? null : storedNumber(extendedAt),
    extendedCount: storedNumber(extendedCount),
    persistent: f[9] === "1",
    persistentCookie: f[10] === "1",
    end,
  };
  const { number: given, signedInAt: from, expiresAt: to, lastActivityAt, extendedCount: count } = core;
  const sound = [given, from, to, lastActivityAt, core.extendedAt ?? 0, count].every(Number.isFinite);
  return sound && to > from ? core : null;
}

function parseEnd(f: readonly string[]): SessionRecord["end"] {
  const reason = f[11];
  if (!reason) return null;
  const byAt = storedNumber(f[15]);
  return {
    reason: REASONS.has(reason) ? (reason as EndReason) : "unknown",
    at: storedNumber(f[12]),
    by: Number.isFinite(byAt) ? { device: textOrNull(f[13]), place: null, at: byAt } : null,
    byRef: textOrNull(f[14]),
  };
}

/** A new record as field and value pairs; empty fields are left out. */
export function recordFields(record: Omit<SessionRecord, "end">): string[] {
  const detail = (text: string | null): string => (text === null ? "" : plainText(text, MAX_DETAIL_LENGTH));
  const fields: Record<string, string> = {
    number: String(record.number),
    browser: record.browserKey,
    user: record.userId,
    kind: record.kind,
    signedInAt: String(record.signedInAt),
    expiresAt: String(record.expiresAt),
    activeAt: String(record.lastActivityAt),
    extendedAt: record.extendedAt === null ? "" : String(record.extendedAt),
    extendedCount: String(record.extendedCount),
    persistent: record.persistent ? "1" : "0",
    cookie: record.persistentCookie ? "1" : "0",
    agent: detail(record.browser),
    system: detail(record.operatingSystem),
    ip: detail(record.ip),
    city: detail(record.city),
    state: detail(record.state),
    country: detail(record.country),
    credentials: detail(record.credentialsType),
  };
  return Object.entries(fields).flatMap(([name, value]) => (value === "" ? [] : [name, value]));
}

/**
 * By whom a session was evicted, as field and value pairs. A place is kept with its own session alone, so that it goes
 * with that one, or with a purge; this record only says where to ask.
 */
export function evictionFields(by: EvictedBy & { readonly ref: string }): string[] {
  const device = by.device === null ? [] : ["byDevice", plainText(by.device, MAX_DETAIL_LENGTH)];
  return ["byAt", String(by.at), ...device, ...(by.place === null ? [] : ["byRef", by.ref])];
}
