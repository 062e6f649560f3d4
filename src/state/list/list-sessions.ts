import {
  verdict,
  type ActiveVerdict,
  type SessionKind,
  type SessionRecord,
  type Settings,
  type UserStanding,
} from "../../policy/index.js";
import type { Evictor } from "../sessions/end-session.js";
import { isRef, userTag } from "../keys.js";
import { parseStanding } from "../sessions/read-session.js";
import { parseRecord } from "../sessions/record-format.js";
import { WRONG_TYPE } from "../../redis/reply.js";
import * as scripts from "../scripts.generated.js";
import { pageOfRefs } from "./shelves.js";
import { readSettings } from "../settings/settings-store.js";
import { clockArgument, nowOf, type Storage } from "../storage.js";

/** A living session, as lists and pages show it. Times are milliseconds since 1970. */
export interface SessionView {
  /** Its public handle. The id in the cookie appears nowhere. */
  readonly ref: string;
  readonly userId: string;
  readonly kind: SessionKind;
  readonly browser: string | null;
  readonly operatingSystem: string | null;
  readonly ip: string | null;
  readonly city: string | null;
  readonly state: string | null;
  readonly country: string | null;
  readonly credentialsType: string | null;
  readonly signedInAt: number;
  readonly lastActivityAt: number;
  /** When it ends as things stand: idle, absolute, extended or persistent, whichever is nearest (rule R8). */
  readonly expiresAt: number;
  readonly extendedAt: number | null;
  readonly extendedCount: number;
  readonly persistent: boolean;
}

/** One page of sessions. */
export interface SessionPage {
  readonly sessions: readonly SessionView[];
  /** Give it back as `cursor` for the next page; `null` on the last. */
  readonly nextCursor: string | null;
}

/** Which sessions to list. */
export interface ListOptions {
  /** Only this user's sessions, newest last; without it everybody's, in no order that means anything. */
  readonly userId?: string;
  /** Rows a page, 1 to 500; a user's sessions come on one page. @default 50 */
  readonly limit?: number;
  readonly cursor?: string;
}

/** How many sessions are looked at side by side. */
const BATCH = 50;
/** Rows that a page may have. */
export const MAX_LIMIT = 500;
const DEFAULT_LIMIT = 50;

/** A record by its ref; `null` if there is none or it makes no sense. */
export interface FoundRecord {
  readonly ref: string;
  readonly record: SessionRecord | null;
  readonly now: number;
}

/** Reads the records of some sessions, a batch at a time. */
export async function readRecords(storage: Storage, refs: readonly string[]): Promise<FoundRecord[]> {
  const found: FoundRecord[] = [];
  for (let from = 0; from < refs.length; from += BATCH)
    found.push(...(await Promise.all(refs.slice(from, from + BATCH).map((ref) => readRecord(storage, ref)))));
  return found;
}

async function readRecord(storage: Storage, ref: string): Promise<FoundRecord> {
  const reply = await storage.redis.run(scripts.readRecord, [storage.keys.record(ref)]);
  const [time, joined] = reply as [string, string];
  const record = joined === "" || joined === WRONG_TYPE ? null : parseRecord(joined);
  return { ref, record, now: nowOf(storage, time) };
}

/** One place in a user's order of sessions. */
export interface OrderEntry {
  readonly ref: string;
  readonly number: number;
  readonly kind: SessionKind;
}

/** Reads a user's order of sessions, oldest first. */
export async function readOrder(storage: Storage, userId: string): Promise<OrderEntry[]> {
  const flat = (await storage.redis.run(scripts.readOrder, [storage.keys.user(userTag(userId))])) as string[];
  const entries: OrderEntry[] = [];
  for (let i = 0; i + 2 < flat.length; i += 3)
    entries.push({ ref: flat[i] ?? "", number: Number(flat[i + 1]), kind: flat[i + 2] as SessionKind });
  return entries;
}

/** A session that has been looked at: all that a verdict on it needs. */
export interface InspectedSession {
  readonly ref: string;
  readonly record: SessionRecord;
  readonly standing: UserStanding;
  readonly now: number;
}

/**
 * Looks at a session by its ref; `null` if it has been recorded as ended or nothing readable is known of it.
 *
 * @param limit - newer browsers are counted if there may be as many; `null`: no limit is to be asked about
 */
export async function inspect(
  storage: Storage,
  ref: string,
  limit: number | null,
): Promise<InspectedSession | null> {
  if (!isRef(ref)) return null;
  const { record, now } = await readRecord(storage, ref);
  if (!record || record.end) return null;
  const [joined] = (await storage.redis.run(scripts.readStanding, [
    storage.keys.user(userTag(record.userId)),
    ref,
    record.number,
    record.browserKey,
    clockArgument(storage),
    limit ?? "",
  ])) as [string, number];
  if (joined === "" || joined === WRONG_TYPE) return null;
  return { ref, record, standing: parseStanding(storage, joined), now };
}

/** A living session, and how long it lives. */
export interface LivingSession {
  readonly ref: string;
  readonly record: SessionRecord;
  readonly verdict: ActiveVerdict;
}

/** Looks at a session by its ref; `null` unless it is living. */
export async function findLiving(
  storage: Storage,
  ref: string,
  settings: Settings,
): Promise<LivingSession | null> {
  const found = await inspect(storage, ref, settings.maxSessionsPerUser);
  if (!found) return null;
  const judged = verdict(found.record, found.standing, settings, storage.limits, found.now);
  return judged.state === "active" ? { ref, record: found.record, verdict: judged } : null;
}

async function findAllLiving(
  storage: Storage,
  refs: readonly string[],
  settings: Settings,
): Promise<LivingSession[]> {
  const found: LivingSession[] = [];
  for (let from = 0; from < refs.length; from += BATCH) {
    const batch = refs.slice(from, from + BATCH).map((ref) => findLiving(storage, ref, settings));
    found.push(...(await Promise.all(batch)).filter((session) => session !== null));
  }
  return found;
}

/** What lists and pages show of a session. */
export function describe({ ref, record, verdict: judged }: LivingSession): SessionView {
  const { userId, kind, browser, operatingSystem, ip, city, state, country, credentialsType } = record;
  const { signedInAt, lastActivityAt, extendedAt, extendedCount } = record;
  return {
    ref,
    userId,
    kind,
    browser,
    operatingSystem,
    ip,
    city,
    state,
    country,
    credentialsType,
    signedInAt,
    lastActivityAt,
    expiresAt: judged.endsAt,
    extendedAt,
    extendedCount,
    persistent: judged.persistent,
  };
}

/** One living session; `null` if there is none of that ref. */
export async function getSession(storage: Storage, ref: string): Promise<SessionView | null> {
  const { settings } = await readSettings(storage);
  const found = await findLiving(storage, ref, settings);
  return found && describe(found);
}

/** Lists living sessions: a user's, or a page of everybody's. */
export async function listSessions(storage: Storage, options: ListOptions): Promise<SessionPage> {
  const { settings } = await readSettings(storage);
  const { userId, limit = DEFAULT_LIMIT, cursor } = options;
  if (userId !== undefined) {
    const refs = (await readOrder(storage, userId)).map(({ ref }) => ref);
    return { sessions: (await findAllLiving(storage, refs, settings)).map(describe), nextCursor: null };
  }
  const { refs, nextCursor } = await pageOfRefs(storage, limit, cursor);
  return { sessions: (await findAllLiving(storage, refs, settings)).map(describe), nextCursor };
}

/** The user's newest browser sign-in, as those it evicted are told; `null` if nothing is known of it. */
export async function latestSignIn(storage: Storage, userId: string): Promise<Evictor | null> {
  const newest = (await readOrder(storage, userId)).filter(({ kind }) => kind === "browser").at(-1);
  const found = newest && (await readRecord(storage, newest.ref));
  return found?.record ? evictedBy(found.ref, found.record) : null;
}

/** A sign-in, as those it evicted are told. */
export function evictedBy(ref: string, record: SessionRecord): Evictor {
  const { browser, operatingSystem, signedInAt } = record;
  const device = [browser, operatingSystem].filter(Boolean).join(" on ");
  return { ref, device: device || null, place: placeOf(record), at: signedInAt };
}

/** Where a living session is, as those it evicted are told; `null` if that is not known, or not any more. */
export async function placeOfSession(storage: Storage, ref: string): Promise<string | null> {
  const { record } = await readRecord(storage, ref);
  return record && placeOf(record);
}

function placeOf({ city, country }: SessionRecord): string | null {
  return [city, country].filter(Boolean).join(", ") || null;
}
