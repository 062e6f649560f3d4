import type { Request } from "express";
import { invalidArgument } from "../../check-options.js";
import { CurfewError } from "../../errors.js";
import { extension, reportedActivityAt, type ActivityMarks } from "../../policy/index.js";
import { extendSession, noteActivity } from "../../state/sessions/change-session.js";
import type { Storage } from "../../state/storage.js";
import {
  requireContext,
  requireCurrent,
  type CurrentSession,
  type RequestContext,
} from "../request/context.js";
import type { ActiveState } from "../request/request-state.js";
import { ACTIVITY_INTERVAL_MS } from "../session/request-activity.js";
import { changed, goOn, judgeNow, withinTime } from "./current-session.js";
import { traced } from "./traced.js";

/**
 * Gives this request's session more time, as its warning offers (rules D4 to D12, N3, N4). Judges the session by the
 * current facts, not by the facts at the request's begin.
 *
 * @throws CurfewError `extension_too_early` (`details.opensAt`), `reauthentication_required`, `sign_in_required`,
 * `session_ended`, `not_signed_in`, `redis_unavailable`
 */
export async function extend(request: Request, allowEarly: boolean): Promise<ActiveState> {
  const { storage } = requireContext(request);
  return traced(storage, "extend", () => extendCurrent(request, allowEarly));
}

async function extendCurrent(request: Request, allowEarly: boolean): Promise<ActiveState> {
  const { context, record: seen } = requireCurrent(request);
  const storage = withinTime(context);
  const live = await judgeNow(context, storage);
  const { record, settings, now, ref } = live;
  // Another request has extended it that saw the same as this one (rule D8).
  if (record.extendedCount > seen.extendedCount) return goOn(context, live);
  // In a sudo session the administrator's own rules may offer this, and the user's rules alone do not show it.
  if (live.verdict.action === "stay") return noteNow(context, storage, live, now);
  const granted = extension(record, settings, now, { allowEarly });
  switch (granted.outcome) {
    case "too_early":
      throw new CurfewError("extension_too_early", "The session can't be extended yet.", {
        opensAt: granted.opensAt,
        opensInMs: granted.opensAt - now,
      });
    case "reauthentication_required":
      throw new CurfewError("reauthentication_required", "More time needs the password again.");
    case "sign_in_required":
      throw new CurfewError("sign_in_required", "More time needs a new sign-in, on the login page.");
    case "touched":
      return noteNow(context, storage, live, now);
    case "extended": {
      const result = await extendSession(storage, live, granted.expiresAt, now);
      if (result !== "extended") return goOn(context, await judgeNow(context, storage));
      const extendedCount = record.extendedCount + 1;
      const after = changed(live, { expiresAt: granted.expiresAt, extendedAt: now, extendedCount });
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
export function reportActivity(request: Request, idleMs: number): Promise<ActiveState> {
  return report(request, idleMs, null);
}

/**
 * Like {@link reportActivity}, but for a report of the session's pages. After the first report, reports count instead
 * of plain navigations (rule M1).
 *
 * @throws CurfewError as {@link reportActivity}
 */
export function reportInput(request: Request, idleMs: number): Promise<ActiveState> {
  return report(request, idleMs, "reportsInput");
}

type Mark = keyof ActivityMarks;

async function report(request: Request, idleMs: number, mark: Mark | null): Promise<ActiveState> {
  if (typeof idleMs !== "number" || !(idleMs >= 0))
    throw invalidArgument(
      "reportActivity",
      "idleMs must be the milliseconds since the last input, 0 or more",
    );
  const { context } = requireCurrent(request);
  const storage = withinTime(context);
  const live = await judgeNow(context, storage);
  const at = reportedActivityAt(idleMs, live.record.lastActivityAt, live.now);
  return noteNow(context, storage, live, at, mark);
}

/** Records activity, unless the record has all of it. The first mark is always stored. */
async function noteNow(
  context: RequestContext,
  storage: Storage,
  live: CurrentSession,
  at: number,
  mark: Mark | null = null,
): Promise<ActiveState> {
  const { record } = live;
  const newMark = mark !== null && !record[mark] ? mark : null;
  const isNews = at - record.lastActivityAt >= ACTIVITY_INTERVAL_MS;
  if (isNews || newMark) {
    const storedAt = isNews ? Math.floor(at) : record.lastActivityAt;
    // The session's time may be up by now. Then it is over, unless other activity came earlier.
    if (!(await noteActivity(storage, live, storedAt, newMark)))
      return goOn(context, await judgeNow(context, storage));
  }
  const marked = newMark === null ? {} : { [newMark]: true };
  return goOn(context, changed(live, { lastActivityAt: at, ...marked }));
}
