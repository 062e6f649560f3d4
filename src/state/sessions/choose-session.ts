/** A browser may send several cookies of the session's name. One session counts (rule M14). */
import { verdict, withoutNewer, type UserStanding } from "../../policy/index.js";
import type { TimedValues } from "../../redis/port.js";
import { endedRefOf, refOf, signedInId } from "../session-id.js";
import type { Storage } from "../storage.js";
import { anonymousKeys } from "./anonymous-data.js";
import { hasLeftOld } from "./old-sessions.js";
import { readSession, sessionKeys } from "./read-session.js";

/** Ranks of a session among others of the same request. The lowest counts. */
const RANK = {
  living: 0,
  /** More browsers than the limit have signed in since, and some may be over. Or it is a sudo session. It may live. */
  maybeEnded: 1,
  /** A visitor's stored data. */
  visitor: 2,
  over: 3,
} as const;

/** Kinds of secrets of one session, newest first. The newest cookie counts. */
const NEWEST_FIRST = ["offered", "present", "former"];

interface Candidate {
  readonly sessionId: string;
  readonly known: TimedValues;
  readonly rank: number;
  readonly age: number;
}

/** The session that counts, and the values of its keys. */
export type ChosenSession = Pick<Candidate, "sessionId" | "known">;

/**
 * Chooses the first session that lives. If no signed-in session lives, the first visitor with stored data counts, then
 * the first session. A visitor's cookie can be planted, so it never hides a living session. Reads all sessions in one
 * round trip and changes nothing.
 *
 * @param oldIds - ids in the request's cookies of express-session, which are read in the same round trip
 */
export async function chooseSession(
  storage: Storage,
  sessionIds: readonly string[],
  oldIds: readonly string[],
): Promise<ChosenSession> {
  const reads = await readGroups(
    storage,
    sessionIds.map((sessionId) => keysOf(storage, sessionId, oldIds)),
  );
  const candidates = await Promise.all(
    reads.map((known, index) => look(storage, sessionIds[index] ?? "", oldIds, known)),
  );
  return candidates.reduce((best, other) => (isBetter(other, best) ? other : best));
}

function isBetter(other: Candidate, best: Candidate): boolean {
  if (other.rank !== best.rank) return other.rank < best.rank;
  return refOf(other.sessionId) === refOf(best.sessionId) && other.age < best.age;
}

function keysOf(storage: Storage, sessionId: string, oldIds: readonly string[]): string[] {
  const id = signedInId(sessionId);
  if (id) return sessionKeys(storage, id, oldIds);
  return anonymousKeys(storage, refOf(sessionId), endedRefOf(sessionId), oldIds);
}

/** Reads several groups of keys together. */
async function readGroups(
  { redis }: Storage,
  groups: readonly (readonly string[])[],
): Promise<TimedValues[]> {
  const keys = [...new Set(groups.flat())];
  const { values, serverTime } = await redis.readTogether(keys);
  const found = new Map(keys.map((key, index) => [key, values[index] ?? null]));
  return groups.map((group) => ({ values: group.map((key) => found.get(key) ?? null), serverTime }));
}

async function look(
  storage: Storage,
  sessionId: string,
  oldIds: readonly string[],
  known: TimedValues,
): Promise<Candidate> {
  const id = signedInId(sessionId);
  const candidate = { sessionId, known, rank: RANK.over, age: 0 };
  const [first = null] = known.values;
  if (!id) return { ...candidate, rank: first === null ? RANK.over : RANK.visitor };
  // A living session has a record, a user and data. Without one of them, further reads would change nothing.
  if (known.values.slice(0, 3).includes(null)) return candidate;
  const { record, standing, shown, effective, now, old } = await readSession(storage, id, oldIds, known);
  if (!record || !standing || shown === "none" || hasLeftOld(storage, id, record, old, now)) return candidate;
  const lives = (by: UserStanding): boolean => verdict(record, by, effective, now).state === "active";
  const age = NEWEST_FIRST.indexOf(shown);
  // Its administrator's session may be over, which no read here tells.
  if (record.administrator && lives(standing)) return { ...candidate, rank: RANK.maybeEnded };
  if (lives(standing)) return { ...candidate, rank: RANK.living, age };
  return lives(withoutNewer(standing)) ? { ...candidate, rank: RANK.maybeEnded } : candidate;
}
