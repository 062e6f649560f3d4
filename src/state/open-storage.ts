import { checkOptions, isPositive, type OptionsSpec } from "../check-options.js";
import { Events, type Log } from "../events.js";
import type { Settings, SystemLimits } from "../policy/index.js";
import { BackgroundWork } from "../redis/background-work.js";
import { ClockWatch } from "../redis/clock-watch.js";
import { connect, type Connection, type RedisOption } from "../redis/connect.js";
import { watchEvictionPolicy } from "../redis/eviction-policy.js";
import { GuardedRedis } from "../redis/guarded-redis.js";
import { openAnother } from "../redis/own-connection.js";
import { AuditTrail, type AuditBounds } from "./audit/audit-trail.js";
import { Sweeper } from "./ends/sweeper.js";
import { EndWatch } from "./ends/end-watch.js";
import { createKeys } from "./keys.js";
import { ListPlace } from "./values/list-place.js";
import { ReplicaWait, type ReplicaWaitOptions } from "./replica-wait.js";
import { BookCache } from "./values/book-cache.js";
import { Observed } from "./values/observed.js";
import { ObservationWatch } from "./observe/observation-watch.js";
import { SettingsCache } from "./values/settings-cache.js";
import { readText, WAITS_PER_TIMEOUT, type Storage } from "./storage.js";
import { OldSessions } from "./old-source.js";
import { TagKeyCache } from "./tag-key.js";
import type { Telemetry } from "../telemetry.js";
import type { AppFacts } from "./values/app-facts.js";
import { touchRecord } from "./scripts.generated.js";

/** The storage's complete configuration. */
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
  /** Receives measurements; `null` measures nothing. */
  readonly telemetry: Telemetry | null;
  readonly limitOpenSessions: boolean;
  readonly waitForReplicas: Required<ReplicaWaitOptions> | null;
  /** `null` keeps no audit trail. */
  readonly audit: AuditBounds | null;
  /** True for a process of the app, which sweeps deadlines. False for a program of an operator. */
  readonly isApp: boolean;
}

/** The storage while it is open. */
export interface OpenStorage {
  readonly storage: Storage;
  readonly ends: EndWatch;
  readonly audit: AuditTrail;
  /** Resolves when Redis answers. @throws CurfewError `redis_unavailable` after `timeoutMs` or `close`, with the reason */
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
  const unsafeOptions = unsafeOptionsOf(events);
  const connection = connect(config.redis, events);
  const { telemetry } = config;
  const guard = openGuard(config, connection, events);
  const unwatchServers = telemetry?.watchServers(() => guard.servers());
  if (telemetry)
    events.on("ended", ({ reason }) => {
      telemetry.countEnd(reason);
    });
  watchEvictionPolicy(connection.client, guard, events);
  const storage = createStorage(config, connection, guard, events);
  const { backgroundWork, replicas } = storage;
  const ends = new EndWatch(storage, () => openAnother(connection.client));
  const sweeper = new Sweeper(storage, () => factsOf(config, [...unsafeOptions]));
  const observation = new ObservationWatch(storage);
  if (config.isApp) {
    sweeper.start();
    observation.start();
  }
  return {
    storage,
    ends,
    audit: new AuditTrail(storage, config.audit),
    ready: async (options = {}) => {
      checkOptions(READY_OPTIONS, options);
      await untilRedisServes(storage, guard, options.timeoutMs ?? READY_TIMEOUT_MS);
    },
    close: async () => {
      ends.close();
      sweeper.close();
      observation.close();
      await backgroundWork.close(config.timeoutMs);
      unwatchServers?.();
      connection.close();
      replicas?.close();
    },
  };
}

/** Returns a set that gathers the warnings of unsafe options. */
function unsafeOptionsOf(events: Events): ReadonlySet<string> {
  const unsafeOptions = new Set<string>();
  events.on("warning", ({ code, message }) => {
    if (code === "unsafe_redis_option") unsafeOptions.add(message);
  });
  return unsafeOptions;
}

function openGuard(config: StorageConfiguration, connection: Connection, events: Events): GuardedRedis {
  const { client, own, trouble } = connection;
  return new GuardedRedis(client, config.timeoutMs / WAITS_PER_TIMEOUT, {
    reconnects: own,
    trouble,
    onCrossSlot: () => {
      events.warn("unsafe_redis_option", CROSS_SLOT);
    },
    onRefused: refusalsOnce(events),
    onCommand: config.telemetry?.noteCommand.bind(config.telemetry),
  });
}

function createStorage(
  config: StorageConfiguration,
  { client }: Connection,
  guard: GuardedRedis,
  events: Events,
): Storage {
  return {
    redis: guard,
    background: guard,
    backgroundWork: new BackgroundWork(),
    keys: createKeys(config.prefix, config.sessionPrefix),
    settings: new SettingsCache(config.defaults, config.limits, events),
    books: new BookCache(),
    observed: new Observed(),
    tagKey: new TagKeyCache(events),
    old: new OldSessions(),
    list: new ListPlace(),
    events,
    telemetry: config.telemetry,
    timeoutMs: config.timeoutMs,
    limitOpenSessions: config.limitOpenSessions,
    clock: config.clock,
    clockWatch: new ClockWatch(events, config.timeoutMs),
    replicas: config.waitForReplicas && new ReplicaWait(client, config.waitForReplicas, events),
  };
}

/** Returns the app's configuration, which an operator's program shows. */
function factsOf(config: StorageConfiguration, unsafeOptions: readonly string[]): AppFacts {
  const { sessionPrefix, defaults, limits, limitOpenSessions, audit, waitForReplicas } = config;
  const auditEntries = audit?.maxEntries ?? null;
  const waitsForReplicas = waitForReplicas !== null;
  const facts = { sessionPrefix, defaults, limits, limitOpenSessions, auditEntries, waitsForReplicas };
  return { ...facts, unsafeOptions };
}

async function untilRedisServes(storage: Storage, guard: GuardedRedis, timeoutMs: number): Promise<void> {
  const endsAt = performance.now() + timeoutMs;
  let refusal: unknown;
  for (;;) {
    try {
      await guard.ping(Math.max(1, endsAt - performance.now()));
      await serve({ ...storage, redis: guard.within(Math.max(1, endsAt - performance.now())) });
      return;
    } catch (error) {
      if (isFromServer(error)) refusal = error;
      // The last try may have had no time for an answer.
      if (performance.now() >= endsAt || storage.backgroundWork.isClosing) throw refusal ?? error;
      await new Promise((resolve) => setTimeout(resolve, READY_INTERVAL_MS));
    }
  }
}

/** True if a server has answered with this error. */
function isFromServer(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && error.cause.name === "ReplyError";
}

/** A ref that no session has. */
const NO_REF = "ready";

/** Sends the same commands as requests: reads the keys of a request, runs a script, and writes (rule M29). */
async function serve(storage: Storage): Promise<void> {
  const { redis, keys } = storage;
  await Promise.all([
    redis.readTogether([keys.data(NO_REF), keys.record(NO_REF), keys.user(NO_REF), keys.settings, keys.tags]),
    readText(storage, keys.settings),
    redis.run(touchRecord, [keys.record(NO_REF), 0, 0, "", ""]),
    redis.call("SET", [keys.data(NO_REF), "", "PX", 1]),
  ]);
}

/** Returns a listener that warns once of each cause. */
function refusalsOnce(events: Events): (command: string, cause: string) => void {
  const told = new Set<string>();
  return (command, cause) => {
    const [word = ""] = cause.split(" ");
    // No request needs it.
    if (command === "INFO" || told.has(`${word} ${command}`)) return;
    told.add(`${word} ${command}`);
    events.warn("redis_refused", `Redis refuses the command ${command}: ${cause}`);
  };
}
