import type { ActiveVerdict, ActivityMarks, SessionCore } from "../../policy/index.js";
import { ENDED_RECORD_MS } from "./end-session.js";
import { fieldNumber } from "./record-fields.js";
import * as scripts from "../scripts.generated.js";
import { levelOf, listOn } from "../list/shelves.js";
import { clockArgument, type Storage } from "../storage.js";

/** A session that was found living, and until when as things stood then. */
export interface JudgedSession {
  readonly ref: string;
  /** The tag of its user. */
  readonly tag: string;
  readonly record: SessionCore;
  readonly verdict: Pick<ActiveVerdict, "endsAt">;
  /** The administrator's own session, if this is a sudo session. */
  readonly administrator?: { readonly ref: string } | null;
}

/**
 * Stores activity at `at` (milliseconds since 1970). The stored time never goes back. Nothing is stored if the
 * session has ended or its time is up when this reaches Redis (rule D12). The same write sets a mark, if there is one
 * to set. Activity in a sudo session is the administrator's, so the administrator's own session gets the same activity (rule
 * U3).
 *
 * @returns true if the session was living then, as far as it had been judged
 */
export async function noteActivity(
  storage: Storage,
  { ref, verdict, administrator = null }: Pick<JudgedSession, "ref" | "verdict" | "administrator">,
  at: number,
  mark: keyof ActivityMarks | null = null,
): Promise<boolean> {
  const field = mark === null ? "" : fieldNumber(mark);
  const clock = clockArgument(storage);
  const touched = [ref, ...(administrator ? [administrator.ref] : [])].map((each) =>
    storage.redis.run(scripts.touchRecord, [storage.keys.record(each), at, verdict.endsAt, clock, field]),
  );
  return !(await Promise.all(touched)).includes(NOT_LIVING);
}

/** Answer of scripts that change only a living session, if the session is not living. */
const NOT_LIVING = -1;

/** Result of an extension. */
export type ExtensionResult = "extended" | "extended_meanwhile" | "ended";

/**
 * Moves a living session's own end in its record, and the lifetime of the other keys. Changes nothing if the
 * session's time is up when this reaches Redis (rule D12).
 */
export async function extendSession(
  storage: Storage,
  { ref, tag, record, verdict }: JudgedSession,
  expiresAt: number,
  now: number,
): Promise<ExtensionResult> {
  const { redis, keys } = storage;
  await makeRoom(storage, { ref, tag, record }, expiresAt, now);
  const [result, level] = (await redis.run(scripts.extendRecord, [
    keys.record(ref),
    now,
    expiresAt - record.signedInAt,
    record.extendedCount,
    expiresAt - now + ENDED_RECORD_MS,
    verdict.endsAt,
    clockArgument(storage),
    record.signedInAt,
  ])) as [number, string?];
  if (result === 1) {
    relist(storage, ref, levelOf(level), expiresAt, now);
    return "extended";
  }
  return result === NOT_LIVING ? "ended" : "extended_meanwhile";
}

/**
 * Makes room for a later end, before the record says it: moves the end of the session in its user's order, and keeps the
 * user's keys and the app's data as long as needed. Shortens nothing: a re-authentication may have offered a later end.
 * Harmless if the record is never written.
 */
export async function makeRoom(
  { redis, keys }: Storage,
  { ref, tag, record }: Pick<JudgedSession, "ref" | "tag" | "record">,
  expiresAt: number,
  now: number,
): Promise<void> {
  const endsAt = Math.max(expiresAt, record.expiresAt);
  const place = [ref, endsAt, endsAt - now + ENDED_RECORD_MS];
  await Promise.all([
    redis.run(scripts.keepEntry, [keys.user(tag), ...place]),
    record.kind !== "browser" && redis.run(scripts.keepOther, [keys.others(tag), ...place]),
    redis.run(scripts.keepData, [keys.data(ref), endsAt - now]),
  ]);
}

/** Moves a session's row to its new end, in the background: without it the row would only be gone too early. */
export function relist(
  storage: Storage,
  ref: string,
  level: number | null,
  expiresAt: number,
  now: number,
): void {
  if (level === null) return;
  const { backgroundWork, background, events } = storage;
  backgroundWork.begin(
    () => listOn({ ...storage, redis: background }, level, ref, expiresAt, now),
    (error) => {
      events.warn("write_failed", `Listing an extended session: ${String(error)}`);
    },
  );
}
