import type { RedisClient } from "./guarded-redis.js";

interface ServerOptions extends SentinelOptions {
  readonly enableOfflineQueue?: boolean;
  readonly autoResendUnfulfilledCommands?: boolean;
  readonly maxRetriesPerRequest?: number | null;
  readonly reconnectOnError?: unknown;
  readonly connectTimeout?: number;
}

interface SentinelOptions {
  readonly sentinels?: unknown;
  readonly role?: unknown;
  readonly failoverDetector?: boolean;
  readonly commandTimeout?: number;
  readonly sentinelCommandTimeout?: number;
  readonly disconnectTimeout?: number;
}

interface ClusterOptions {
  readonly scaleReads?: unknown;
  readonly enableOfflineQueue?: boolean;
  readonly enableAutoPipelining?: boolean;
  readonly maxRedirections?: number;
  readonly retryDelayOnFailover?: number;
  readonly retryDelayOnClusterDown?: number;
  readonly slotsRefreshTimeout?: number;
  readonly clusterNodeRetryStrategy?: unknown;
  readonly redisOptions?: ServerOptions;
}

/** An option as it should be written, whether the client has it otherwise, and what comes of that. */
type Advice = readonly [isUnsafe: boolean, option: string, why: string];

/** Names each option of the app's client that weakens enforcement, and what to write instead. */
export function unsafeOptions(client: RedisClient): string[] {
  const advice = client.isCluster ? adviceOnCluster(client.options) : adviceOnServer(client.options, client);
  return advice.filter(([isUnsafe]) => isUnsafe).map(([, option, why]) => `redis option ${option}: ${why}`);
}

function adviceOnServer(options: ServerOptions, client: RedisClient): Advice[] {
  return [
    [
      options.enableOfflineQueue !== false,
      "enableOfflineQueue: false",
      "commands queued during an outage are sent when they are no longer true",
    ],
    [
      options.autoResendUnfulfilledCommands !== false,
      "autoResendUnfulfilledCommands: false",
      "commands cut off by an outage are sent a second time",
    ],
    [
      (options.maxRetriesPerRequest ?? 20) > 1,
      "maxRetriesPerRequest: 0",
      "commands wait for many reconnections; nobody waits for their answers any more",
    ],
    [
      (options.reconnectOnError ?? null) === null,
      'reconnectOnError: (error) => error.message.includes("READONLY")',
      "after a failover the connection would stay with the old master",
    ],
    ...(options.sentinels ? adviceBehindSentinel(options, client) : []),
  ];
}

const MAX_DISCONNECT_TIMEOUT_MS = 1_000;

/** What a client needs to leave a master that is none any more but still answers, or has frozen. */
function adviceBehindSentinel(options: SentinelOptions, client: RedisClient): Advice[] {
  const { listenerCount } = client as { readonly listenerCount?: (this: unknown, event: string) => number };
  return [
    [
      listenerCount?.call(client, "end") === 0,
      'sentinels: also redis.on("end", () => redis.connect())',
      "told of a failover while it asks a sentinel, ioredis ends for good; options instead of a client need no such care",
    ],
    [
      options.role === "slave",
      'role: "master"',
      "replicas lag, so a session that has ended would still be let in",
    ],
    [
      options.failoverDetector !== true,
      "failoverDetector: true",
      "after a failover the connection would stay with an old master that still answers, or has frozen",
    ],
    [
      options.commandTimeout === undefined,
      "commandTimeout: 500",
      "a connection to a master that has frozen would never be given up",
    ],
    [
      options.sentinelCommandTimeout === undefined,
      "sentinelCommandTimeout: 500",
      "a sentinel that has frozen would be waited for without end",
    ],
    [
      (options.disconnectTimeout ?? Infinity) > MAX_DISCONNECT_TIMEOUT_MS,
      "disconnectTimeout: 100",
      "after a failover a frozen master would be waited for that much longer",
    ],
  ];
}

/** How many redirections a command may need while slots move: to the new owner, and on to where its key is. */
const MIN_REDIRECTIONS = 3;
const MAX_REFRESH_TIMEOUT_MS = 2_000;
const MAX_CONNECT_TIMEOUT_MS = 2_000;

/**
 * A Cluster's client is not one connection: it drops and opens its nodes', tries commands again by itself, and
 * knows where the slots are. Where its retries are off, `enableOfflineQueue` only holds what is sent while a
 * node's connection opens.
 */
function adviceOnCluster(options: ClusterOptions): Advice[] {
  const { redisOptions = {} } = options;
  return [
    [
      options.scaleReads !== undefined && options.scaleReads !== "master",
      'scaleReads: "master"',
      "replicas lag, so a session that has ended would still be let in",
    ],
    [
      options.retryDelayOnFailover !== 0,
      "retryDelayOnFailover: 0",
      "commands cut off by an outage are sent a second time, when they are no longer true",
    ],
    [
      options.retryDelayOnClusterDown !== 0,
      "retryDelayOnClusterDown: 0",
      "commands that an outage has refused are sent again, when they are no longer true",
    ],
    [
      options.enableOfflineQueue === false,
      "enableOfflineQueue: true",
      "whatever comes while a node's connection opens would be answered 503; in an outage nothing is queued",
    ],
    [
      (redisOptions.connectTimeout ?? Infinity) > MAX_CONNECT_TIMEOUT_MS,
      "redisOptions.connectTimeout: 1000",
      "commands wait for a node that has vanished, and are sent when they are no longer true",
    ],
    [
      (options.slotsRefreshTimeout ?? 0) > MAX_REFRESH_TIMEOUT_MS,
      "slotsRefreshTimeout: 500",
      "a frozen node that is asked who serves what would hold everybody up",
    ],
    [
      (options.maxRedirections ?? Infinity) < MIN_REDIRECTIONS,
      "maxRedirections: 16",
      "whatever belongs to a slot that moves would be answered 503",
    ],
    [
      options.enableAutoPipelining === true,
      "enableAutoPipelining: false",
      "whatever shares a pipeline with a key of a slot that moves would be answered 503",
    ],
    [
      typeof options.clusterNodeRetryStrategy === "function" &&
        redisOptions.autoResendUnfulfilledCommands !== false,
      "redisOptions.autoResendUnfulfilledCommands: false",
      "commands cut off by an outage are sent a second time",
    ],
  ];
}
