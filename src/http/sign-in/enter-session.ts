import { FRESH_STANDING } from "../../policy/index.js";
import { CurfewError } from "../../errors.js";
import type { SignedInId } from "../../state/session-id.js";
import { judgeWith, type JudgedAdministrator } from "../../state/sessions/administrator.js";
import type { OpenedSession } from "../../state/sessions/open-session.js";
import { noteLoaded, type RequestContext } from "../request/context.js";
import { replaceCookie } from "../session/answer-cookie.js";
import { activeState, type EndedState } from "../request/request-state.js";
import { beginAgain } from "./undo-changes.js";

/** Makes a newly stored session the request's own, and sends its cookie. */
export function enterSession(
  context: RequestContext,
  id: SignedInId,
  opened: OpenedSession,
  administrator: JudgedAdministrator | null = null,
): void {
  const { record, settings, now, settingsVersion } = opened;
  const judged = judgeWith(administrator, record, { standing: FRESH_STANDING, settings }, now);
  if (judged.state === "ended")
    throw new CurfewError("session_ended", "The session ended while it was being opened.", {
      reason: judged.reason,
    });
  context.live = {
    ref: id.ref,
    tag: id.tag,
    secretHash: id.secretHash,
    shown: "present",
    mayBeOverwritten: false,
    twins: [],
    record,
    standing: FRESH_STANDING,
    verdict: judged,
    administrator,
    settings,
    settingsVersion,
    now,
  };
  context.endedRef = null;
  context.keepsCookie = false;
  context.request.curfew = activeState(context, context.live);
  noteLoaded(context);
  replaceCookie(context, context.live);
}

/**
 * Makes this request anonymous, with an empty session. Without data in it the browser keeps its cookie, which tells its
 * other tabs why the session has ended. With data, such as a flash message, the session is stored under its own id.
 */
export function leaveSession(context: RequestContext, ended: EndedState): void {
  context.live = null;
  context.request.curfew = ended;
  beginAgain(context);
}
