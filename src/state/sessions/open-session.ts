import { CurfewError } from "../../errors.js";
import {
  SECOND_MS,
  signInTerms,
  type Agent,
  type Place,
  type SessionRecord,
  type Settings,
  type SignInRequest,
} from "../../policy/index.js";
import { endLapsed } from "./end-lapsed.js";
import { cleanUp, ENDED_RECORD_MS } from "./end-session.js";
import { userTag } from "../keys.js";
import { describe, evictedBy, findLiving, type SessionView } from "../list/list-sessions.js";
import { ACTIVITY_FIELD, recordText } from "./record-format.js";
import type { Fact } from "../replica-wait.js";
import * as scripts from "../scripts.generated.js";
import { listOn } from "../list/shelves.js";
import { readSettings } from "../settings/settings-store.js";
import type { Storage } from "../storage.js";

/** Entries that a user's order keeps, of browsers and of other kinds each. */
const MAX_ENTRIES = 1_000;

/** A sign-in as the app asks for it, and what is known of the browser. */
export interface Opening extends SignInRequest {
  readonly ref: string;
  readonly userId: string;
  readonly browserKey: string;
  readonly credentialsType: string | null;
  readonly agent: Agent;
  readonly ip: string | null;
  /** Looks the address up; asked only while locations are tracked. */
  locate(ip: string | null): Promise<Place>;
  /** The app's data, in connect-redis's format. */
  readonly data: string;
}

/** A session that has been opened, and under which settings. */
export interface OpenedSession {
  readonly record: SessionRecord;
  readonly settings: Settings;
  readonly settingsVersion: number;
  readonly now: number;
  /** Earlier sessions of the same browser, for the caller to end (rule C3): nothing in the user's key does. */
  readonly replaced: readonly string[];
}

/**
 * Opens a session: takes its number in the user's order, ends what it ends, and stores record, data and row.
 * Returns when all is stored.
 *
 * @throws CurfewError `too_many_sessions` if the limit refuses it; `details.sessions` lists the living ones
 */
export async function openSession(storage: Storage, opening: Opening): Promise<OpenedSession> {
  const { settings, version, now } = await readSettings(storage);
  const terms = signInTerms(opening, settings, storage.limits, now);
  const nowhere = { city: null, state: null, country: null };
  const ip = settings.trackLocation ? opening.ip : null;
  const place = settings.trackLocation ? await opening.locate(ip) : nowhere;
  const { lost, replaced, number } = await claim(storage, opening, settings, terms.expiresAt, now);

  const record: SessionRecord = {
    number,
    browserKey: opening.browserKey,
    userId: opening.userId,
    kind: opening.kind,
    signedInAt: now,
    expiresAt: terms.expiresAt,
    lastActivityAt: now,
    extendedAt: null,
    extendedCount: 0,
    persistent: terms.persistent,
    persistentCookie: terms.persistent,
    ...opening.agent,
    ...place,
    ip,
    credentialsType: opening.credentialsType,
    end: null,
  };
  await storeSession(storage, opening.ref, record, now, opening.data);
  cleanUp(storage, lost, { reason: "evicted", at: now, by: evictedBy(opening.ref, record) });
  return { record, settings, settingsVersion: version, now, replaced };
}

/** Writes what makes a session real: its record, its data and its row in the list of all. */
export async function storeSession(
  storage: Storage,
  ref: string,
  record: SessionRecord,
  now: number,
  data: string,
): Promise<void> {
  const { redis, keys } = storage;
  const livesMs = record.expiresAt - now;
  const level = storage.list.level;
  await Promise.all([
    redis.call("SET", [keys.record(ref), recordText(record, level), "PX", livesMs + ENDED_RECORD_MS]),
    redis.call("SET", [keys.data(ref), data, "PX", livesMs]),
    listOn(storage, level, ref, record.expiresAt, now),
  ]);
}

/** What tells that a session is open: its place in its user's order, which says whom it evicts, and its record. */
export function openedFacts({ keys }: Storage, userId: string, ref: string): Fact[] {
  return [
    { key: keys.user(userTag(userId)), field: ref, holds: "" },
    { key: keys.record(ref), field: ACTIVITY_FIELD, holds: "" },
  ];
}

async function claim(
  storage: Storage,
  opening: Opening,
  settings: Settings,
  expiresAt: number,
  now: number,
): Promise<{ number: number; lost: string[]; replaced: string[] }> {
  const limit = opening.kind === "browser" ? settings.maxSessionsPerUser : null;
  const over = limit === null ? [] : await endLapsed(storage, opening.userId, settings, now);
  const reply = await storage.redis.run(scripts.claimSignIn, [
    storage.keys.user(userTag(opening.userId)),
    now,
    opening.ref,
    opening.kind,
    opening.browserKey,
    expiresAt,
    limit ?? "",
    settings.whenLimitReached === "refuse_newest" ? "1" : "",
    expiresAt - now + ENDED_RECORD_MS,
    MAX_ENTRIES,
    SENT_TWICE_MS,
    ...over,
  ]);
  const [number, refs, replaced] = reply as [string, string[], string[]];
  if (number === "") throw await tooMany(storage, refs, settings);
  return { number: Number(number), lost: refs, replaced };
}

/** Two sign-ins of one browser within this time are one form sent twice: which cookie it keeps is chance. */
const SENT_TWICE_MS = 10 * SECOND_MS;

async function tooMany(storage: Storage, refs: readonly string[], settings: Settings): Promise<CurfewError> {
  const sessions: SessionView[] = [];
  for (const ref of refs) {
    const found = await findLiving(storage, ref, settings);
    if (found) sessions.push(describe(found));
  }
  return new CurfewError(
    "too_many_sessions",
    `This account is signed in from as many browsers as are allowed (${String(settings.maxSessionsPerUser)}). End one of those sessions first.`,
    { sessions },
  );
}
