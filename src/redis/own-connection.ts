import { Redis, type Cluster, type ClusterOptions, type RedisOptions } from "ioredis";
import { invalidOption } from "../errors.js";
import type { Events } from "../events.js";
import type { RedisClient } from "./redis-client.js";
import { keepConnected } from "./keep-connected.js";

/** A connection that this package opened and closes. */
export interface OwnConnection {
  readonly client: RedisClient;
  readonly close: () => void;
}

/** An own connection with the reason of its last failure. */
export interface WatchedConnection extends OwnConnection {
  /** Returns the last error since the connection was open; `null` if there is no error. */
  readonly trouble: () => string | null;
}

/** Milliseconds in which refusals of one connection's pending commands may arrive. */
const LEAVES_ONCE_IN_MS = 200;

/** Milliseconds in which a closed connection may open again without a warning. */
const OPENS_AGAIN_WITHIN_MS = 1_000;

/** Errors of ioredis that only follow from the real reason of a lost connection. */
const FOLLOWS_FROM_ANOTHER = /^(?:Stream isn't writeable|Connection is closed)/;

const soon = (times: number): number => Math.min(50 * times, 250);

/** Returns options with which a client responds at once or fails. The options from `role` on matter behind Sentinel. */
function ownOptions() {
  let leftAt = -Infinity;
  return {
    connectionName: "express-curfew",
    lazyConnect: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    connectTimeout: 1_000,
    // While Redis loads its data, it announces a waiting time. ioredis would wait up to 10 seconds.
    maxLoadingRetryTime: 250,
    // A frozen server never closes its side.
    disconnectTimeout: 100,
    // Would turn the numbers of replies into text.
    stringNumbers: false,
    retryStrategy: soon,
    reconnectOnError: (error: Error): boolean => {
      // Before Redis 7.0 the error of a refused script begins with other words. All pending commands are refused
      // together, so only the first refusal closes the connection.
      const now = performance.now();
      if (!error.message.includes("READONLY") || now - leftAt < LEAVES_ONCE_IN_MS) return false;
      leftAt = now;
      return true;
    },
    role: "master",
    failoverDetector: true,
    sentinelRetryStrategy: soon,
    sentinelReconnectStrategy: () => 1_000,
    sentinelCommandTimeout: 500,
  } satisfies RedisOptions;
}

/** Names of the options that decide the behaviour while Redis is away. The app may choose `connectionName`. */
export const SAFE_OPTION_NAMES: ReadonlySet<string> = new Set(
  Object.keys(ownOptions()).filter((name) => name !== "connectionName"),
);

/** Opens a connection for a URL or ioredis options. Warns once per outage. */
export function openConnection(redis: string | RedisOptions, events: Events): WatchedConnection {
  const client = open(redis);
  const place = placeOf(client.options);
  let away = false;
  let trouble: string | null = null;
  const warn = (what: string): void => {
    if (!away)
      events.warn("redis_unavailable", `${what}. Until Redis responds, requests with a session get 503.`);
    away = true;
  };
  client.on("error", (error: Error) => {
    // An AggregateError, from a host name with several addresses, has an empty message.
    const why = error.message === "" ? String((error as NodeJS.ErrnoException).code) : error.message;
    if (trouble === null || !FOLLOWS_FROM_ANOTHER.test(why)) trouble = `${why}, at ${place}`;
    warn(`Redis can't be reached at ${place} (${why}); start it there or change the redis option`);
  });
  // ioredis reports no error if the server closes the connection or stops responding. A server that closes an idle
  // connection accepts the next one at once (rule M29).
  let timer: NodeJS.Timeout | undefined;
  client.on("reconnecting", () => {
    timer ??= setTimeout(() => {
      warn(`Redis at ${place} closed the connection or does not respond`);
    }, OPENS_AGAIN_WITHIN_MS);
    timer.unref();
  });
  const settled = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  client.on("end", settled);
  client.on("ready", () => {
    settled();
    away = false;
    trouble = null;
  });
  return { client, close: keepConnected(client), trouble: () => trouble };
}

/** Creates the client. Turns an error of ioredis about the options into an `invalid_option`. */
function open(redis: string | RedisOptions): Redis {
  const own = ownOptions();
  try {
    return typeof redis === "string" ? new Redis(redis, own) : new Redis({ ...(redis as object), ...own });
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw invalidOption(
      "redis",
      `ioredis refused this value (${said}); expected a URL such as "redis://user:password@host:6379/0"`,
    );
  }
}

function placeOf({ host = "localhost", port = 6379, path, sentinels, name }: RedisOptions): string {
  if (!sentinels) return path ?? `${host}:${String(port)}`;
  const addresses = sentinels.map((one) => `${one.host ?? "localhost"}:${String(one.port ?? 26379)}`);
  return `the master "${name ?? ""}" of the sentinels ${addresses.join(", ")}`;
}

/**
 * Opens a second connection to the same server, for commands that must not delay requests. Logs no warning when it
 * fails; the first connection already does.
 */
export function openAnother(client: RedisClient): OwnConnection {
  // Commands of this connection wait in Redis on purpose.
  const commandTimeout = undefined;
  if (!client.isCluster) {
    // ioredis catches no error of its own subscription. If Redis refused it, the app's process would end.
    const options = { ...ownOptions(), commandTimeout, autoResubscribe: false };
    const other = (client as unknown as { duplicate(options: object): Redis }).duplicate(options);
    other.on("error", () => undefined);
    return { client: other, close: keepConnected(other) };
  }
  const { redisOptions } = client.options as ClusterOptions;
  const other = (client as unknown as { duplicate(nodes: [], options: object): Cluster }).duplicate([], {
    lazyConnect: false,
    redisOptions: { ...redisOptions, commandTimeout },
  });
  other.on("error", () => undefined);
  return {
    client: other,
    close: () => {
      other.disconnect();
    },
  };
}
