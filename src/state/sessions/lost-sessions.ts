import { nowOf, type Storage } from "../storage.js";
import { endingFrom, isTimeUp, type Ending } from "./ending.js";
import { verdictsOf } from "./verdicts.js";
import { readRecords, type FoundRecord } from "./read-records.js";
import { ownRuleIn, parseEntries } from "./user-format.js";

/** A session that has lost, and its end, which no request has found yet. */
export interface LostSession {
  readonly ref: string;
  readonly ending: Ending;
}

/**
 * Returns the browser sessions that had lost to newer sessions under the limit before a newer session ended. Each session
 * is judged by its own settings. The caller ends these sessions for good, so that no end of a newer session revives them.
 *
 * @param ref - the session that has ended, which still has its place in the user's order
 */
export async function lostBefore(
  storage: Storage,
  tag: string,
  ref: string,
): Promise<readonly LostSession[]> {
  const { values, serverTime } = await storage.redis.readTogether([storage.keys.user(tag)]);
  const now = nowOf(storage, serverTime);
  const [text] = values;
  const user = text ?? "";
  const { inForce } = storage.settings.current;
  const entries = parseEntries(user);
  const place = entries.findIndex((entry) => entry.ref === ref);
  if (place < 1 || !storage.limitOpenSessions || !inForce.limitsBrowsers(ownRuleIn(user))) return [];
  const found = await readRecords(
    storage,
    entries.map((entry) => entry.ref),
  );
  const older = found
    .slice(0, place)
    .flatMap(({ ref: each, record }) => (record && !record.end ? [{ ref: each, record, user, now }] : []));
  const known = new Map(found.map((each) => [each.ref, asBefore(each)]));
  const verdicts = await verdictsOf(storage, older, inForce, known);
  return older.flatMap(({ ref: each }, index) => {
    const judged = verdicts[index];
    const hasLost = judged?.state === "ended" && judged.reason === "evicted";
    return hasLost ? [{ ref: each, ending: endingFrom(judged) }] : [];
  });
}

/** Returns the record of a session that still has its place in the order as it was before the session ended. */
function asBefore({ record }: FoundRecord): FoundRecord["record"] {
  return record?.end && !isTimeUp(record.end.reason) ? { ...record, end: null } : record;
}
