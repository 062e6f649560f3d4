import {
  CLASS_LIMITS,
  type ActiveVerdict,
  type BrowserLimitName,
  type DeviceClass,
  type EvictedBy,
  type SessionEnd,
  type SessionRecord,
} from "../../policy/index.js";
import type { SessionView } from "../../wire.js";
import type { Evictor } from "./ending.js";
import { isRef } from "../keys.js";
import type { Records } from "./over-among.js";
import type { InForce } from "../values/in-force.js";
import { NOTHING_READ, verdictsOf, type OpenSession } from "./verdicts.js";
import { readOrder, readUser } from "./read-order.js";
import { readRecord, readRecords } from "./read-records.js";
import { deviceClassIn, parseEntries, type BrowserEntry } from "./user-format.js";
import { pageOfRefs } from "../list/shelves.js";
import { readSettings } from "../settings/settings-store.js";
import type { Storage } from "../storage.js";
import type { UserTags } from "../tag-key.js";
import { readTags } from "../user-tags.js";

/** One page of sessions. */
export interface SessionPage {
  readonly sessions: readonly SessionView[];
  /** Give it back as `cursor` for the next page; `null` on the last. */
  readonly nextCursor: string | null;
}

/** Selection of sessions. */
export interface ListOptions {
  /** User whose sessions are listed, newest last. Without it, the sessions of all users, in no particular order. */
  readonly userId?: string;
  /** Rows a page, 1 to 500; a user's sessions come on one page. @default 50 */
  readonly limit?: number;
  readonly cursor?: string;
}

/** Rows that a page may have. */
export const MAX_LIMIT = 500;
const DEFAULT_LIMIT = 50;

/** An open session with its whole record. */
export interface Candidate extends OpenSession {
  readonly record: SessionRecord;
}

/** Looks at a session by its ref; `null` if it has been recorded as ended or has no readable record. */
export async function inspect(storage: Storage, ref: string): Promise<Candidate | null> {
  const [found] = await inspectAll(storage, [ref]);
  return found ?? null;
}

/** Like `inspect`, but for many sessions, in two round trips. Leaves out the sessions for which `inspect` returns `null`. */
export async function inspectAll(storage: Storage, refs: readonly string[]): Promise<Candidate[]> {
  const [records, tags] = await Promise.all([readRecords(storage, refs.filter(isRef)), readTags(storage)]);
  return withUsers(storage, records.filter(isOpen), tags);
}

/** Adds the text of the user's key to each record, in one round trip. */
export async function withUsers(
  storage: Storage,
  found: readonly Omit<Candidate, "user">[],
  known: UserTags | null = null,
): Promise<Candidate[]> {
  if (found.length === 0) return [];
  const tags = known ?? (await readTags(storage));
  const userIds = [...new Set(found.map(({ record }) => record.userId))];
  const texts = await Promise.all(userIds.map((userId) => readUser(storage, tags.of(userId))));
  const users = new Map(userIds.map((userId, index) => [userId, texts[index] ?? ""]));
  return found.map((each) => ({ ...each, user: users.get(each.record.userId) ?? "" }));
}

/** Like {@link inspectAll}, but for a user's key that has been read. @param known - records that have been read */
export async function candidatesIn(
  storage: Storage,
  user: string,
  refs: readonly string[],
  now: number,
  known: Records = NOTHING_READ,
): Promise<Candidate[]> {
  const read = await readRecords(
    storage,
    refs.filter((ref) => !known.has(ref)),
  );
  const records = new Map([...known, ...read.map(({ ref, record }) => [ref, record] as const)]);
  return refs
    .map((ref) => ({ ref, record: records.get(ref) ?? null, user, now: read[0]?.now ?? now }))
    .filter(isOpen);
}

function isOpen<T extends { readonly record: SessionRecord | null }>(
  found: T,
): found is T & { readonly record: SessionRecord } {
  return found.record !== null && found.record.end === null;
}

/** A living session, and how long it lives. */
export interface LivingSession {
  readonly ref: string;
  readonly record: SessionRecord;
  readonly deviceClass: DeviceClass | null;
  readonly verdict: ActiveVerdict;
}

/** Leaves out the sessions that are over, by one further round trip at most. @param known - records already read */
export async function judgeAll(
  storage: Storage,
  candidates: readonly Candidate[],
  inForce: InForce,
  known: Records = NOTHING_READ,
): Promise<LivingSession[]> {
  const verdicts = await verdictsOf(storage, candidates, inForce, known);
  return candidates.flatMap(({ ref, record, user }, index) => {
    const judged = verdicts[index];
    if (judged?.state !== "active") return [];
    return [{ ref, record, deviceClass: deviceClassIn(user, record), verdict: judged }];
  });
}

/** Looks at a session by its ref; `null` unless it is living. */
export async function findLiving(
  storage: Storage,
  ref: string,
  inForce: InForce,
): Promise<LivingSession | null> {
  if (!isRef(ref)) return null;
  const [living] = await judgeAll(storage, await inspectAll(storage, [ref]), inForce);
  return living ?? null;
}

/** Returns the view of a session for lists and pages. */
export function describe({ ref, record, deviceClass, verdict: judged }: LivingSession): SessionView {
  const { userId, kind, browser, operatingSystem, ip, city, state, country, credentialsType } = record;
  const { signedInAt, lastActivityAt, extendedAt, extendedCount, tenant, roles, tags, metadata } = record;
  return {
    ref,
    userId,
    kind,
    browser,
    operatingSystem,
    deviceClass,
    ip,
    city,
    state,
    country,
    credentialsType,
    signedInAt,
    lastActivityAt,
    expiresAt: judged.endsAt,
    limit: judged.limit,
    absoluteEndsAt: judged.absoluteEndsAt,
    idleEndsAt: judged.idleEndsAt,
    extendedAt,
    extendedCount,
    persistent: judged.persistent,
    sudoUserId: record.administrator?.userId ?? null,
    tenant,
    roles,
    tags,
    metadata,
  };
}

/** Returns one living session; `null` if no living session has this ref. */
export async function getSession(storage: Storage, ref: string): Promise<SessionView | null> {
  const { inForce } = await readSettings(storage);
  const found = await findLiving(storage, ref, inForce);
  return found && describe(found);
}

/** Lists living sessions: of a user, or a page of all sessions. */
export async function listSessions(storage: Storage, options: ListOptions): Promise<SessionPage> {
  const { inForce, now } = await readSettings(storage);
  const { userId, limit = DEFAULT_LIMIT, cursor } = options;
  if (userId !== undefined) {
    const { text, entries } = await readOrder(storage, userId);
    const refs = entries.filter(({ endsAt }) => endsAt > now).map(({ ref }) => ref);
    const living = await judgeAll(storage, await candidatesIn(storage, text, refs, now), inForce);
    return { sessions: living.map(describe), nextCursor: null };
  }
  const { refs, nextCursor } = await pageOfRefs(storage, limit, cursor);
  const living = await judgeAll(storage, await inspectAll(storage, refs), inForce);
  return { sessions: living.map(describe), nextCursor };
}

/**
 * Returns the user's newest browser sign-in, as evicted browsers see it; `null` if it is unknown.
 *
 * @param user - the text of the user's key
 * @param limit - the limit that evicted them: of a class of devices, only sign-ins of the class count
 * @param known - records that have been read
 */
export async function latestSignIn(
  storage: Storage,
  user: string,
  limit: BrowserLimitName | undefined,
  known: Records = NOTHING_READ,
): Promise<Evictor | null> {
  const isCounted = ({ deviceClass }: BrowserEntry): boolean =>
    limit === undefined || limit === "maxSessionsPerUser" || CLASS_LIMITS[deviceClass ?? "other"] === limit;
  const newest = parseEntries(user).findLast(isCounted)?.ref;
  if (newest === undefined) return null;
  const record = known.has(newest) ? known.get(newest) : (await readRecord(storage, newest)).record;
  return record ? evictedBy(newest, record) : null;
}

/** Returns a sign-in as the browsers that it evicted see it. */
export function evictedBy(ref: string, record: SessionRecord): Evictor {
  return { ref, device: deviceOf(record), place: placeOf(record), at: record.signedInAt };
}

/** Returns the browser and the system of a session; `null` if both are unknown. */
export function deviceOf({
  browser,
  operatingSystem,
}: Pick<SessionView, "browser" | "operatingSystem">): string | null {
  return [browser, operatingSystem].filter(Boolean).join(" on ") || null;
}

/**
 * Returns the place of a living session, as evicted browsers see it; `null` if it is unknown or the session
 * has ended.
 */
async function placeOfSession(storage: Storage, ref: string): Promise<string | null> {
  const { record } = await readRecord(storage, ref);
  return record && placeOf(record);
}

/** Returns the newer sign-in that a record names, with its place. */
export async function evictorOf(storage: Storage, { by, byRef }: SessionEnd): Promise<EvictedBy | null> {
  return by && byRef ? { ...by, place: await placeOfSession(storage, byRef) } : by;
}

/** Returns the place of a session's sign-in; `null` if it is unknown. */
export function placeOf({ city, country }: SessionRecord): string | null {
  return [city, country].filter(Boolean).join(", ") || null;
}
