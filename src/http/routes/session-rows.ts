import type { SessionView } from "../../state/list/list-sessions.js";
import type { SessionRow } from "../../wire.js";

/** Describes one of a user's sessions to the user. @param currentRef - ref of the session that asks */
export function describeSession(
  { userId: _itsReader, ...session }: SessionView,
  currentRef: string,
): SessionRow {
  return { ...session, isCurrent: session.ref === currentRef };
}
