/** Ends of many sessions at once: one write, which every request compares with its session. */
import {
  coveredUntil,
  DAY_MS,
  isCovered,
  MINUTE_MS,
  type EndTarget,
  type GroupEnd,
} from "../../policy/index.js";
import { inspectAll, judgeAll } from "../sessions/list-sessions.js";
import { keptForOld } from "../sessions/old-sessions.js";
import { walkShelves } from "../list/walk-shelves.js";
import { readSettings, type ChangedBy } from "../settings/settings-store.js";
import type { Storage } from "../storage.js";
import { keyOf } from "../values/group-ends.js";
import { MAX_ENDS } from "../values/rule-book.js";
import type { StoredEnd } from "../values/rule-codec.js";
import { UserCount } from "../values/user-count.js";
import { saveShared, tooMany, type SavedRules } from "./shared-rules.js";

/**
 * Ends all sessions of a target that exist at the moment of the write, listed or not. Sign-ins whose authentication began
 * before are refused (rule M35).
 *
 * @throws CurfewError `invalid_settings` if there are too many ends
 */
export function endWhere(storage: Storage, where: EndTarget, by: ChangedBy): Promise<SavedRules> {
  return saveShared(storage, by, ({ ends }, now) => {
    const kept = ends.filter((end) => isNeeded(storage, end, now) && !includes(where, end));
    const after: StoredEnd[] = [...kept, { where: widened(where, ends), at: null, actor: by.actor ?? null }];
    if (after.length > MAX_ENDS)
      throw tooMany(
        "Sessions not ended",
        "ends of many sessions",
        MAX_ENDS,
        "To make room, end all sessions.",
      );
    return { ends: after, ended: where };
  });
}

/**
 * Returns true while a session that an end covers could still live: for the longest session, and a day. An old session that
 * no request has taken over yet must find the end too (rule M44).
 */
function isNeeded(storage: Storage, { at }: GroupEnd, now: number): boolean {
  const { limitMinutes } = storage.settings.current.effective;
  return now < at + keptForOld(storage, limitMinutes * MINUTE_MS + DAY_MS, at);
}

/** True if an end of `where` now ends all sessions of an earlier end. */
const includes = (where: EndTarget, { where: earlier }: GroupEnd): boolean =>
  "all" in where || keyOf(where) === keyOf(earlier);

/**
 * Returns a target that includes the sessions of earlier ends of its kind. An earlier end of a time in its future covers no
 * session that began after that end.
 */
function widened(where: EndTarget, ends: readonly GroupEnd[]): EndTarget {
  if (!("signedInBefore" in where)) return where;
  const times = ends.filter((end) => includes(where, end)).map((end) => coveredUntil(end) + 1);
  return { signedInBefore: Math.max(where.signedInBefore, ...times) };
}

/** Progress of counting the sessions that would end. */
export interface EndWherePreview {
  /** Number of counted sessions that would end. */
  readonly endedSessions: number;
  /** Number of users who have these sessions. */
  readonly affectedUsers: number;
  /** True if `affectedUsers` is an estimate, because there are more than 10,000 users. It is right within a few percent. */
  readonly affectedUsersEstimated: boolean;
  /** Number of living sessions that were counted. */
  readonly countedSessions: number;
  /** True if all living sessions were counted. */
  readonly complete: boolean;
  /** Share of all sessions that was counted, 0 to 1. */
  readonly share: number;
}

/** The preview before any session is counted. */
export const NOTHING_COUNTED: EndWherePreview = {
  endedSessions: 0,
  affectedUsers: 0,
  affectedUsersEstimated: false,
  countedSessions: 0,
  complete: false,
  share: 0,
};

/** Counts the sessions that an end would end, and tells its progress. Changes nothing. */
export async function* previewEndWhere(storage: Storage, where: EndTarget): AsyncGenerator<EndWherePreview> {
  const { inForce, now } = await readSettings(storage);
  const walker = { ...storage, redis: storage.background };
  const users = new UserCount();
  let endedSessions = 0;
  let countedSessions = 0;
  for await (const { refs, share } of walkShelves(storage)) {
    for (const { record } of await judgeAll(walker, await inspectAll(walker, refs), inForce)) {
      countedSessions++;
      if (!isCovered({ where, at: now, actor: null }, record)) continue;
      endedSessions++;
      users.add(record.userId);
    }
    yield {
      endedSessions,
      affectedUsers: users.users,
      affectedUsersEstimated: users.isEstimated,
      countedSessions,
      complete: share === 1,
      share,
    };
  }
}

/** Takes a deleted user's name from the ends of many sessions. The ends stay. */
export async function forgetInEnds(storage: Storage, userId: string): Promise<void> {
  const { inForce } = await readSettings(storage);
  if (!inForce.book.ends.some(({ actor }) => actor === userId)) return;
  await saveShared(storage, {}, ({ ends }) => ({
    ends: ends.map((end) => (end.actor === userId ? { ...end, actor: null } : end)),
  }));
  // Requests under way read the new text instead.
  await storage.redis.call("DEL", [storage.keys.rules(inForce.book.stamp)]);
}
