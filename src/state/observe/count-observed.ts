import { DAY_MS, type EndReason } from "../../policy/index.js";
import { countObserved } from "../scripts.generated.js";
import { judge, judgementOn } from "../sessions/judgement.js";
import { verdictsOf, type OpenSession } from "../sessions/verdicts.js";
import type { Storage } from "../storage.js";
import type { InForce } from "../values/in-force.js";
import type { Observation } from "../values/observed.js";
import type { SettingsState } from "../values/settings-cache.js";

/** Most fields of the counts: this many sessions, within a few. */
const MAX_FIELDS = 100_000;
/** Time for which the counts of an observation that has ended can be read. */
export const KEPT_MS = 90 * DAY_MS;

/**
 * Judges a session that continues under the observed settings too, by the facts that its request has read. If they would
 * have ended it, the session is counted after the answer, once.
 */
export function countIfEnded(storage: Storage, session: OpenSession, settings: SettingsState): void {
  const { observed, backgroundWork, events } = storage;
  const { ref, record, user, now } = session;
  const observation = observed.current(now);
  if (observation === null || observed.hasCounted(ref)) return;
  const inForce = observed.proposed(observation, settings);
  const judgement = judgementOn(storage, inForce, record, user, now);
  if (!judgement || judge(record, judgement, now).state === "active") return;
  observed.noteCounted(ref);
  backgroundWork.begin(
    () => count({ ...storage, redis: storage.background }, observation, session, inForce),
    (error) => {
      observed.forget(ref);
      events.warn("write_failed", `Counting a session of settings.observe: ${String(error)}`);
    },
  );
}

/** Counts a session, unless browsers that are over themselves had seemed to evict it (rule C11). */
async function count(
  storage: Storage,
  { id, until }: Observation,
  session: OpenSession,
  inForce: InForce,
): Promise<void> {
  const { redis, keys, observed } = storage;
  const { ref, now } = session;
  const [judged] = await verdictsOf(storage, [session], inForce);
  if (judged?.state !== "ended") {
    observed.forget(ref);
    return;
  }
  const keptMs = Math.ceil(until - now + KEPT_MS);
  const fields = [`s:${ref}`, countField(dayOf(now), judged.reason)];
  await redis.run(countObserved, [keys.observedCounts(id), ...fields, MAX_FIELDS, keptMs]);
}

/** Returns the day of a time, as UTC has it: `2026-11-29`. */
export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Returns the field with a number of sessions. */
export const countField = (day: string, reason: EndReason): string => `${day} ${reason}`;
