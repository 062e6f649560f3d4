import type { SessionData } from "express-session";
import {
  verdict,
  type EndedVerdict,
  type SessionCore,
  type UserStanding,
  type Verdict,
} from "../../policy/index.js";
import { recountNewer, type Records } from "../../state/sessions/end-lapsed.js";
import { endSessionSoon, type Ending } from "../../state/sessions/end-session.js";
import { withoutRef } from "../../state/sessions/tell-end.js";
import type { TimedValues } from "../../redis/port.js";
import { signedInId, type SignedInId } from "../../state/session-id.js";
import { underOffer } from "../../state/sessions/record-secrets.js";
import { showSecretSoon } from "../../state/sessions/renew-session.js";
import { evictorOf, latestSignIn } from "../../state/list/list-sessions.js";
import { hasLeftOld } from "../../state/sessions/old-sessions.js";
import { readSession, type SessionReading } from "../../state/sessions/read-session.js";
import { settleTwins } from "../../state/sessions/settle-twins.js";
import { parseStanding, twinsOf } from "../../state/sessions/user-format.js";
import { bounded, openLimit, type Storage } from "../../state/storage.js";
import { oldIdsOf, type CurrentSession, type RequestContext } from "../request/context.js";
import { activeState, endedState } from "../request/request-state.js";
import { recordActivity } from "./request-activity.js";
import { parseSessionData } from "./session-data.js";

/** A session that may continue, and the app's data. */
interface Found {
  readonly live: CurrentSession;
  readonly data: SessionData;
  /** The data as stored. */
  readonly json: string | null;
}

/**
 * Reads a signed-in session and decides if it may continue. If so, returns the app's data, and the context
 * has the
 * session. If not, returns `null`, and `req.curfew` has the reason. An end that is found here is recorded
 * before
 * the answer, so that no later change of the settings revives the session.
 *
 * @param known - the values of the session's keys, if they have been read
 */
export async function judgeSession(
  storage: Storage,
  id: SignedInId,
  context: RequestContext | null,
  known: TimedValues | null = null,
): Promise<SessionData | null> {
  const found = await judge(new Asked(storage, id, context, performance.now(), known));
  if (found?.live.shown === "offered") showSecretSoon(storage, id.ref, id.secretHash, found.live.now);
  if (found && context) {
    if (found.json !== null) context.stored = { id: context.request.sessionID, json: found.json };
    enter(context, found.live);
  }
  return found?.data ?? null;
}

/**
 * Judges a request's session again by the current facts, because a handler may take long (rule D12). The data
 * that
 * the request has read stay unchanged.
 *
 * @returns `null` if the session is over; `req.curfew` then has the reason
 */
export async function judgeAgain(context: RequestContext, storage: Storage): Promise<CurrentSession | null> {
  const id = signedInId(context.request.sessionID);
  if (!id) return null;
  const startedAt = performance.now() - context.waitedMs;
  const found = await judge(new Asked(storage, id, context, startedAt));
  return found?.live ?? null;
}

async function judge(asked: Asked): Promise<Found | null> {
  const { storage } = asked;
  const { ref, tag, secretHash } = asked.id;
  const { context } = asked;
  const reading = await readSession(storage, asked.id, context ? oldIdsOf(context) : [], asked.known);
  if (context) context.oldTexts = reading.old;
  const { record, standing, settings, now, shown } = reading;
  if (reading.corrupt) warnOfCorruption(storage);
  if (reading.isReplaced && asked.context) asked.context.keepsCookie = true;
  if (!record || !standing) return refuseUnknown(asked, reading);
  if (shown === "none" && !record.end) return refuseWorthless(asked, reading);

  const first = verdict(record, standing, settings.effective, now);
  const recounted = first.state === "ended" ? await recount(asked, reading, record, standing) : null;
  const judged = recounted?.judged ?? first;
  if (judged.state === "ended") {
    if (goesOnUnderOffer(storage, reading, record, standing)) return tell(asked, judged, now);
    if (judged.reason === "unknown" && !record.end) warnOfNonsense(storage, record, now);
    return refuse(asked, reading, record, judged, recounted?.records);
  }

  if (hasLeftOld(storage, asked.id, record, reading.old, now))
    return refuse(asked, reading, record, signedOutAt(now));
  const data = reading.data === null ? null : parseSessionData(reading.data);
  if (data === null) {
    if (reading.data !== null)
      storage.events.warn("corrupt_session_data", "A session's data can't be read; the session ends.");
    return refuse(asked, reading, record, unknownEnd(now));
  }
  const twins = twinsOf(reading.user, record);
  if (
    twins.length > 0 &&
    !(await settleTwins(bounded(storage, asked.startedAt), asked.id, record, twins, now))
  )
    return refuse(asked, reading, record, signedOutAt(now));
  const live = {
    ref,
    tag,
    secretHash,
    shown,
    twins,
    record,
    standing: recounted?.standing ?? standing,
    verdict: judged,
    ...inForce(reading),
  };
  return { live, data, json: reading.data };
}

/**
 * Judges a session that the number of newer browsers has ended once more, without those that are over themselves.
 * `null` if something else has ended it.
 */
async function recount(
  { storage, startedAt }: Asked,
  { user, settings, now }: SessionReading,
  record: SessionCore,
  standing: UserStanding,
): Promise<Recounted | null> {
  const { effective } = settings;
  const judge = (by: UserStanding) => verdict(record, by, effective, now);
  if (endOf(judge({ ...standing, newerBrowsers: 0 })) === endOf(judge(standing))) return null;
  const { records, over } = await recountNewer(bounded(storage, startedAt), user, record, effective, now);
  const limit = openLimit(storage, effective.maxSessionsPerUser);
  const counted = parseStanding(user, record, now, limit, over) ?? standing;
  return { standing: counted, judged: judge(counted), records };
}

const endOf = (judged: Verdict) => (judged.state === "ended" ? judged.reason : null);

interface Recounted {
  readonly standing: UserStanding;
  readonly judged: Verdict;
  /** The records of newer sessions, which have been read. */
  readonly records: Records;
}

const signedOutAt = (at: number): EndedVerdict => ({ state: "ended", reason: "signed_out", at, by: null });
const unknownEnd = (at: number): EndedVerdict => ({ state: "ended", reason: "unknown", at, by: null });

function warnOfCorruption({ events }: Storage): void {
  events.warn("corrupt_record", "A session's keys hold something that makes no sense; it ends.");
}

/** A clock that has been set back leaves sound records behind, whose times are still to come. */
function warnOfNonsense(
  storage: Storage,
  { signedInAt, lastActivityAt, extendedAt }: SessionCore,
  now: number,
): void {
  if (Math.max(signedInAt, lastActivityAt, extendedAt ?? now) > now)
    storage.events.warn(
      "corrupt_record",
      "A session was last used at a time that is still to come: the clock has been set back, or its record is damaged. It ends.",
    );
  else warnOfCorruption(storage);
}

/**
 * Returns true if the present secret has expired and the session continues for the browser with the offered
 * secret.
 * Then no end is recorded.
 */
function goesOnUnderOffer(
  storage: Storage,
  { offer, shown, settings, now }: SessionReading,
  record: SessionCore,
  standing: UserStanding,
): boolean {
  if (!offer || shown === "offered" || record.end) return false;
  const offered = underOffer(record, offer);
  return verdict(offered, standing, settings.effective, now).state === "active";
}

/** The requested session, its request and its time. A class, like `RequestContext`. */
class Asked {
  constructor(
    readonly storage: Storage,
    readonly id: SignedInId,
    readonly context: RequestContext | null,
    readonly startedAt: number,
    readonly known: TimedValues | null = null,
  ) {}
}

/** Records how the session ended unless that has been done, and tells the request. */
async function refuse(
  asked: Asked,
  { user, now }: SessionReading,
  record: SessionCore,
  ended: EndedVerdict,
  known?: Records,
): Promise<null> {
  const { ref } = asked.id;
  let by = ended.by;
  const within = bounded(asked.storage, asked.startedAt);
  if (!record.end) {
    const evictor = ended.reason === "evicted" ? await latestSignIn(within, user, known) : null;
    await recordEndIfAccepted(asked, within, { ...ended, by: evictor });
    by = evictor && withoutRef(evictor);
  } else by = await evictorOf(within, record.end);
  if (asked.context) tellEnd(asked.context, ref, { ...ended, by }, now);
  return null;
}

/**
 * Gives a request the reason of its browser's ended session. An anonymous session that begins on this request
 * remembers the end, so that later requests also show it (rule M5). A browser that has signed out needs no
 * reason.
 */
export function tellEnd(
  context: RequestContext,
  ref: string | null,
  { reason, at, by }: Pick<EndedVerdict, "reason" | "at" | "by">,
  now: number,
): void {
  context.endedRef = reason === "signed_out" ? null : ref;
  context.request.curfew = endedState(context, { reason, by, endedAt: at, checkedAt: now });
}

/** Tells a request of an end that no record keeps. */
function tell({ context }: Asked, ended: EndedVerdict, now: number): null {
  if (context) tellEnd(context, null, ended, now);
  return null;
}

/**
 * Records an end before the answer shows it. If Redis answers reads but refuses writes, the answer shows an
 * unrecorded
 * end, so that public pages open (rule M33). The guards answer 503, because a later change of the settings
 * may undo
 * that end.
 */
async function recordEndIfAccepted({ id, context }: Asked, storage: Storage, ending: Ending): Promise<void> {
  try {
    await endSessionSoon(storage, id.ref, ending);
  } catch (error) {
    const { cause } = error as { readonly cause?: unknown };
    if (!(cause instanceof Error) || cause.name !== "ReplyError") throw error;
    if (context) context.isEndUnrecorded = true;
    storage.events.warnOnce("write_failed", `Recording the end of a session: ${String(error)}`);
  }
}

/**
 * Refuses an old secret of a session that continues without it (rule M28). A late answer must not replace the
 * newer
 * cookie that the browser may have by now.
 */
function refuseWorthless(asked: Asked, { replacedLately, now }: SessionReading): null {
  if (asked.context && replacedLately) asked.context.keepsCookie = true;
  return tellUnknown(asked, now);
}

function tellUnknown(asked: Asked, now: number): null {
  if (asked.context) asked.context.isUnknown = true;
  asked.storage.events.emit("warning", {
    code: "unknown_session",
    message: "A well-signed cookie names a session of which nothing is known (any more).",
  });
  return tell(asked, unknownEnd(now), now);
}

/** Refuses a session without a readable record: it is over, and its remains are deleted. */
async function refuseUnknown(asked: Asked, { data, corrupt, now }: SessionReading): Promise<null> {
  const { storage, startedAt } = asked;
  if (corrupt || data !== null)
    await recordEndIfAccepted(asked, bounded(storage, startedAt), { reason: "unknown", at: now });
  return tellUnknown(asked, now);
}

const inForce = ({ settings, now }: SessionReading) => ({
  settings: settings.effective,
  settingsVersion: settings.version,
  now,
});

/** Makes a session the request's own, and records the request's activity. */
function enter(context: RequestContext, live: CurrentSession): void {
  context.live = recordActivity(context, live);
  context.request.curfew = activeState(context, context.live);
}
