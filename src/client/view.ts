import type { KnownSession } from "./known-session.js";
import type { OpenWarning } from "./open-warning.js";
import type { View } from "./ports.js";

/** Returns the view of a state. A veil hides the warning, and both hide the banner. */
export function viewOf(
  cover: View["cover"],
  known: KnownSession,
  open: OpenWarning | null,
  isOnline: boolean,
  now: number,
): View {
  const status = cover === "none" ? known.status : null;
  const trouble = known.failures > 1 ? "unreachable" : null;
  return {
    cover,
    warning: status && open ? open.toView(status, now) : null,
    banner: !status || open ? null : isOnline ? trouble : "offline",
    remainingMs: Math.max(0, known.endsAt - now),
  };
}
