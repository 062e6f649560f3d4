/** The administrator's own session, with which a sudo session ends (rules U2, U3). */
import {
  FRESH_STANDING,
  underAdministrator,
  type Administrator,
  type AdministratorSession,
  type SessionCore,
  type Verdict,
} from "../../policy/index.js";
import { nowOf, type Storage } from "../storage.js";
import { knownTag } from "../user-tags.js";
import type { InForce } from "../values/in-force.js";
import { judge, judgementOn, losesToNewer, type Judgement } from "./judgement.js";
import { lookAtNewer, refsOf } from "./over-among.js";
import { parseRecord } from "./record-format.js";

/** An administrator's session, for the verdict on a sudo session. */
export interface JudgedAdministrator extends AdministratorSession {
  readonly ref: string;
  /** The tag of the administrator. */
  readonly tag: string;
}

/**
 * Reads the administrator's record and user key in one round trip. A second one follows if the administrator may have
 * lost to newer browsers that are over themselves (rule C11).
 *
 * @returns `null` if they are missing or unreadable: then the sudo session has ended
 */
export async function readAdministrator(
  storage: Storage,
  { ref, userId }: Administrator,
  inForce: InForce,
): Promise<JudgedAdministrator | null> {
  const tag = await knownTag(storage, userId);
  const wanted = [storage.keys.record(ref), storage.keys.user(tag)];
  const { values, serverTime } = await storage.redis.readTogether(wanted);
  const [text = null, user = null] = values;
  const record = text === null ? null : parseRecord(text);
  // An ended session's record has lost its user, and the user's key may be gone: the end stays.
  if (record?.end) {
    const settings = inForce.for(record, "");
    return settings && { ref, tag, record, standing: FRESH_STANDING, settings };
  }
  if (record?.userId !== userId || record.kind !== "browser" || user === null) return null;
  const now = nowOf(storage, serverTime);
  const judgement = judgementOn(storage, inForce, record, user, now);
  if (!judgement) return null;
  if (!losesToNewer(record, judgement, now)) return { ref, tag, record, ...judgement };
  const { over } = await lookAtNewer(storage, user, record, inForce, now);
  const recounted = judgementOn(storage, inForce, record, user, now, refsOf(over));
  return recounted && { ref, tag, record, ...recounted };
}

/** Returns the verdict on a session, and on its administrator's session if it is a sudo session. */
export function judgeWith(
  administrator: AdministratorSession | null,
  record: SessionCore,
  judgement: Judgement,
  now: number,
): Verdict {
  const own = judge(record, judgement, now);
  return record.administrator === null ? own : underAdministrator(own, administrator, now);
}

/** Returns the administrator's session after activity in the sudo session, which is activity of both (rule U3). */
export function afterActivity(
  administrator: JudgedAdministrator | null,
  at: number,
): JudgedAdministrator | null {
  if (administrator === null) return null;
  const { record } = administrator;
  return { ...administrator, record: { ...record, lastActivityAt: Math.max(record.lastActivityAt, at) } };
}
