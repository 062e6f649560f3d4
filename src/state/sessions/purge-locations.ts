import { PLACE_FIELDS } from "./record-fields.js";
import { walkShelves } from "../list/walk-shelves.js";
import * as scripts from "../scripts.generated.js";
import type { Storage } from "../storage.js";

/** Progress of a purge. */
export interface PurgeProgress {
  /** Number of sessions read. They have no address and no place any more. */
  readonly sessions: number;
  /** Share of all sessions that has been read, 0 to 1. An estimate while the purge continues. */
  readonly share: number;
}

/** The progress before the first step. */
export const NOTHING_PURGED: PurgeProgress = { sessions: 0, share: 0 };

/** Deletes addresses and places from the records of all listed sessions (rule Q19), and tells its progress. */
export async function* purgeLocations(storage: Storage): AsyncGenerator<PurgeProgress> {
  let sessions = 0;
  for await (const { refs, share } of walkShelves(storage)) {
    await Promise.all(
      refs.map((ref) =>
        storage.background.run(scripts.clearFields, [storage.keys.record(ref), ...PLACE_FIELDS]),
      ),
    );
    sessions += refs.length;
    yield { sessions, share };
  }
}
