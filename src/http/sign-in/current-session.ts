/** The session of a request as it is now, for operations of a handler that may have taken long. */
import { endedMeanwhile } from "../../errors.js";
import type { SessionCore } from "../../policy/index.js";
import { afterActivity, judgeWith } from "../../state/sessions/administrator.js";
import { bounded, type Storage } from "../../state/storage.js";
import type { CurrentSession, RequestContext } from "../request/context.js";
import { activeState, type ActiveState } from "../request/request-state.js";
import { judgeAgain } from "../session/judge-session.js";
import { leaveSession } from "./enter-session.js";

/**
 * Returns this request's session as it is now. A slow handler or a slow connection must not revive a session that has
 * ended meanwhile (rule D12).
 *
 * @throws CurfewError `session_ended`; the request is then anonymous
 */
export async function judgeNow(context: RequestContext, storage: Storage): Promise<CurrentSession> {
  const { request } = context;
  const live = await judgeAgain(context, storage);
  if (live) return live;
  if (request.curfew.state !== "ended") throw endedMeanwhile();
  const { reason } = request.curfew;
  leaveSession(context, request.curfew);
  throw endedMeanwhile({ reason });
}

/**
 * The storage, for the waits of one operation of a handler, such as a sign-out. Together they take at most `timeoutMs`,
 * in addition to the time of the verdict. With a slow Redis the sum of all steps would be too long for any operation.
 */
export const withinTime = ({ storage }: RequestContext): Storage => bounded(storage);

/** The session, as it is after a change. */
export function changed(live: CurrentSession, change: Partial<SessionCore>): CurrentSession {
  const record = { ...live.record, ...change };
  const administrator = afterActivity(live.administrator, record.lastActivityAt);
  const judged = judgeWith(administrator, record, live, live.now);
  if (judged.state === "ended") throw endedMeanwhile();
  return { ...live, record, administrator, verdict: judged };
}

/** Continues the request with its session as it is now. */
export function goOn(context: RequestContext, live: CurrentSession): ActiveState {
  context.live = live;
  const state = activeState(context, live);
  context.request.curfew = state;
  return state;
}
