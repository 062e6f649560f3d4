import type { SessionRecord } from "../../policy/index.js";
import { userMessage } from "../keys.js";
import * as scripts from "../scripts.generated.js";
import type { Storage } from "../storage.js";
import { ENDED_RECORD_MS } from "./end-session.js";

/** The most API, embed and sudo sessions of one user together (rule M36). */
const MAX_OTHER_SESSIONS = 1_000;

/**
 * The most sessions that one sign-in cleans up after. Without this bound, the work for many sign-ins at once would grow
 * with the square of their number.
 */
const MAX_FALLEN = 10;

/**
 * Gives an API, embed or sudo session its place in the user's order of those, and ends the sessions that fall off (rule
 * M36).
 *
 * @returns the refs of those that fall off, for `cleanUpFallen`
 */
export async function placeOther(
  storage: Storage,
  ref: string,
  tag: string,
  { kind, number, expiresAt }: SessionRecord,
  now: number,
): Promise<readonly string[]> {
  if (kind === "browser") return [];
  const { redis, keys } = storage;
  const keptMs = expiresAt - now + ENDED_RECORD_MS;
  const args = [keys.others(tag), now, ref, number, expiresAt, MAX_OTHER_SESSIONS, keptMs, MAX_FALLEN];
  const [bound, fallen] = (await redis.run(scripts.claimOther, args)) as [string, string[]];
  if (bound !== "")
    await redis.run(scripts.evictOthers, [keys.user(tag), bound, keys.ends, userMessage(tag)]);
  return fallen;
}
