/**
 * The list of all sessions, only for pages and APIs. A missing row hides a session, but the session still counts.
 *
 * One sorted set of all sessions would take 105 bytes a session, and on a Cluster every sign-in would go to one node.
 * So the list is divided into shelves of about 64 rows, which Redis keeps compact. Level 0 is one shelf, and each
 * further level has four times as many. The ref decides the session's shelf on a level. A process that finds full
 * shelves uses the next level for its next sign-ins. If shelves are nearly empty it goes a level down. A session's
 * record names the level of its row.
 */
import { CurfewError } from "../../errors.js";
import { failsWithWrongType } from "../../redis/reply.js";
import { isRef } from "../keys.js";
import * as scripts from "../scripts.generated.js";
import type { Storage } from "../storage.js";
import { MAX_LEVEL } from "../values/list-place.js";

const BITS_A_LEVEL = 2;
const REF_BYTES = 3;
/** Lapsed rows removed from a shelf with each sign-in: more than one is added. */
const LAPSED_ROWS = 20;
/** A level is noted as in use for so much longer than it is, so that not every sign-in has to, in milliseconds. */
const NOTED_AHEAD_MS = 1_800_000;
/** Shelves read side by side at most, and for one page. */
const SHELVES_AT_ONCE = 64;
const SHELVES_A_PAGE = 1_024;

/** Returns the number of shelves on a level. */
export const shelvesOn = (level: number): number => 4 ** level;

/** The shelf of a level on which a session stands. */
function shelfOf(ref: string, level: number): number {
  const bits = Buffer.from(ref.slice(0, 4), "base64url").readUIntBE(0, REF_BYTES);
  return bits >>> (8 * REF_BYTES - BITS_A_LEVEL * level);
}

/** A level as a record tells it. */
export function levelOf(text: string | null | undefined): number | null {
  return typeof text === "string" && /^\d{1,2}$/.test(text) && Number(text) <= MAX_LEVEL
    ? Number(text)
    : null;
}

/** Puts a session on its shelf of a level, or moves its end there, never backwards. */
export async function listOn(
  storage: Storage,
  level: number,
  ref: string,
  expiresAt: number,
  now: number,
): Promise<void> {
  const { redis, keys, list } = storage;
  const shelf = keys.shelf(level, shelfOf(ref, level));
  const put = redis.run(scripts.listSession, [shelf, now, ref, expiresAt, LAPSED_ROWS, expiresAt - now]);
  const noted = list.isNoted(level, expiresAt) ? null : noteLevel(storage, level, expiresAt, now);
  const [rows] = (await Promise.all([put, noted])) as [number, unknown];
  list.learn(level, rows);
  // A new shelf may be the first after a loss of all data, which also lost the marks.
  if (rows === 1 && !noted) await noteLevel(storage, level, expiresAt, now);
}

async function noteLevel(
  { redis, keys, list }: Storage,
  level: number,
  expiresAt: number,
  now: number,
): Promise<void> {
  const until = expiresAt + NOTED_AHEAD_MS;
  await redis.run(scripts.noteLevel, [keys.sessions, now, level, until]);
  list.note(level, until);
}

/** Takes a session off its shelf. @param level - `null` if no record says: then it is on one this process uses */
export async function unlist(
  { redis, keys, list }: Storage,
  ref: string,
  level: number | null,
): Promise<void> {
  const levels = level === null ? Array.from({ length: list.level + 2 }, (_, index) => index) : [level];
  await Promise.all(levels.map((each) => redis.call("ZREM", [keys.shelf(each, shelfOf(ref, each)), ref])));
}

/**
 * Position of a reader: a shelf, and the ref behind which to continue, or "". The order by ref is stable: between two
 * pages rows disappear, and scores rise.
 */
interface Position {
  readonly level: number;
  readonly shelf: number;
  readonly after: string;
}

/** One page of the list, living or not. */
export interface RefPage {
  readonly refs: readonly string[];
  readonly nextCursor: string | null;
}

/** Reads a page of the list. It may be short before the last: only so many shelves are looked at. */
export async function pageOfRefs(
  storage: Storage,
  limit: number,
  cursor: string | undefined,
): Promise<RefPage> {
  const refs: string[] = [];
  const first = parseCursor(cursor);
  let looked = 0;
  for (const level of await levelsInUse(storage, first.level)) {
    let at = level === first.level ? first : startOf(level, 0);
    for (let width = 1; at.shelf < shelvesOn(level); width = Math.min(2 * width, SHELVES_AT_ONCE)) {
      if (looked >= SHELVES_A_PAGE) return { refs, nextCursor: cursorOf(at) };
      const from = at;
      const count = Math.min(width, shelvesOn(level) - from.shelf);
      const shelves = await Promise.all(
        Array.from({ length: count }, (_, index) =>
          readShelf(storage, index === 0 ? from : startOf(level, from.shelf + index), limit - refs.length),
        ),
      );
      looked += count;
      for (const [index, rows] of shelves.entries()) {
        const taken = rows.slice(0, limit - refs.length);
        refs.push(...taken);
        const after = taken.at(-1);
        if (after !== undefined && refs.length === limit)
          return { refs, nextCursor: cursorOf({ level, shelf: from.shelf + index, after }) };
      }
      at = startOf(level, from.shelf + count);
    }
  }
  return { refs, nextCursor: null };
}

const startOf = (level: number, shelf: number): Position => ({ level, shelf, after: "" });

async function readShelf(
  { redis, keys }: Storage,
  { level, shelf, after }: Position,
  limit: number,
): Promise<string[]> {
  return (await redis.run(scripts.pageSessions, [keys.shelf(level, shelf), after, limit])) as string[];
}

/** The levels from one on that have anything on them; the first level is always looked at. */
export async function levelsInUse(storage: Storage, from: number): Promise<number[]> {
  const noted = (await notedLevels(storage)).map(levelOf);
  const levels = new Set([0, ...noted.filter((level) => level !== null)]);
  return [...levels].filter((level) => level >= from).sort((a, b) => a - b);
}

/** Reads the marks of levels. A damaged key has none until the next sign-in that marks its level repairs the key. */
async function notedLevels({ redis, keys }: Storage): Promise<string[]> {
  const args = [keys.sessions, "+inf", "-inf", "LIMIT", 0, MAX_LEVEL + 1];
  try {
    return (await redis.call("ZREVRANGEBYSCORE", args)) as string[];
  } catch (error) {
    if (failsWithWrongType(error)) return [];
    throw error;
  }
}

function cursorOf({ level, shelf, after }: Position): string {
  return [level, shelf, after].join(".");
}

function parseCursor(cursor: string | undefined): Position {
  if (cursor === undefined) return startOf(0, 0);
  const [, level, shelf, after = ""] = /^(\d{1,2})\.(\d{1,8})\.([\w-]*)$/.exec(cursor) ?? [];
  const position = { level: Number(level), shelf: Number(shelf), after };
  const isPlace = position.level <= MAX_LEVEL && position.shelf < shelvesOn(position.level);
  if (isPlace && (after === "" || isRef(after))) return position;
  throw new CurfewError("invalid_argument", "cursor must be a cursor that a list has returned.");
}
