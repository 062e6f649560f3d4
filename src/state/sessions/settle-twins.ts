/** Two sign-ins of one browser within ten seconds: which cookie the browser keeps is chance (rules M10, M27). */
import { SECOND_MS, type SessionCore } from "../../policy/index.js";
import { userMessage } from "../keys.js";
import * as scripts from "../scripts.generated.js";
import type { SignedInId } from "../session-id.js";
import type { Storage } from "../storage.js";
import { cleanUp } from "./end-session.js";
import type { OtherEntry } from "./user-format.js";

/** Two sign-ins of one browser within this time are one form sent twice, in milliseconds. */
export const SENT_TWICE_MS = 10 * SECOND_MS;

/**
 * Lets a session stay, and ends its twins, once ten seconds have passed since the latest of them.
 *
 * @param twins - the other sessions of its browser, one at least
 * @returns false if a twin has been let stay in its place
 */
export async function settleTwins(
  storage: Storage,
  { ref, tag }: Pick<SignedInId, "ref" | "tag">,
  record: SessionCore,
  twins: readonly OtherEntry[],
  now: number,
): Promise<boolean> {
  const latest = Math.max(record.number, ...twins.map(({ number }) => number));
  if (now < latest + SENT_TWICE_MS) return true;
  let reply: [number, ...string[]];
  try {
    const key = storage.keys.user(tag);
    reply = (await storage.redis.run(scripts.settleTwins, [
      key,
      ref,
      storage.keys.ends,
      userMessage(tag),
    ])) as [number, ...string[]];
  } catch (error) {
    storage.events.warn("write_failed", `Ending another session of the same browser: ${String(error)}`);
    // The next request tries again.
    return true;
  }
  const [stays, ...others] = reply;
  cleanUp(storage, others, { reason: "signed_out", at: now });
  return stays === 1;
}
