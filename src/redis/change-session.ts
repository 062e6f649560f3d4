import type { SessionKind, SessionRecord } from "../policy/index.js";
import { ENDED_RECORD_MS } from "./end-session.js";
import { userTag } from "./keys.js";
import { LAPSED_ROWS } from "./open-session.js";
import * as scripts from "./scripts.generated.js";
import type { State } from "./state.js";

/** Notes activity at `at` (milliseconds since 1970): never backwards, never on a session that has ended. */
export async function noteActivity({ redis, keys }: State, ref: string, at: number): Promise<void> {
  await redis.run(scripts.touchRecord, [keys.record(ref), at]);
}

/** Notes which kind of cookie the browser was sent last. */
export async function noteCookie({ redis, keys }: State, ref: string, persistent: boolean): Promise<void> {
  await redis.run(scripts.markCookie, [keys.record(ref), persistent ? "1" : "0"]);
}

/** What an extension found. */
export type ExtensionResult = "extended" | "extended_meanwhile" | "ended";

/** Moves a living session's own end, in its record and wherever a key must last as long. */
export async function extendSession(
  { redis, keys }: State,
  ref: string,
  record: Pick<SessionRecord, "userId" | "extendedCount"> & { readonly kind: SessionKind },
  expiresAt: number,
  now: number,
): Promise<ExtensionResult> {
  const livesMs = expiresAt - now;
  const keptMs = livesMs + ENDED_RECORD_MS;
  // The keys that must last longer come first: an extension that is granted is an extension that holds.
  await Promise.all([
    redis.run(scripts.keepEntry, [keys.user(userTag(record.userId)), ref, ref, expiresAt, keptMs]),
    redis.call("PEXPIRE", [keys.data(ref), livesMs]),
    redis.run(scripts.listSession, [keys.sessions, now, ref, expiresAt, LAPSED_ROWS, livesMs]),
  ]);
  const args = [keys.record(ref), now, expiresAt, record.extendedCount, keptMs];
  const result = await redis.run(scripts.extendRecord, args);
  if (result === 1) return "extended";
  return result === 0 ? "extended_meanwhile" : "ended";
}
