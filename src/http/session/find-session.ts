import type { SessionData } from "express-session";
import type { TimedValues } from "../../redis/port.js";
import { readAnonymous } from "../../state/sessions/anonymous-data.js";
import { chooseSession } from "../../state/sessions/choose-session.js";
import { evictorOf } from "../../state/sessions/list-sessions.js";
import { endedRefOf, refOf, signedInId } from "../../state/session-id.js";
import type { Storage } from "../../state/storage.js";
import { oldIdsOf, type RequestContext } from "../request/context.js";
import { judgeSession } from "./judge-session.js";
import { parseSessionData } from "./session-data.js";
import { tellEnd } from "./refuse-session.js";
import type { TakeOver } from "./take-over.js";

/**
 * Returns the data of the session that counts among those that a request's cookies name (rule M14).
 *
 * @param takeOver - takes a session of express-session over if no user is signed in here (rule M44)
 */
export function findRequestSession(
  context: RequestContext,
  takeOver: TakeOver | null,
): Promise<SessionData | null> {
  const found = findSent(context);
  return takeOver === null ? found : found.then((data) => takeOver.takeUp(context, data));
}

function findSent(context: RequestContext): Promise<SessionData | null> {
  const { storage, sent } = context;
  const [first, second] = sent;
  if (first === undefined) return Promise.resolve(null);
  if (second === undefined) return findNamed(context, first.sessionId, null);
  const ids = sent.map(({ sessionId }) => sessionId);
  return chooseSession(storage, ids, oldIdsOf(context)).then(({ sessionId, known }) =>
    findNamed(context, sessionId, known),
  );
}

/** Makes an id the request's, and finds its session. */
function findNamed(
  context: RequestContext,
  sessionId: string,
  known: TimedValues | null,
): Promise<SessionData | null> {
  context.cookieId = sessionId;
  context.isUntold = context.sent.some((cookie) => cookie.isUntold && cookie.sessionId === sessionId);
  context.request.sessionID = sessionId;
  return findSession(context.storage, sessionId, context, known);
}

/**
 * Returns the data of a session that may continue, for a request, or for a socket server without a request.
 *
 * @param known - the values of the session's keys, if they have been read
 */
export function findSession(
  storage: Storage,
  sessionId: string,
  context: RequestContext | null,
  known: TimedValues | null = null,
): Promise<SessionData | null> {
  const id = signedInId(sessionId);
  return id ? judgeSession(storage, id, context, known) : findAnonymous(storage, sessionId, context, known);
}

async function findAnonymous(
  storage: Storage,
  sessionId: string,
  context: RequestContext | null,
  known: TimedValues | null,
): Promise<SessionData | null> {
  const endedRef = endedRefOf(sessionId);
  const oldIds = context ? oldIdsOf(context) : [];
  const reading = await readAnonymous(storage, refOf(sessionId), endedRef, oldIds, known);
  const { data: json, end, now, isReplaced } = reading;
  if (context) {
    context.oldTexts = reading.old;
    context.keepsCookie = isReplaced;
    context.isUnknown = json === null && end === null;
  }
  // The evicting device and place appear only in the answer that replaces the ended session's cookie, or on the next page.
  if (context && end) {
    const by = context.isUntold ? await evictorOf(storage, end) : null;
    tellEnd(context, endedRef, { ...end, by }, now);
  }
  if (json === null && endedRef === null && !isReplaced) storage.events.emit("warning", UNKNOWN_SESSION);
  const data = json === null ? null : parseSessionData(json);
  // Unreadable data counts as none, so that its owner can sign in instead of meeting an error everywhere.
  if (json !== null && data === null)
    storage.events.warn("corrupt_session_data", "An anonymous session's data can't be read; it is dropped.");
  if (context && json !== null && data !== null) context.stored = { id: sessionId, json };
  return data;
}

const UNKNOWN_SESSION = {
  code: "unknown_session",
  message: "A well-signed cookie names a session that does not exist (any more).",
} as const;
