import type { Request } from "express";
import { invalidArgument } from "../../check-options.js";
import { CurfewError, endedMeanwhile } from "../../errors.js";
import { extension, reportedActivityAt, verdict, type SessionCore } from "../../policy/index.js";
import { extendSession, noteActivity } from "../../state/sessions/change-session.js";
import { bounded, type Storage } from "../../state/storage.js";
import { requireCurrent, type CurrentSession, type RequestContext } from "../request/context.js";
import { leaveSession } from "./enter-session.js";
import { ACTIVITY_INTERVAL_MS, judgeAgain } from "../session/judge-session.js";
import { activeState, type ActiveState } from "../request/request-state.js";

/**
 * Gives the session of this request more time, as its warning offers it (rules D4 to D12, N3, N4), by what holds
 * now and not when the request began.
 *
 * @throws CurfewError `extension_too_early` (`details.opensAt`), `reauthentication_required`, `session_ended`,
 * `not_signed_in`, `redis_unavailable`
 */
export async function extend(request: Request, allowEarly: boolean): Promise<ActiveState> {
  const { context, record: seen } = requireCurrent(request);
  const live = await judgeNow(context);
  const { record, settings, now, ref } = live;
  // Another request has extended it that saw the same as this one (rule D8).
  if (record.extendedCount > seen.extendedCount) return goOn(context, live);
  const storage = withinTime(context);
  const granted = extension(record, settings, storage.limits, now, { allowEarly });
  switch (granted.outcome) {
    case "too_early":
      throw new CurfewError("extension_too_early", "The session can't be extended yet.", {
        opensAt: granted.opensAt,
        opensInMs: granted.opensAt - now,
      });
    case "reauthentication_required":
      throw new CurfewError("reauthentication_required", "More time needs the password again.");
    case "touched":
      return noteNow(context, live, now);
    case "extended": {
      const result = await extendSession(storage, live, granted.expiresAt, now);
      if (result !== "extended") return goOn(context, await judgeNow(context));
      const extendedCount = record.extendedCount + 1;
      const after = changed(context, live, { expiresAt: granted.expiresAt, extendedAt: now, extendedCount });
      storage.events.emit("extended", {
        ref,
        userId: record.userId,
        kind: record.kind,
        at: now,
        endsAt: granted.endsAt,
        extendedCount,
      });
      return goOn(context, after);
    }
  }
}

/**
 * Notes that a person was active `idleMs` ago, as a browser reports it. Never moves the last activity
 * backwards and never revives an ended session (rule D12).
 *
 * @throws CurfewError `invalid_argument` unless `idleMs` is a number that is not negative
 */
export async function reportActivity(request: Request, idleMs: number): Promise<ActiveState> {
  if (typeof idleMs !== "number" || !(idleMs >= 0))
    throw invalidArgument(
      "reportActivity",
      "idleMs must be the milliseconds since the last input, 0 or more",
    );
  const { context } = requireCurrent(request);
  const live = await judgeNow(context);
  return noteNow(context, live, reportedActivityAt(idleMs, live.record.lastActivityAt, live.now));
}

/** Notes activity, unless what is known is as good. */
async function noteNow(context: RequestContext, live: CurrentSession, at: number): Promise<ActiveState> {
  const isNews = at - live.record.lastActivityAt >= ACTIVITY_INTERVAL_MS;
  // Its time may have run out since: then it is over, unless somebody else's activity has come before that.
  if (isNews && !(await noteActivity(withinTime(context), live, Math.floor(at))))
    return goOn(context, await judgeNow(context));
  return goOn(context, changed(context, live, { lastActivityAt: at }));
}

/**
 * The session of this request as it is now: nothing that takes long, in a handler or on the way here, brings back
 * what has ended since (rule D12).
 *
 * @throws CurfewError `session_ended`; the request is one of nobody then
 */
async function judgeNow(context: RequestContext): Promise<CurrentSession> {
  const { request } = context;
  const live = await judgeAgain(context, requireCurrent(request));
  if (live) return live;
  if (request.curfew.state !== "ended") throw endedMeanwhile();
  const { reason } = request.curfew;
  leaveSession(context, request.curfew);
  throw endedMeanwhile({ reason });
}

/** The state, for waits that together end within what the verdict has left of the request's time. */
function withinTime({ storage, waitedMs }: RequestContext): Storage {
  return bounded(storage, performance.now() - waitedMs);
}

/** The session, as it is after a change. */
function changed(
  { storage }: RequestContext,
  live: CurrentSession,
  change: Partial<SessionCore>,
): CurrentSession {
  const record = { ...live.record, ...change };
  const judged = verdict(record, live.standing, live.settings, storage.limits, live.now);
  if (judged.state === "ended") throw endedMeanwhile();
  return { ...live, record, verdict: judged };
}

/** The request goes on with its session as it is now. */
function goOn(context: RequestContext, live: CurrentSession): ActiveState {
  context.live = live;
  const state = activeState(live);
  context.request.curfew = state;
  return state;
}
