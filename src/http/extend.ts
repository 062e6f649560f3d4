import type { Request } from "express";
import { CurfewError } from "../errors.js";
import { extension, reportedActivityAt, verdict, type SessionCore } from "../policy/index.js";
import { extendSession, noteActivity } from "../redis/change-session.js";
import { bounded, type State } from "../redis/state.js";
import { ACTIVITY_INTERVAL_MS } from "./judge-session.js";
import { requireLive, type LiveSession, type RequestContext } from "./context.js";
import { activeState, type ActiveState } from "./request-state.js";

/**
 * Gives the session of this request more time, as its warning offers it (rules D4 to D11, N3, N4).
 *
 * @throws CurfewError `extension_too_early` (`details.opensAt`), `reauthentication_required`, `session_ended`,
 * `not_signed_in`, `redis_unavailable`
 */
export async function extend(request: Request, allowEarly: boolean): Promise<ActiveState> {
  const { context, ...live } = requireLive(request);
  const { record, settings, now, ref } = live;
  const state = withinTime(context);
  const granted = extension(record, settings, state.limits, now, { allowEarly });
  switch (granted.outcome) {
    case "too_early":
      throw new CurfewError("extension_too_early", "The session can't be extended yet.", {
        opensAt: granted.opensAt,
        opensInMs: granted.opensAt - now,
      });
    case "reauthentication_required":
      throw new CurfewError("reauthentication_required", "More time needs the password again.");
    case "touched":
      await noteActivity(state, ref, record, now);
      return proceed(context, live, { lastActivityAt: now });
    case "extended": {
      const result = await extendSession(state, ref, record, granted.expiresAt, now);
      if (result === "ended") throw new CurfewError("session_ended", "This session has ended meanwhile.");
      const extendedCount = record.extendedCount + 1;
      const after = proceed(context, live, { expiresAt: granted.expiresAt, extendedAt: now, extendedCount });
      if (result === "extended")
        state.events.emit("extended", {
          ref,
          userId: record.userId,
          kind: record.kind,
          at: now,
          endsAt: granted.endsAt,
          extendedCount,
        });
      return after;
    }
  }
}

/**
 * Notes that a person was active `idleMs` ago, as a browser reports it. Never moves the last activity
 * backwards and never revives an ended session.
 *
 * @throws CurfewError `invalid_argument` unless `idleMs` is a number that is not negative
 */
export async function reportActivity(request: Request, idleMs: number): Promise<ActiveState> {
  if (typeof idleMs !== "number" || !(idleMs >= 0))
    throw new CurfewError(
      "invalid_argument",
      "idleMs must be the milliseconds since the last input, 0 or more.",
    );
  const { context, ...live } = requireLive(request);
  const { record, now, ref } = live;
  const at = reportedActivityAt(idleMs, record.lastActivityAt, now);
  if (at - record.lastActivityAt >= ACTIVITY_INTERVAL_MS)
    await noteActivity(withinTime(context), ref, record, Math.floor(at));
  return proceed(context, live, { lastActivityAt: at });
}

/** The state, for waits that together end within what the verdict has left of the request's time. */
function withinTime({ state, waitedMs }: RequestContext): State {
  return bounded(state, performance.now() - waitedMs);
}

/** The request goes on with what has changed about its session. */
function proceed(context: RequestContext, live: LiveSession, change: Partial<SessionCore>): ActiveState {
  const record = { ...live.record, ...change };
  const standing = live.standing;
  const judged = verdict(record, standing, live.settings, context.state.limits, live.now);
  if (judged.state === "ended") throw new CurfewError("session_ended", "This session has ended meanwhile.");
  context.live = { ...live, record, verdict: judged };
  const state = activeState(context.live);
  context.request.curfew = state;
  return state;
}
