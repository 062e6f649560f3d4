import { getSession, inspect, verdictsOf } from "./list-sessions.js";
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
 * @returns `null` if no living session has this ref
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
  return getSession(storage, ref);
}
