import * as scripts from "../scripts.generated.js";
import type { Storage } from "../storage.js";
import { decodeAudited, isAbout, isBy, withoutActor } from "./audit-entry.js";
import { walkAudit } from "./read-audit.js";

/**
 * Takes a deleted user out of the audit trail (case H5). Entries about the user's sessions are deleted. Entries that the
 * user caused about others are added once more at the end, without the name, and deleted in the same step. So two calls
 * at once, or a repetition after a failure, add each of them once.
 *
 * @param endSudo - ends sudo sessions that the user began. It runs before their entries lose the name, so that a
 * repetition after a failure finds them
 */
export async function forgetInAudit(
  storage: Storage,
  userId: string,
  endSudo: (refs: readonly string[]) => Promise<void>,
): Promise<void> {
  const { redis, keys } = storage;
  for await (const part of walkAudit(storage)) {
    const entries = part.map(decodeAudited).filter((entry) => entry !== null);
    const own = entries.filter((entry) => isAbout(entry, userId));
    const acts = entries.filter((entry) => isBy(entry, userId) && !isAbout(entry, userId));
    await endSudo(acts.flatMap((act) => (act.type === "signedIn" ? [act.ref] : [])));
    await Promise.all(
      acts.map((entry) =>
        redis.run(scripts.replaceEntry, [keys.audit, entry.position, ...withoutActor(entry)]),
      ),
    );
    if (own.length > 0) await redis.call("XDEL", [keys.audit, ...own.map(({ position }) => position)]);
  }
}
