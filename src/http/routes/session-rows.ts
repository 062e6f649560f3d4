import type { SessionView } from "../../wire.js";
import type { SessionRow } from "../../wire.js";

/**
 * Describes one of a user's sessions to the user, without its labels, which are the app's own notes.
 *
 * @param currentRef - ref of the session that asks
 */
export function describeSession(
  { userId: _itsReader, tenant: _t, roles: _r, tags: _g, metadata: _m, ...session }: SessionView,
  currentRef: string,
): SessionRow {
  return { ...session, isCurrent: session.ref === currentRef };
}
