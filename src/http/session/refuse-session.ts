/** Refusals of sessions: they record an end that is found, and tell the request. */
import type { EndedVerdict, SessionCore } from "../../policy/index.js";
import { endSessionSoon } from "../../state/sessions/end-session.js";
import type { Ending } from "../../state/sessions/ending.js";
import type { Records } from "../../state/sessions/over-among.js";
import { withoutRef } from "../../state/sessions/tell-end.js";
import type { TimedValues } from "../../redis/port.js";
import type { SignedInId } from "../../state/session-id.js";
import { evictorOf, latestSignIn } from "../../state/sessions/list-sessions.js";
import type { SessionReading } from "../../state/sessions/read-session.js";
import { bounded, type Storage } from "../../state/storage.js";
import type { RequestContext } from "../request/context.js";
import { endedState } from "../request/request-state.js";

/** Returns the end of a session that its own browser has ended. */
export const signedOutAt = (at: number): EndedVerdict => ({
  state: "ended",
  reason: "signed_out",
  at,
  by: null,
});

/** Returns the end of a session of which nothing readable is known. */
export const unknownEnd = (at: number): EndedVerdict => ({ state: "ended", reason: "unknown", at, by: null });

/** Warns that a key of a session is unreadable. */
export function warnOfCorruption({ events }: Storage): void {
  events.warn("corrupt_record", "A session's keys hold something that makes no sense; it ends.");
}

/** A clock that has been set back leaves sound records behind, whose times are still to come. */
export function warnOfNonsense(
  storage: Storage,
  { signedInAt, lastActivityAt, extendedAt }: SessionCore,
  now: number,
): void {
  if (Math.max(signedInAt, lastActivityAt, extendedAt ?? now) > now)
    storage.events.warn(
      "corrupt_record",
      "A session was last used at a time that is still to come: the clock has been set back, or its record is damaged. It ends.",
    );
  else warnOfCorruption(storage);
}

/** The requested session, its request and its time. A class, like `RequestContext`. */
export class Asked {
  constructor(
    readonly storage: Storage,
    readonly id: SignedInId,
    readonly context: RequestContext | null,
    public startedAt: number,
    readonly known: TimedValues | null = null,
  ) {}
}

/** True if the request learns of the newer sign-in. An administrator in a sudo session does not. */
function namesEvictor({ reason }: EndedVerdict, { kind }: SessionCore): boolean {
  return reason === "evicted" && kind !== "sudo";
}

/** Records how the session ended unless that has been done, and tells the request. */
export async function refuse(
  asked: Asked,
  { user, now }: SessionReading,
  record: SessionCore,
  ended: EndedVerdict,
  known?: Records,
): Promise<null> {
  const { ref } = asked.id;
  let by: EndedVerdict["by"];
  const within = bounded(asked.storage, asked.startedAt);
  if (!record.end) {
    const evictor = namesEvictor(ended, record) ? await latestSignIn(within, user, ended.limit, known) : null;
    await recordEndIfAccepted(asked, within, { ...ended, by: evictor });
    by = evictor && withoutRef(evictor);
  } else by = await evictorOf(within, record.end);
  if (asked.context) tellEnd(asked.context, ref, { ...ended, by }, now);
  return null;
}

/**
 * Gives a request the reason of its browser's ended session. An anonymous session that begins on this request
 * remembers the end, so that later requests also show it (rule M5). A browser that has signed out needs no reason.
 */
export function tellEnd(
  context: RequestContext,
  ref: string | null,
  { reason, at, by }: Pick<EndedVerdict, "reason" | "at" | "by">,
  now: number,
): void {
  context.endedRef = reason === "signed_out" ? null : ref;
  context.request.curfew = endedState(context, { reason, by, endedAt: at, checkedAt: now });
}

/** Tells a request of an end that no record keeps. */
function tell({ context }: Asked, ended: EndedVerdict, now: number): null {
  if (context) tellEnd(context, null, ended, now);
  return null;
}

/**
 * Records an end before the answer shows it. If Redis answers reads but refuses writes, the answer shows an
 * unrecorded end, so that public pages open (rule M33). The guards answer 503, because a later change of the settings
 * may undo that end.
 */
async function recordEndIfAccepted({ id, context }: Asked, storage: Storage, ending: Ending): Promise<void> {
  try {
    await endSessionSoon(storage, id.ref, ending);
  } catch (error) {
    const { cause } = error as { readonly cause?: unknown };
    if (!(cause instanceof Error) || cause.name !== "ReplyError") throw error;
    if (context) context.isEndUnrecorded = true;
    storage.events.warnOnce("write_failed", `Recording the end of a session: ${String(error)}`);
  }
}

/**
 * Refuses an old secret of a session that continues without it (rule M28). A late answer must not replace the newer cookie
 * that the browser may have by now (rule M15).
 */
export function refuseWorthless(asked: Asked, reading: SessionReading): null {
  if (asked.context && reading.replacedLately) asked.context.keepsCookie = true;
  return tellUnknown(asked, reading.now);
}

/** Refuses an old secret whose window is over, of a session that continues under an offered secret. Records no end. */
export function refuseOutdated(asked: Asked, reading: SessionReading, ended: EndedVerdict): null {
  if (asked.context && reading.replacedLately) asked.context.keepsCookie = true;
  return tell(asked, ended, reading.now);
}

function tellUnknown(asked: Asked, now: number): null {
  if (asked.context) asked.context.isUnknown = true;
  asked.storage.events.emit("warning", {
    code: "unknown_session",
    message: "A well-signed cookie names a session of which nothing is known (any more).",
  });
  return tell(asked, unknownEnd(now), now);
}

/** Refuses a session without a readable record: it is over, and its remains are deleted. */
export async function refuseUnknown(asked: Asked, { data, corrupt, now }: SessionReading): Promise<null> {
  const { storage, startedAt } = asked;
  if (corrupt || data !== null)
    await recordEndIfAccepted(asked, bounded(storage, startedAt), { reason: "unknown", at: now });
  return tellUnknown(asked, now);
}
