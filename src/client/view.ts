/** The state that a person sees. */
import type { Status } from "../wire.js";
import type { KnownSession } from "./known-session.js";
import type { OpenWarning } from "./open-warning.js";

/** The state of the machine at one time. */
export interface Moment {
  /** The veil over the page: the server is being asked, can't be asked, or the page is being left. */
  readonly cover: "none" | "checking" | "unreachable" | "leaving";
  readonly known: Pick<KnownSession, "status" | "endsAt" | "failures">;
  readonly open: OpenWarning | null;
  readonly isOnline: boolean;
  readonly now: number;
}

/** The problem that the warning shows. */
export interface Problem {
  /** The server's error, or "unreachable". */
  readonly kind: string;
  /** Time until the next try; `null` if only the person tries again. */
  readonly retryInMs: number | null;
}

/** The warning before an end. */
export interface Warning extends Pick<Status, "action" | "limit" | "extendMs" | "reauthentication"> {
  readonly isBusy: boolean;
  /** True if the person has closed the dialog to copy work. A banner with the countdown remains. */
  readonly isMinimized: boolean;
  readonly problem: Problem | null;
}

/** The state as a person sees it. */
export interface View {
  readonly cover: Moment["cover"];
  readonly warning: Warning | null;
  readonly banner: "offline" | "unreachable" | null;
  readonly remainingMs: number;
}

/** Returns the view of a moment. A veil hides the warning, and both hide the banner. */
export function viewOf({ cover, known, open, isOnline, now }: Moment): View {
  const status = cover === "none" ? known.status : null;
  const trouble = known.failures > 1 ? "unreachable" : null;
  return {
    cover,
    warning: status && open ? warningOf(status, open, now) : null,
    banner: !status || open ? null : isOnline ? trouble : "offline",
    remainingMs: Math.max(0, known.endsAt - now),
  };
}

function warningOf(status: Status, open: OpenWarning, now: number): Warning | null {
  const { isReplaced, problem, isBusy, isMinimized, retryAt } = open;
  if (isReplaced) return null;
  const retryInMs = retryAt === Infinity ? null : Math.max(0, retryAt - now);
  const { action, limit, extendMs, reauthentication } = status;
  return {
    ...{ action, limit, extendMs, reauthentication, isBusy, isMinimized },
    problem: problem === null ? null : { kind: problem, retryInMs },
  };
}
