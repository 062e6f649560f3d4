import { PLACE_FIELDS } from "./record-format.js";
import { pageOfRefs } from "../list/shelves.js";
import type { State } from "../storage.js";

const PAGE = 500;

/** Deletes addresses and places from the records of all listed sessions (rule Q19). */
export async function purgeLocations(state: State): Promise<number> {
  let count = 0;
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page = await pageOfRefs(state, PAGE, cursor);
    await Promise.all(
      page.refs.map((ref) => state.redis.call("HDEL", [state.keys.record(ref), ...PLACE_FIELDS])),
    );
    count += page.refs.length;
    cursor = page.nextCursor;
  }
  return count;
}
