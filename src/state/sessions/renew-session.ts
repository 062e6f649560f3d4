import { endedMeanwhile } from "../../errors.js";
import {
  FRESH_STANDING,
  MINUTE_MS,
  signInTerms,
  verdict,
  type EndReason,
  type SessionRecord,
} from "../../policy/index.js";
import { ENDED_RECORD_MS, endQuietly, endSessionSoon, tidyUp, type Ending } from "./end-session.js";
import { keepPlace } from "./change-session.js";
import { readRecords } from "./read-records.js";
import { storeSession, type OpenedSession, type Opening } from "./open-session.js";
import { readSettings } from "../settings/settings-store.js";
import type { Storage } from "../storage.js";

/** What a re-authentication carries over. */
export interface Renewal extends Pick<Opening, "ref" | "data"> {
  readonly previousRef: string;
}

/** The reason under which the old id is filed: nobody holds it any more but requests still under way. */
const MOVED: EndReason = "signed_out";

/**
 * Re-authentication: the session goes on under a new id with a new absolute window, in its place of the
 * user's order (rule N14). The new one is stored first, under an id that nobody holds yet; both stand for the
 * same browser until the old one has ended, and only a living one can: a session that is being revoked at the
 * same moment stays revoked, and one whose time is up stays over (rule D12). If it fails midway the old session
 * goes on.
 *
 * @throws CurfewError `session_ended` if it has ended meanwhile
 */
export async function renewSession(storage: Storage, renewal: Renewal): Promise<OpenedSession> {
  const { previousRef, ref } = renewal;
  const [{ settings, version, now }, [found]] = await Promise.all([
    readSettings(storage),
    readRecords(storage, [previousRef]),
  ]);
  const previous = found?.record;
  if (!previous) throw endedMeanwhile();
  if (previous.end) throw endedMeanwhile({ reason: previous.end.reason });
  // Time may have run out while the password was checked; what stands in the user's key is judged with the new one.
  const judged = verdict(previous, FRESH_STANDING, settings, storage.limits, now);
  if (judged.state === "ended") {
    await endSessionSoon(storage, previousRef, { reason: judged.reason, at: judged.at });
    throw endedMeanwhile({ reason: judged.reason });
  }
  // A browser's lifetime is the settings' to say; an API's or an embedded session's was the app's.
  const ownMinutes =
    previous.kind === "browser" ? null : (previous.expiresAt - previous.signedInAt) / MINUTE_MS;
  const { kind, persistent, ceilingAt } = previous;
  const asked = { kind, persistent, lifetimeMinutes: ownMinutes, ceilingAt };
  const terms = signInTerms(asked, settings, storage.limits, now);

  const record: SessionRecord = {
    ...previous,
    signedInAt: now,
    expiresAt: terms.expiresAt,
    lastActivityAt: now,
    extendedAt: null,
    extendedCount: 0,
    persistent: terms.persistent,
    persistentCookie: terms.persistent,
  };
  const { expiresAt } = record;
  const keptMs = expiresAt - now + ENDED_RECORD_MS;
  await storeSession(storage, ref, record, now, renewal.data);
  await keepPlace(storage, previous, { ref: previousRef, nextRef: ref, expiresAt, keptMs });
  const moved: Ending = { reason: MOVED, at: now };
  const old = await endQuietly(storage, previousRef, moved, judged.endsAt);
  const wasLiving = old.ended;
  const left = wasLiving ? old : await endQuietly(storage, ref, moved, null);
  // The old one has ended, so nothing may fail any more.
  tidyUp(storage, previous.userId, wasLiving ? previousRef : ref, left.level);
  if (!wasLiving) throw endedMeanwhile();
  return { record, settings, settingsVersion: version, now, replaced: [] };
}
