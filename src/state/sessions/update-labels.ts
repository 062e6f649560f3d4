import { endSession } from "./end-session.js";
import { describe, findLiving, inspect } from "./list-sessions.js";
import { verdictsOf } from "./verdicts.js";
import type { SessionView } from "../../wire.js";
import * as scripts from "../scripts.generated.js";
import { readSettings } from "../settings/settings-store.js";
import type { Storage } from "../storage.js";
import { fieldNumber } from "./record-fields.js";
import { labelTexts, type SessionLabels } from "../values/session-labels.js";
import { twinsOf } from "./user-format.js";

/**
 * Replaces labels of a living session. A session that has ended stays as it was, so no change of its roles revives it.
 *
 * An end of many decides by the labels before the change, and by the labels after the change. So a change at the same
 * moment saves no session from an end of its tenant. A session that began before an end of a tenant ends if it enters this
 * tenant: its user authenticates again, as a sign-in from before the end must.
 *
 * @returns `null` if no living session has this ref, or the session has ended by this change
 */
export async function updateLabels(
  storage: Storage,
  ref: string,
  labels: SessionLabels,
): Promise<SessionView | null> {
  const { inForce } = await readSettings(storage);
  const found = await inspect(storage, ref);
  if (!found) return null;
  const [judged] = await verdictsOf(storage, [found], inForce);
  if (judged?.state !== "active") return null;
  const { redis, keys } = storage;
  const fields = Object.entries(labelTexts(labels)).flatMap(([name, text]) => [
    fieldNumber(name as keyof SessionLabels),
    text,
  ]);
  // Twins of one browser change together, because the browser keeps either cookie (rule M10).
  const refs = [ref, ...twinsOf(found.user, found.record).map((twin) => twin.ref)];
  await Promise.all(
    refs.map((each) => redis.run(scripts.setFields, [keys.record(each), keys.ends, each, ...fields])),
  );
  // The ends that were saved by the time of the write.
  const { inForce: present } = await readSettings(storage);
  const { tenant = found.record.tenant, roles = found.record.roles } = labels;
  const ending = present.endOf(found.record) ?? present.endOf({ ...found.record, tenant, roles });
  if (ending) await Promise.all(refs.map((each) => endSession(storage, each, ending)));
  const living = ending ? null : await findLiving(storage, ref, present);
  return living && describe(living);
}
