import { applyPatch, type Coercion, type EndReason, type Settings } from "../../policy/index.js";
import { inspectAll } from "./list-sessions.js";
import { verdictsOf } from "./verdicts.js";
import { walkShelves } from "../list/walk-shelves.js";
import { readSettings, requirePatch } from "../settings/settings-store.js";
import type { Storage } from "../storage.js";
import { UserCount } from "../values/user-count.js";

/** Immediate effect of saving a change. */
export interface SettingsPreview {
  /** The settings as they would be saved. */
  readonly settings: Settings;
  readonly coercions: readonly Coercion[];
  /** Number of counted sessions that would end at their next request. */
  readonly endedSessions: number;
  /** Number of users who have these sessions. */
  readonly affectedUsers: number;
  /** True if `affectedUsers` is an estimate, because there are more than 10,000 users. It is right within a few percent. */
  readonly affectedUsersEstimated: boolean;
  /** Number of counted sessions that would continue, but end earlier than now. */
  readonly shortenedSessions: number;
  readonly endedByReason: Readonly<Partial<Record<EndReason, number>>>;
  /** Number of living sessions that were counted. */
  readonly countedSessions: number;
  /** True if all living sessions were counted. */
  readonly complete: boolean;
  /** Share of all sessions that was counted, 0 to 1. An estimate unless `complete`. */
  readonly share: number;
}

/** A change, checked, and the settings that it would replace. */
export interface ProposedChange {
  readonly before: Settings;
  readonly settings: Settings;
  readonly coercions: readonly Coercion[];
}

/** Checks a change without saving it. @param coupled - false to adjust nothing @throws CurfewError `invalid_settings` */
export async function proposeChange(
  storage: Storage,
  patch: unknown,
  coupled = true,
): Promise<ProposedChange> {
  const checked = requirePatch(patch, coupled);
  const before = (await readSettings(storage)).configured;
  return { before, ...applyPatch(before, checked, { coupled }) };
}

/** Returns the preview of a change before any session is counted. */
export function emptyPreview({ settings, coercions }: ProposedChange): SettingsPreview {
  return {
    settings,
    coercions,
    endedSessions: 0,
    affectedUsers: 0,
    affectedUsersEstimated: false,
    shortenedSessions: 0,
    endedByReason: {},
    countedSessions: 0,
    complete: false,
    share: 0,
  };
}

/** Counts what a change would end, and tells its progress. Changes nothing. */
export async function* previewSettings(
  storage: Storage,
  change: ProposedChange,
): AsyncGenerator<SettingsPreview> {
  const { inForce } = await readSettings(storage);
  const present = inForce.with(change.before);
  const proposed = inForce.with(change.settings);
  const walker = { ...storage, redis: storage.background };
  const endedByReason: Partial<Record<EndReason, number>> = {};
  const users = new UserCount();
  let countedSessions = 0;
  let endedSessions = 0;
  let shortenedSessions = 0;
  for await (const { refs, share } of walkShelves(storage)) {
    const candidates = await inspectAll(walker, refs);
    const [before, afterwards] = await Promise.all([
      verdictsOf(walker, candidates, present),
      verdictsOf(walker, candidates, proposed),
    ]);
    for (const [index, { record }] of candidates.entries()) {
      const [unchanged, after] = [before[index], afterwards[index]];
      if (unchanged?.state !== "active" || !after) continue;
      countedSessions++;
      if (after.state === "active") {
        if (after.endsAt < unchanged.endsAt) shortenedSessions++;
        continue;
      }
      endedSessions++;
      endedByReason[after.reason] = (endedByReason[after.reason] ?? 0) + 1;
      users.add(record.userId);
    }
    yield {
      ...emptyPreview(change),
      endedSessions,
      affectedUsers: users.users,
      affectedUsersEstimated: users.isEstimated,
      shortenedSessions,
      endedByReason: { ...endedByReason },
      countedSessions,
      complete: share === 1,
      share,
    };
  }
}
