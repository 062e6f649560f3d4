import type { BrowserLimitName, EndedVerdict, EndReason, EvictedBy } from "../../policy/index.js";

/** The session that evicted another. */
export interface Evictor extends EvictedBy {
  readonly ref: string;
}

/** Facts about the end of a session. */
export interface Ending {
  readonly reason: EndReason;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly by?: Evictor | null;
  /** Actor of the end, for the event. */
  readonly actor?: string | null;
  /** Limit above which an evicted session was, for the event. */
  readonly limit?: BrowserLimitName | null;
}

/** Returns the facts of an end that a verdict has found. */
export function endingFrom({ reason, at, actor, limit }: EndedVerdict): Ending {
  return { reason, at, actor: actor ?? null, limit: limit ?? null };
}

const TIME_IS_UP: ReadonlySet<EndReason> = new Set(["idle", "absolute"]);

/** True if a session's time was up. Then it did not count against others, so no session had lost to it (rule C11). */
export const isTimeUp = (reason: EndReason): boolean => TIME_IS_UP.has(reason);
