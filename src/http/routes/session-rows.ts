import type { SessionView } from "../../wire.js";
import type { SessionRow } from "../../wire.js";

/**
 * Describes one of a user's sessions to the user, without its labels, which are the app's own notes. `expiresAt` is the
 * nearer of its two deadlines.
 *
 * @param currentRef - ref of the session that asks
 */
export function describeSession(view: SessionView, currentRef: string): SessionRow {
  const { userId: _itsReader, tenant: _t, roles: _r, tags: _g, metadata: _m, ...shown } = view;
  const { absoluteEndsAt: _a, idleEndsAt: _i, ...session } = shown;
  return { ...session, isCurrent: session.ref === currentRef };
}
