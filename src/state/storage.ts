import type { Events } from "../events.js";
import type { BackgroundWork } from "../redis/background-work.js";
import type { ClockWatch } from "../redis/clock-watch.js";
import type { Keys } from "./keys.js";
import type { SettingsCache } from "./values/settings-cache.js";
import type { Observed } from "./values/observed.js";
import type { BookCache } from "./values/book-cache.js";
import type { RedisPort } from "../redis/port.js";
import { failsWithWrongType, WRONG_TYPE } from "../redis/reply.js";
import type { Fact, ReplicaWait } from "./replica-wait.js";
import type { ListPlace } from "./values/list-place.js";
import type { OldSessions } from "./old-source.js";
import type { TagKeyCache } from "./tag-key.js";
import type { Telemetry } from "../telemetry.js";

/** Things that every step on the state in Redis needs. */
export interface Storage {
  readonly redis: RedisPort;
  /** Like {@link redis}, but for work after the answer, without the time limit of one operation. */
  readonly background: RedisPort;
  /** Begins it, and waits for it when all is closed. */
  readonly backgroundWork: BackgroundWork;
  readonly keys: Keys;
  readonly settings: SettingsCache;
  /** The rules of tenants and roles. */
  readonly books: BookCache;
  /** The settings that are observed. */
  readonly observed: Observed;
  readonly tagKey: TagKeyCache;
  /** The sessions of express-session that may be taken over. */
  readonly old: OldSessions;
  readonly list: ListPlace;
  readonly events: Events;
  /** Receives measurements; `null` without the option `telemetry`. */
  readonly telemetry: Telemetry | null;
  /** The longest that one request waits for Redis, in milliseconds. */
  readonly timeoutMs: number;
  /** True if a lowered limit ends open sessions. Otherwise only the next sign-in does (rule Q11). */
  readonly limitOpenSessions: boolean;
  /** Milliseconds since 1970; `null` lets Redis's own clock decide. */
  readonly clock: (() => number) | null;
  /** Notices when Redis's own clock jumps. */
  readonly clockWatch: ClockWatch;
  /** Checks if changes have reached replicas; `null` without `waitForReplicas`. */
  readonly replicas: ReplicaWait | null;
}

/** Returns true if enough replicas are known to have a change; `null` without `waitForReplicas`. */
export function isDurable({ replicas }: Storage, ...facts: Fact[]): Promise<boolean | null> {
  return replicas ? replicas.confirm(facts) : NOT_ASKED;
}

const NOT_ASKED = Promise.resolve(null);

/** Reads one string: `null` if there is none, `"!"` if the key has another type. */
export async function readText({ redis }: Storage, key: string): Promise<string | null> {
  try {
    return (await redis.call("GET", [key])) as string | null;
  } catch (error) {
    if (failsWithWrongType(error)) return WRONG_TYPE;
    throw error;
  }
}

/** Returns the time argument of a script: '' means the server's own clock. */
export function clockArgument(storage: Storage): string {
  return storage.clock ? String(Math.floor(storage.clock())) : "";
}

/** The deciding time of an answer that carries the server's time. */
export function nowOf(storage: Storage, serverTime: unknown): number {
  if (storage.clock) return Math.floor(storage.clock());
  const now = Number(serverTime);
  storage.clockWatch.see(now);
  return now;
}

/** Returns the deciding clock's time now, without asking Redis; `null` before Redis's first reply. Never too late. */
export function estimatedNow({ clock, clockWatch }: Storage, at = performance.now()): number | null {
  return clock ? Math.floor(clock()) : clockWatch.serverTimeAt(at);
}

/** A question to Redis waits half of the time-out, so that an operation of several steps still ends in time. */
export const WAITS_PER_TIMEOUT = 2;

/**
 * Returns the time that a long reply has taken beyond the longest wait for a silent Redis, in milliseconds. It is not taken
 * from the steps that follow, so that a user with a large session can sign out (rule M31).
 */
export function longReplyMs({ timeoutMs }: Storage, askedAt: number): number {
  return Math.max(0, performance.now() - askedAt - timeoutMs / WAITS_PER_TIMEOUT);
}

/** Returns the same state for one operation, whose waits together end within the time-out from its start. */
export function bounded(storage: Storage, startedAt = performance.now()): Storage {
  const spentMs = performance.now() - startedAt;
  return { ...storage, redis: storage.background.within(storage.timeoutMs - spentMs) };
}
