import type { EffectiveSettings } from "../../policy/index.js";
import { readSettings } from "../settings/settings-store.js";
import type { Storage } from "../storage.js";
import type { SessionView } from "../../wire.js";
import { readOwnRule } from "../sessions/own-rule.js";

/** The facts of a session that decide which rules it has. */
type Described = Pick<SessionView, "userId" | "tenant" | "roles">;

/** Reads the settings in force for some sessions, in two round trips. Pages name them; verdicts do not use them. */
export async function settingsOf(
  storage: Storage,
  sessions: readonly Described[],
): Promise<(session: Described) => EffectiveSettings> {
  const userIds = [...new Set(sessions.map(({ userId }) => userId))];
  const [{ inForce }, texts] = await Promise.all([
    readSettings(storage),
    Promise.all(userIds.map((userId) => readOwnRule(storage, userId))),
  ]);
  const own = new Map(userIds.map((userId, index) => [userId, texts[index] ?? ""]));
  return (session) => inForce.for(session, own.get(session.userId) ?? "") ?? inForce.general;
}
