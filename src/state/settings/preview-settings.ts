import {
  applyPatch,
  verdict,
  type Coercion,
  type EffectiveSettings,
  type EndReason,
  type Settings,
} from "../../policy/index.js";
import { inspectAll } from "../list/list-sessions.js";
import { pageOfRefs } from "../list/shelves.js";
import { readSettings, requirePatch } from "./settings-store.js";
import type { Storage } from "../storage.js";

/** Immediate effect of saving a change. */
export interface SettingsPreview {
  /** The settings as they would be saved. */
  readonly settings: Settings;
  readonly coercions: readonly Coercion[];
  /** Number of counted sessions that would end at their next request. */
  readonly endedSessions: number;
  /** Number of users who have these sessions. */
  readonly affectedUsers: number;
  /** Number of counted sessions that would continue, but end earlier than now. */
  readonly shortenedSessions: number;
  readonly endedByReason: Readonly<Partial<Record<EndReason, number>>>;
  /** Number of living sessions that were counted. */
  readonly countedSessions: number;
  /** True if all living sessions were counted. Counting stops after 10,000. */
  readonly complete: boolean;
}

const PAGE = 500;
const MAX_COUNTED = 10_000;

/** Counts what a change would end, without changing anything. @throws CurfewError `invalid_settings` */
export async function previewSettings(storage: Storage, patch: unknown): Promise<SettingsPreview> {
  const checked = requirePatch(patch);
  const { configured, effective: before } = await readSettings(storage);
  const { settings, coercions } = applyPatch(configured, checked);
  const wanted = storage.settings.effectiveOf(settings);
  const limit = lower(before.maxSessionsPerUser, settings.maxSessionsPerUser);
  const endedByReason: Partial<Record<EndReason, number>> = {};
  const users = new Set<string>();
  let countedSessions = 0;
  let endedSessions = 0;
  let shortenedSessions = 0;
  let cursor: string | null | undefined;
  for (let seen = 0; cursor !== null && seen < MAX_COUNTED;) {
    const page = await pageOfRefs(storage, PAGE, cursor);
    seen += page.refs.length;
    cursor = page.nextCursor;
    for (const { record, standing, now } of await inspectAll(storage, page.refs, limit)) {
      const judge = (under: EffectiveSettings) => verdict(record, standing, under, now);
      const unchanged = judge(before);
      if (unchanged.state === "ended") continue;
      countedSessions++;
      const after = judge(wanted);
      if (after.state === "active") {
        if (after.endsAt < unchanged.endsAt) shortenedSessions++;
        continue;
      }
      endedSessions++;
      endedByReason[after.reason] = (endedByReason[after.reason] ?? 0) + 1;
      users.add(record.userId);
    }
  }
  const complete = cursor === null;
  return {
    settings,
    coercions,
    endedSessions,
    shortenedSessions,
    affectedUsers: users.size,
    endedByReason,
    countedSessions,
    complete,
  };
}

/** The lower of two limits, of which each may be none. */
function lower(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}
