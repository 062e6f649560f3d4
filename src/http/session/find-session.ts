import type { SessionData } from "express-session";
import type { TimedValues } from "../../redis/port.js";
import { readAnonymous } from "../../state/sessions/anonymous-data.js";
import { evictorOf } from "../../state/list/list-sessions.js";
import { endedRefOf, refOf, signedInId } from "../../state/session-id.js";
import type { Storage } from "../../state/storage.js";
import { oldIdsOf, type RequestContext } from "../request/context.js";
import { judgeSession } from "./judge-session.js";
import { parseSessionData } from "./session-data.js";
import { tellEnd } from "./refuse-session.js";

/**
 * Returns the data of a session that may continue, for a request, or for a socket server without a request.
 *
 * @param known - the values of the session's keys, if they have been read
 */
export async function findSession(
  storage: Storage,
  sessionId: string,
  context: RequestContext | null,
  known: TimedValues | null = null,
): Promise<SessionData | null> {
  const id = signedInId(sessionId);
  if (id) return judgeSession(storage, id, context, known);
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
