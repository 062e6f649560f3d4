import { invalidArgument } from "../../check-options.js";
import { applyPatch, DAY_MS, type Coercion, type EndReason, type Settings } from "../../policy/index.js";
import { randomBytes } from "node:crypto";
import { readSettings, requirePatch } from "../settings/settings-store.js";
import { replaceText } from "../replace-text.js";
import { readText, type Storage } from "../storage.js";
import { countField, dayOf, KEPT_MS } from "./count-observed.js";
import { observationIn, type Observation } from "../values/observed.js";

/** Sessions that proposed settings would have ended on one day. */
export interface ObservedEnds {
  /** The day in UTC, such as `2026-11-29`. */
  readonly day: string;
  readonly reason: EndReason;
  readonly sessions: number;
}

/** An observation and its counts. */
export interface ObservedSettings extends Omit<Observation, "id"> {
  /** The settings as they would be saved now. */
  readonly settings: Settings;
  /** Values that would be adjusted because inactivity logout is on. */
  readonly coercions: readonly Coercion[];
  /** True while sessions are judged. */
  readonly isRunning: boolean;
  /** Numbers above 0, the earliest day first. */
  readonly ends: readonly ObservedEnds[];
  /** Sum of all numbers. */
  readonly sessions: number;
  /** False if there were more sessions than one observation counts (100,000). */
  readonly complete: boolean;
}

/** Reasons for which settings end a session. */
const REASONS: readonly EndReason[] = ["idle", "absolute", "evicted"];

/** Begins an observation, in place of any other. @throws CurfewError `invalid_settings`, `redis_unavailable` */
export async function startObservation(
  storage: Storage,
  patch: unknown,
  { days, actor }: { readonly days: number; readonly actor: string | null },
): Promise<ObservedSettings> {
  const checked = requirePatch(patch);
  if (Object.keys(checked).length === 0)
    throw invalidArgument(
      "settings.observe",
      "needs at least one setting, such as { inactivityLogout: true }",
    );
  const { redis, keys } = storage;
  const { now } = await readSettings(storage);
  const id = randomBytes(9).toString("base64url");
  const observation = { id, patch: checked, since: now, until: now + days * DAY_MS, actor };
  const keptMs = days * DAY_MS + KEPT_MS;
  await redis.call("SET", [keys.observed, JSON.stringify(observation), "PX", keptMs]);
  storage.observed.keep(observation);
  return withCounts(storage, observation);
}

/**
 * Ends the observation. Its counts stay. An observation that begins in the meantime replaces this observation, and runs.
 *
 * @returns the observation; `null` if there is none
 */
export async function stopObservation(storage: Storage): Promise<ObservedSettings | null> {
  const { keys, observed } = storage;
  const { now } = await readSettings(storage);
  let found = await read(storage);
  if (!found) return null;
  const { id } = found.observation;
  for (;;) {
    const { text, observation } = found;
    const stopped = { ...observation, until: Math.min(observation.until, now) };
    const isStopped = await replaceText(storage, keys.observed, text, JSON.stringify(stopped), KEPT_MS);
    if (isStopped) observed.keep(stopped);
    else found = await read(storage);
    if (isStopped || found?.observation.id !== id) return withCounts(storage, stopped);
  }
}

/** Takes a deleted user's name from the observation, which continues. */
export async function forgetObserver(storage: Storage, userId: string): Promise<void> {
  const { keys, observed } = storage;
  for (let found = await read(storage); found?.observation.actor === userId; found = await read(storage)) {
    const { text, observation } = found;
    const { now } = await readSettings(storage);
    const nameless = { ...observation, actor: null };
    const keptMs = Math.max(1, Math.ceil(observation.until - now + KEPT_MS));
    if (await replaceText(storage, keys.observed, text, JSON.stringify(nameless), keptMs))
      observed.keep(nameless);
  }
}

/** Returns the latest observation with its counts; `null` if there is none. */
export async function observedSettings(storage: Storage): Promise<ObservedSettings | null> {
  const found = await read(storage);
  return found && withCounts(storage, found.observation);
}

interface Found {
  readonly text: string;
  readonly observation: Observation;
}

async function read(storage: Storage): Promise<Found | null> {
  const text = await readText(storage, storage.keys.observed);
  const observation = observationIn(text);
  return text !== null && observation ? { text, observation } : null;
}

async function withCounts(storage: Storage, { id, ...observation }: Observation): Promise<ObservedSettings> {
  const { configured, now } = await readSettings(storage);
  const { since, until, patch } = observation;
  const fields = daysOf(since, Math.min(until, now)).flatMap((day) =>
    REASONS.map((reason) => ({ day, reason })),
  );
  const wanted = ["full", ...fields.map(({ day, reason }) => countField(day, reason))];
  const [full, ...numbers] = (await storage.redis.call("HMGET", [
    storage.keys.observedCounts(id),
    ...wanted,
  ])) as (string | null)[];
  const ends = fields
    .map((field, index) => ({ ...field, sessions: Number(numbers[index] ?? 0) }))
    .filter(({ sessions }) => sessions > 0);
  return {
    ...observation,
    ...applyPatch(configured, patch),
    isRunning: now < until,
    ends,
    sessions: ends.reduce((sum, { sessions }) => sum + sessions, 0),
    complete: full === null,
  };
}

/** Returns the days from one time to another, both included. */
function daysOf(from: number, to: number): string[] {
  const days = [dayOf(from)];
  for (let at = from + DAY_MS; dayOf(at) <= dayOf(to); at += DAY_MS) days.push(dayOf(at));
  return days;
}
