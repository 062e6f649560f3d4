import { DAY_MS, type EndReason, type SessionCore } from "../../policy/index.js";
import { countObserved } from "../scripts.generated.js";
import { judge, judgementOn } from "../sessions/judgement.js";
import type { Storage } from "../storage.js";
import type { Observation } from "../values/observed.js";
import type { SettingsState } from "../values/settings-cache.js";

/** Most fields of the counts: this many sessions, within a few. */
const MAX_FIELDS = 100_000;
/** Time for which the counts of an observation that has ended can be read. */
export const KEPT_MS = 90 * DAY_MS;

/** A session that continues, as its request has read it. */
export interface ObservedSession {
  readonly ref: string;
  readonly record: SessionCore;
  /** Text of the user's key. */
  readonly user: string;
  readonly settings: SettingsState;
  readonly now: number;
}

/**
 * Judges a session that continues under the observed settings too. If they would have ended it, the session is counted
 * after the answer, once.
 */
export function countIfEnded(storage: Storage, session: ObservedSession): void {
  const { observed } = storage;
  const { ref, record, user, settings, now } = session;
  const observation = observed.current(now);
  if (observation === null || observed.hasCounted(ref)) return;
  const judgement = judgementOn(storage, observed.proposed(observation, settings), record, user, now);
  const judged = judgement && judge(record, judgement, now);
  if (judged?.state === "ended") count(storage, observation, session, judged.reason);
}

function count(
  { observed, background, backgroundWork, keys, events }: Storage,
  { id, until }: Observation,
  { ref, now }: ObservedSession,
  reason: EndReason,
): void {
  const keptMs = Math.ceil(until - now + KEPT_MS);
  const fields = [`s:${ref}`, countField(dayOf(now), reason)];
  observed.noteCounted(ref);
  backgroundWork.begin(
    () => background.run(countObserved, [keys.observedCounts(id), ...fields, MAX_FIELDS, keptMs]),
    (error) => {
      observed.forget(ref);
      events.warn("write_failed", `Counting a session of settings.observe: ${String(error)}`);
    },
  );
}

/** Returns the day of a time, as UTC has it: `2026-11-29`. */
export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Returns the field with a number of sessions. */
export const countField = (day: string, reason: EndReason): string => `${day} ${reason}`;
