import type { Request } from "express";
import type { Events } from "../../events.js";
import { isForeign } from "../request/cross-site.js";
import {
  hasApiToken,
  hasUserHeader,
  isActivity,
  isForeignSubrequest,
  isNeverActivity,
  type ActivityMarks,
} from "../../policy/index.js";
import { afterActivity, judgeWith } from "../../state/sessions/administrator.js";
import { noteActivity } from "../../state/sessions/change-session.js";
import type { ActivityOption } from "../../options.js";
import type { CurrentSession, RequestContext } from "../request/context.js";

/** Shortest time between two stored activities of a session, in milliseconds. */
export const ACTIVITY_INTERVAL_MS = 1_000;

/** Decides if a request shows the activity of a session's person. */
export type ActivityRule = (request: Request, marks: ActivityMarks) => boolean;

const RULES = {
  auto: isActivity,
  navigations: (request, { sendsUser }) => isActivity(request, { reportsInput: false, sendsUser }),
  requests: (request) => !isNeverActivity(request),
} satisfies Record<string, ActivityRule>;

/** Returns the rule for the app's option. */
export function activityRule(
  option: ActivityOption,
  trustedOrigins: readonly string[],
  events: Events,
): ActivityRule {
  const counts: ActivityRule =
    typeof option === "string"
      ? RULES[option]
      : (request, marks) => option(request, isActivity(request, marks));
  // A request that another site can cause must not keep a session alive, even if the app's function counts it.
  return (request, marks) =>
    !isForeign(request, trustedOrigins, events) &&
    !isForeignSubrequest(request, trustedOrigins) &&
    // A program's call is not its user's activity either (rule N13).
    !hasApiToken(request) &&
    counts(request, marks);
}

/**
 * Records the activity that a request shows, in the background. Returns the session after the activity.
 *
 * The same write stores that the browser marks a person's navigations (rule M2). This mark is also stored within
 * {@link ACTIVITY_INTERVAL_MS}, once per session.
 */
export function recordActivity(context: RequestContext, live: CurrentSession): CurrentSession {
  const { storage, request } = context;
  const { record, now } = live;
  const isNews = now - record.lastActivityAt >= ACTIVITY_INTERVAL_MS;
  const mark = !record.sendsUser && hasUserHeader(request) ? "sendsUser" : null;
  if (!(isNews || mark) || !context.countsAsActivity(request, record)) return live;
  const at = isNews ? now : record.lastActivityAt;
  storage.backgroundWork.begin(
    () => noteActivity(storage, live, at, mark),
    (error) => {
      storage.events.warn("write_failed", `Storing activity: ${String(error)}`);
    },
  );
  const active = { ...record, lastActivityAt: at, sendsUser: record.sendsUser || mark !== null };
  const administrator = afterActivity(live.administrator, at);
  const judged = judgeWith(administrator, active, live, now);
  return judged.state === "active" ? { ...live, record: active, administrator, verdict: judged } : live;
}
