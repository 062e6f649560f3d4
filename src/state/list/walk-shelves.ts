import type { Storage } from "../storage.js";
import { levelsInUse, pageOfRefs, shelvesOn } from "./shelves.js";

/** One part of a walk over the list of all sessions. */
export interface WalkedPart {
  readonly refs: readonly string[];
  /** Share of the list that has been read, 0 to 1. An estimate before the last part. */
  readonly share: number;
}

/** Sessions that are read at once. More would hold up the requests of this process. */
const PAGE = 200;
/** Shelves of a level whose rows are counted for the estimate. */
const SAMPLED_SHELVES = 16;

/** Walks over the list of all sessions, part by part. */
export async function* walkShelves(storage: Storage): AsyncGenerator<WalkedPart> {
  const walker = { ...storage, redis: storage.background };
  const expected = await estimatedRows(walker);
  let rows = 0;
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const { refs, nextCursor } = await pageOfRefs(walker, PAGE, cursor);
    rows += refs.length;
    cursor = nextCursor;
    yield { refs, share: cursor === null ? 1 : Math.min(0.99, rows / Math.max(1, expected)) };
  }
}

/** Estimates the rows of the list from some shelves of each level. Refs are random, so shelves of a level are alike. */
async function estimatedRows(storage: Storage): Promise<number> {
  const levels = await levelsInUse(storage, 0);
  const rows = await Promise.all(levels.map((level) => rowsOn(storage, level)));
  return rows.reduce((sum, each) => sum + each, 0);
}

async function rowsOn({ redis, keys }: Storage, level: number): Promise<number> {
  const sampled = Math.min(SAMPLED_SHELVES, shelvesOn(level));
  const step = shelvesOn(level) / sampled;
  const counts = await Promise.all(
    Array.from({ length: sampled }, (_, index) =>
      redis.call("ZCARD", [keys.shelf(level, Math.floor(index * step))]),
    ),
  );
  return step * counts.reduce<number>((sum, count) => sum + Number(count), 0);
}
