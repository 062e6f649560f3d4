import type { RedisClient } from "./redis-client.js";

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
  readonly enableOfflineQueue?: boolean;
  readonly enableAutoPipelining?: boolean;
  readonly maxRedirections?: number;
  readonly retryDelayOnFailover?: number;
  readonly retryDelayOnClusterDown?: number;
  readonly slotsRefreshTimeout?: number;
  readonly clusterNodeRetryStrategy?: unknown;
  readonly redisOptions?: ServerOptions;
}

/** The recommended option, with its check and the effect of another value. */
type Advice = readonly [isUnsafe: boolean, option: string, why: string];

/** Returns a line for each unsafe option of the app's client: the value to write and the reason. */
export function unsafeOptions(client: RedisClient): string[] {
  const advice = client.isCluster ? adviceOnCluster(client.options) : adviceOnServer(client.options, client);
  return advice.filter(([isUnsafe]) => isUnsafe).map(([, option, why]) => `redis option ${option}: ${why}`);
}

function adviceOnServer(options: ServerOptions, client: RedisClient): Advice[] {
  return [
    [
      options.enableOfflineQueue !== false,
      "enableOfflineQueue: false",
      "commands queued during an outage are sent after it, when they are out of date",
    ],
    [
      options.autoResendUnfulfilledCommands !== false,
      "autoResendUnfulfilledCommands: false",
      "commands cut off by an outage are sent a second time",
    ],
    [
      (options.maxRetriesPerRequest ?? 20) > 1,
      "maxRetriesPerRequest: 0",
      "commands wait for many reconnections, longer than their requests",
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

/** Advice for a client that must leave a frozen master, or a former master that still responds. */
function adviceBehindSentinel(options: SentinelOptions, client: RedisClient): Advice[] {
  const { listenerCount } = client as { readonly listenerCount?: (this: unknown, event: string) => number };
  return [
    [
      listenerCount?.call(client, "end") === 0,
      'sentinels: also redis.on("end", () => redis.connect())',
      "if a failover happens while ioredis asks a sentinel, the client never connects again; with options instead of a client, the package handles this",
    ],
    [options.role === "slave", 'role: "master"', "replicas lag, so an ended session would still pass"],
    [
      options.failoverDetector !== true,
      "failoverDetector: true",
      "after a failover the connection would stay with the old master, if that master still responds or is frozen",
    ],
    [
      options.commandTimeout === undefined,
      "commandTimeout: 500",
      "a connection to a frozen master would never close",
    ],
    [
      options.sentinelCommandTimeout === undefined,
      "sentinelCommandTimeout: 500",
      "the client would wait for a frozen sentinel without a limit",
    ],
    [
      (options.disconnectTimeout ?? Infinity) > MAX_DISCONNECT_TIMEOUT_MS,
      "disconnectTimeout: 100",
      "after a failover the client would wait longer for a frozen master",
    ],
  ];
}

/** Redirections that a command may need while slots move: to the new owner, and to the node that has the key. */
const MIN_REDIRECTIONS = 3;
const MAX_REFRESH_TIMEOUT_MS = 2_000;
const MAX_CONNECT_TIMEOUT_MS = 2_000;

/**
 * Returns the advice for a Cluster client. A Cluster client opens and closes connections to nodes, retries commands and
 * knows the owners of the slots. Without retries, `enableOfflineQueue` only holds commands while a node's connection
 * opens.
 */
function adviceOnCluster(options: ClusterOptions): Advice[] {
  const { redisOptions = {} } = options;
  return [
    [
      options.retryDelayOnFailover !== 0,
      "retryDelayOnFailover: 0",
      "commands cut off by an outage are sent a second time, when they are out of date",
    ],
    [
      options.retryDelayOnClusterDown !== 0,
      "retryDelayOnClusterDown: 0",
      "commands refused in an outage are sent again, when they are out of date",
    ],
    [
      options.enableOfflineQueue === false,
      "enableOfflineQueue: true",
      "requests would get 503 while a node's connection opens; in an outage no command is queued",
    ],
    [
      (redisOptions.connectTimeout ?? Infinity) > MAX_CONNECT_TIMEOUT_MS,
      "redisOptions.connectTimeout: 1000",
      "commands wait for a lost node, and are sent when they are out of date",
    ],
    [
      (options.slotsRefreshTimeout ?? 0) > MAX_REFRESH_TIMEOUT_MS,
      "slotsRefreshTimeout: 500",
      "a frozen node that is asked for the owners of slots would delay all requests",
    ],
    [
      (options.maxRedirections ?? Infinity) < MIN_REDIRECTIONS,
      "maxRedirections: 16",
      "requests for keys of a moving slot would get 503",
    ],
    [
      options.enableAutoPipelining === true,
      "enableAutoPipelining: false",
      "commands in one pipeline with a key of a moving slot would fail, and their requests get 503",
    ],
    [
      typeof options.clusterNodeRetryStrategy === "function" &&
        redisOptions.autoResendUnfulfilledCommands !== false,
      "redisOptions.autoResendUnfulfilledCommands: false",
      "commands cut off by an outage are sent a second time",
    ],
  ];
}
