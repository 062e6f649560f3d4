import { FRESH_STANDING, verdict } from "../../policy/index.js";
import { CurfewError } from "../../errors.js";
import { refOf } from "../../state/keys.js";
import type { OpenedSession } from "../../state/sessions/open-session.js";
import type { RequestContext } from "../request/context.js";
import { replaceCookie } from "../session/cookies.js";
import { activeState, type EndedState } from "../request/request-state.js";

/** Makes a session that has just been stored the one of this request, and has its cookie sent. */
export function enterSession(context: RequestContext, sessionId: string, opened: OpenedSession): void {
  const { record, settings, now, settingsVersion } = opened;
  const judged = verdict(record, FRESH_STANDING, settings, context.storage.limits, now);
  if (judged.state === "ended")
    throw new CurfewError("session_ended", "The session ended while it was being opened.", {
      reason: judged.reason,
    });
  context.live = {
    ref: refOf(sessionId),
    record,
    standing: FRESH_STANDING,
    verdict: judged,
    settings,
    settingsVersion,
    now,
  };
  context.request.curfew = activeState(context.live);
  replaceCookie(context, context.live);
}

/**
 * Makes this request one of nobody: a fresh, empty session, as express-session gives to strangers. What is put
 * in it is not kept.
 */
export function leaveSession(context: RequestContext, ended: EndedState): void {
  context.live = null;
  context.request.curfew = ended;
  // Under the old id, so that the browser keeps the cookie that tells its other tabs why.
  context.store.begin(context.request, context.request.sessionID);
  context.stored = null;
}
