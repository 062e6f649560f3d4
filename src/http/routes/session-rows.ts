import type { SessionView } from "../../state/list/list-sessions.js";
import type { SessionRow } from "../../wire.js";

/** Describes one of a user's sessions to the user. @param currentRef - ref of the session that asks */
export function describeSession(session: SessionView, currentRef: string): SessionRow {
  const { ref, kind, browser, operatingSystem, ip, city, state, country } = session;
  const { signedInAt, lastActivityAt, expiresAt, persistent } = session;
  return {
    ref,
    isCurrent: ref === currentRef,
    kind,
    browser,
    operatingSystem,
    ip,
    city,
    state,
    country,
    signedInAt,
    lastActivityAt,
    expiresAt,
    persistent,
  };
}
