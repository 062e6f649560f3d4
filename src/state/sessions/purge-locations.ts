import { PLACE_FIELDS } from "./record-fields.js";
import { pageOfRefs } from "../list/shelves.js";
import * as scripts from "../scripts.generated.js";
import type { Storage } from "../storage.js";

const PAGE = 500;

/** Deletes addresses and places from the records of all listed sessions (rule Q19). */
export async function purgeLocations(storage: Storage): Promise<number> {
  let count = 0;
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page = await pageOfRefs(storage, PAGE, cursor);
    await Promise.all(
      page.refs.map((ref) =>
        storage.redis.run(scripts.clearFields, [storage.keys.record(ref), ...PLACE_FIELDS]),
      ),
    );
    count += page.refs.length;
    cursor = page.nextCursor;
  }
  return count;
}
