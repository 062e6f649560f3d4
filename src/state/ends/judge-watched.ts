import type { EndReason, EvictedBy, SessionRecord } from "../../policy/index.js";
import { userMessage } from "../keys.js";
import type { InForce } from "../values/in-force.js";
import { inspect, latestSignIn } from "../sessions/list-sessions.js";
import { verdictsOf } from "../sessions/verdicts.js";
import { endSession } from "../sessions/end-session.js";
import { endingFrom } from "../sessions/ending.js";
import { readRecord } from "../sessions/read-records.js";
import { withoutRef } from "../sessions/tell-end.js";
import type { Storage } from "../storage.js";
import { knownTag } from "../user-tags.js";

/** The end of a watched session. */
export interface WatchedEnd {
  /** Public handle of the session. */
  readonly ref: string;
  readonly reason: EndReason;
  /** Sign-in that evicted the session; `null` for other reasons. */
  readonly by: EvictedBy | null;
}

/** Result of a check of one session. */
export type Judged =
  | { readonly state: "ended"; readonly end: WatchedEnd }
  /** `endsAt` is the next deadline, in milliseconds since 1970. `topics`: messages that may mean its end, besides its own. */
  | { readonly state: "active"; readonly topics: readonly string[]; readonly endsAt: number };

/** Returns the messages about a session's user. For a sudo session, adds those about the administrator and the own session. */
async function topicsOf(storage: Storage, { userId, administrator }: SessionRecord): Promise<string[]> {
  const ofUser = async (of: string): Promise<string> => userMessage(await knownTag(storage, of));
  if (administrator === null) return [await ofUser(userId)];
  return [await ofUser(userId), await ofUser(administrator.userId), administrator.ref];
}

/** Judges a session without a request. Records an end that no request has found yet. */
export async function judgeWatched(storage: Storage, ref: string, inForce: InForce): Promise<Judged> {
  const found = await inspect(storage, ref);
  const [judged] = found ? await verdictsOf(storage, [found], inForce) : [];
  if (found && judged?.state === "active")
    return { state: "active", topics: await topicsOf(storage, found.record), endsAt: judged.endsAt };
  if (found && judged?.state === "ended") {
    const isOfSudo = found.record.kind === "sudo";
    const isEvicted = judged.reason === "evicted" && !isOfSudo;
    const by = isEvicted ? await latestSignIn(storage, found.user, judged.limit) : null;
    await endSession(storage, ref, { ...endingFrom(judged), by });
  }
  const { record } = await readRecord(storage, ref);
  const end = record?.end;
  return {
    state: "ended",
    end: { ref, reason: end?.reason ?? "unknown", by: end?.by ? withoutRef(end.by) : null },
  };
}
