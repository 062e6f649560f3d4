import type { SessionData } from "express-session";
import { verdict, type SessionCore, type UserStanding, type Verdict } from "../../policy/index.js";
import { recountNewer } from "../../state/sessions/end-lapsed.js";
import { refsOf, type Records } from "../../state/sessions/over-among.js";
import type { TimedValues } from "../../redis/port.js";
import { signedInId, type SignedInId } from "../../state/session-id.js";
import { underOffer } from "../../state/sessions/record-secrets.js";
import { showSecretSoon } from "../../state/sessions/renew-session.js";
import { hasLeftOld } from "../../state/sessions/old-sessions.js";
import { readSession, readWithoutData, type SessionReading } from "../../state/sessions/read-session.js";
import {
  judgeWith,
  readAdministrator,
  type JudgedAdministrator,
} from "../../state/sessions/administrator.js";
import { isReplacedNow } from "../../state/sessions/replaced-cookie.js";
import { settleTwins } from "../../state/sessions/settle-twins.js";
import { judge as judgeUnder, judgementOn, losesToNewer } from "../../state/sessions/judgement.js";
import { twinsOf } from "../../state/sessions/user-format.js";
import { countIfEnded } from "../../state/observe/count-observed.js";
import { bounded, type Storage } from "../../state/storage.js";
import { oldIdsOf, type CurrentSession, type RequestContext } from "../request/context.js";
import { activeState } from "../request/request-state.js";
import { recordActivity } from "./request-activity.js";
import { parseSessionData } from "./session-data.js";
import {
  signedOutAt,
  unknownEnd,
  warnOfCorruption,
  warnOfNonsense,
  Asked,
  refuse,
  refuseOutdated,
  refuseWorthless,
  refuseUnknown,
} from "./refuse-session.js";

/** A session that may continue, and the app's data. */
interface Found {
  readonly live: CurrentSession;
  readonly data: SessionData;
  /** The data as stored. */
  readonly json: string | null;
}

/**
 * Reads a signed-in session and decides if it may continue. If so, returns the app's data, and the context has the
 * session. If not, returns `null`, and `req.curfew` has the reason. An end that is found here is recorded before the
 * answer, so that no later change of the settings revives the session.
 *
 * @param known - the values of the session's keys, if they have been read
 */
export async function judgeSession(
  storage: Storage,
  id: SignedInId,
  context: RequestContext | null,
  known: TimedValues | null = null,
): Promise<SessionData | null> {
  const asked = new Asked(storage, id, context, performance.now(), known);
  const found = await judge(asked);
  if (!found) return keepNewerCookie(asked);
  if (found.live.shown === "offered") showSecretSoon(storage, id.ref, id.secretHash, found.live.now);
  if (context) {
    if (found.json !== null) context.stored = { id: context.request.sessionID, json: found.json };
    enter(context, found.live);
  }
  return found.data;
}

/**
 * Judges a request's session again by the current facts, because a handler may take long (rule D12). The data that
 * the request has read stay unchanged.
 *
 * @returns `null` if the session is over; `req.curfew` then has the reason
 */
export async function judgeAgain(context: RequestContext, storage: Storage): Promise<CurrentSession | null> {
  const id = signedInId(context.request.sessionID);
  if (!id) return null;
  const startedAt = performance.now();
  // Large data would take their time once more (rule M31).
  const known = await readWithoutData(storage, id, oldIdsOf(context), context.stored?.json ?? null);
  const asked = new Asked(storage, id, context, startedAt, known);
  const found = await judge(asked);
  return found ? found.live : keepNewerCookie(asked);
}

/**
 * Notes that a sign-in has just replaced the cookie of a refused session (rule M15). Requests of living sessions skip this
 * read. If it fails, the browser keeps its cookie too, and the answer still tells the end.
 */
async function keepNewerCookie({ storage, id, context, startedAt }: Asked): Promise<null> {
  if (context && !context.keepsCookie)
    context.keepsCookie = await isReplacedNow(bounded(storage, startedAt), id.ref).catch(() => true);
  return null;
}

async function judge(asked: Asked): Promise<Found | null> {
  const { storage } = asked;
  const { context } = asked;
  const reading = await readSession(storage, asked.id, context ? oldIdsOf(context) : [], asked.known);
  if (context) context.oldTexts = reading.old;
  asked.startedAt += reading.longReplyMs;
  const { record, standing, effective, now, shown } = reading;
  if (reading.corrupt) warnOfCorruption(storage);
  if (!record || !standing) return refuseUnknown(asked, reading);
  if (shown === "none" && !record.end) return refuseWorthless(asked, reading);

  const first = verdict(record, standing, effective, now);
  const recounted = first.state === "ended" ? await recount(asked, reading, record, standing) : null;
  const judged = recounted?.judged ?? first;
  if (judged.state === "ended") {
    if (goesOnUnderOffer(reading, record, standing)) return refuseOutdated(asked, reading, judged);
    if (judged.reason === "unknown" && !record.end) warnOfNonsense(storage, record, now);
    return refuse(asked, reading, record, judged, recounted?.records);
  }
  const above = await judgeSudo(asked, reading, record, standing);
  if (above?.verdict.state === "ended") return refuse(asked, reading, record, above.verdict);
  return admit(asked, reading, record, {
    standing: recounted?.standing ?? standing,
    verdict: above?.verdict ?? judged,
    administrator: above?.administrator ?? null,
  });
}

/** Returns the session that the verdict lets in, unless its old cookie, its data or a twin of its browser ends it. */
async function admit(
  asked: Asked,
  reading: SessionReading,
  record: SessionCore,
  judged: Pick<CurrentSession, "standing" | "verdict" | "administrator">,
): Promise<Found | null> {
  const { storage, id, startedAt } = asked;
  const { user, now, shown, mayBeOverwritten } = reading;
  if (hasLeftOld(storage, id, record, reading.old, now))
    return refuse(asked, reading, record, signedOutAt(now));
  const data = reading.data === null ? null : parseSessionData(reading.data);
  if (data === null) {
    if (reading.data !== null)
      storage.events.warn("corrupt_session_data", "A session's data can't be read; the session ends.");
    return refuse(asked, reading, record, unknownEnd(now));
  }
  const twins = twinsOf(user, record);
  const isTheLast =
    twins.length === 0 || (await settleTwins(bounded(storage, startedAt), id, record, twins, now));
  if (!isTheLast) return refuse(asked, reading, record, signedOutAt(now));
  countIfEnded(storage, { ref: id.ref, record, user, now }, reading.settings);
  const { ref, tag, secretHash } = id;
  const live = {
    ref,
    tag,
    secretHash,
    shown,
    mayBeOverwritten,
    twins,
    record,
    ...judged,
    ...underSettings(reading),
  };
  return { live, data, json: reading.data };
}

/**
 * Judges a sudo session together with its administrator's session, which a second round trip reads (rule U2). All other
 * sessions cost no read. Returns `null` for them.
 */
async function judgeSudo(
  { storage, startedAt }: Asked,
  { settings, effective, now }: SessionReading,
  record: SessionCore,
  standing: UserStanding,
): Promise<{ readonly verdict: Verdict; readonly administrator: JudgedAdministrator | null } | null> {
  if (record.administrator === null) return null;
  const within = bounded(storage, startedAt);
  const administrator = await readAdministrator(within, record.administrator, settings.inForce);
  return { administrator, verdict: judgeWith(administrator, record, { settings: effective, standing }, now) };
}

/**
 * Judges a session that the number of newer browsers has ended once more, without those that are over themselves.
 * `null` if something else has ended it.
 */
async function recount(
  { storage, startedAt }: Asked,
  { user, settings: { inForce }, effective, now }: SessionReading,
  record: SessionCore,
  standing: UserStanding,
): Promise<Recounted | null> {
  const first = { settings: effective, standing };
  if (!losesToNewer(record, first, now)) return null;
  const { records, over } = await recountNewer(bounded(storage, startedAt), user, record, inForce, now);
  const counted = judgementOn(storage, inForce, record, user, now, refsOf(over)) ?? first;
  return { standing: counted.standing, judged: judgeUnder(record, counted, now), records };
}

interface Recounted {
  readonly standing: UserStanding;
  readonly judged: Verdict;
  /** The records of newer sessions, which have been read. */
  readonly records: Records;
}

/**
 * Returns true if the present secret has expired and the session continues for the browser with the offered secret.
 * Then no end is recorded.
 */
function goesOnUnderOffer(
  { offer, shown, effective, now }: SessionReading,
  record: SessionCore,
  standing: UserStanding,
): boolean {
  if (!offer || shown === "offered" || record.end) return false;
  const offered = underOffer(record, offer);
  return verdict(offered, standing, effective, now).state === "active";
}

const underSettings = ({ settings, effective, now }: SessionReading) => ({
  settings: effective,
  settingsVersion: settings.version,
  now,
});

/** Makes a session the request's own, and records the request's activity. */
function enter(context: RequestContext, live: CurrentSession): void {
  context.live = recordActivity(context, live);
  context.request.curfew = activeState(context, context.live);
}
