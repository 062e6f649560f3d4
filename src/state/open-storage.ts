import { checkOptions, isPositive, type OptionsSpec } from "../check-options.js";
import { Events, type Log } from "../events.js";
import type { Settings, SystemLimits } from "../policy/index.js";
import { BackgroundWork } from "../redis/background-work.js";
import { ClockWatch } from "../redis/clock-watch.js";
import { connect, type RedisOption } from "../redis/connect.js";
import { watchEvictionPolicy } from "../redis/eviction-policy.js";
import { GuardedRedis } from "../redis/guarded-redis.js";
import { createKeys } from "./keys.js";
import { ListPlace } from "./list/shelves.js";
import { ReplicaWait, type ReplicaWaitOptions } from "./replica-wait.js";
import { SettingsCache } from "./settings/settings-cache.js";
import { WAITS_PER_TIMEOUT, type Storage } from "./storage.js";

/** Everything that the storage needs to know, complete. */
export interface StorageConfiguration {
  readonly redis: RedisOption | undefined;
  readonly prefix: string;
  readonly sessionPrefix: string;
  readonly defaults: Settings;
  readonly limits: SystemLimits;
  /** Longest time that one request waits for Redis, in milliseconds. */
  readonly timeoutMs: number;
  /** The clock that decides, in milliseconds since 1970; `null` for Redis's own. */
  readonly clock: (() => number) | null;
  readonly log: Log | undefined;
  readonly limitOpenSessions: boolean;
  readonly waitForReplicas: Required<ReplicaWaitOptions> | null;
}

/** The storage while it is open. */
export interface OpenStorage {
  readonly storage: Storage;
  /** Resolves when Redis answers. @throws CurfewError `redis_unavailable` after `timeoutMs`, with the reason */
  ready(options?: ReadyOptions): Promise<void>;
  /** Waits for the work in the background, for `timeoutMs` at most, and closes the connections of this package. */
  close(): Promise<void>;
}

/** Options of `ready`. */
export interface ReadyOptions {
  /** Longest wait, in milliseconds. @default 10000 */
  readonly timeoutMs?: number;
}

const CROSS_SLOT =
  "Redis refuses to read several keys at once (CROSSSLOT): the client of one server leads to a Cluster or a proxy. " +
  "The package reads key by key from now on. Give it new Redis.Cluster(...) instead.";
const READY_TIMEOUT_MS = 10_000;
const READY_INTERVAL_MS = 25;
const READY_OPTIONS: OptionsSpec<ReadyOptions> = {
  by: "ready",
  usage: "await curfew.ready({ timeoutMs: 10_000 })",
  checks: { timeoutMs: isPositive("milliseconds") },
};

/**
 * Opens the state in Redis, without Express: for the middleware, for workers and for programs.
 *
 * @throws CurfewError `invalid_option` if `redis` leads to no Redis
 */
export function openStorage(config: StorageConfiguration): OpenStorage {
  const events = new Events(config.log);
  const { client, own, close, trouble } = connect(config.redis, events);
  const guard = new GuardedRedis(client, config.timeoutMs / WAITS_PER_TIMEOUT, {
    reconnects: own,
    trouble,
    onCrossSlot: () => {
      events.warn("unsafe_redis_option", CROSS_SLOT);
    },
  });
  const backgroundWork = new BackgroundWork();
  const replicas = config.waitForReplicas && new ReplicaWait(client, config.waitForReplicas, events);
  watchEvictionPolicy(client, guard, events);
  const storage: Storage = {
    redis: guard,
    background: guard,
    backgroundWork,
    keys: createKeys(config.prefix, config.sessionPrefix),
    live: new SettingsCache(config.defaults, config.limits, events),
    list: new ListPlace(),
    limits: config.limits,
    events,
    timeoutMs: config.timeoutMs,
    limitOpenSessions: config.limitOpenSessions,
    clock: config.clock,
    clockWatch: new ClockWatch(events, config.timeoutMs),
    replicas,
  };
  return {
    storage,
    ready: async (options = {}) => {
      checkOptions(READY_OPTIONS, options);
      await untilRedisAnswers(guard, options.timeoutMs ?? READY_TIMEOUT_MS);
    },
    close: async () => {
      await backgroundWork.close(config.timeoutMs);
      close();
      replicas?.close();
    },
  };
}

async function untilRedisAnswers(guard: GuardedRedis, timeoutMs: number): Promise<void> {
  const endsAt = performance.now() + timeoutMs;
  for (;;) {
    try {
      await guard.ping(Math.max(1, endsAt - performance.now()));
      return;
    } catch (error) {
      if (performance.now() >= endsAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, READY_INTERVAL_MS));
    }
  }
}
