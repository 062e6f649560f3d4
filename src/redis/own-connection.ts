import { Redis, type Cluster, type ClusterOptions, type RedisOptions } from "ioredis";
import { invalidOption } from "../errors.js";
import type { Events } from "../events.js";
import type { RedisClient } from "./guarded-redis.js";
import { keepConnected } from "./keep-connected.js";

/** A connection that this package opened and closes. */
export interface OwnConnection {
  readonly client: RedisClient;
  readonly close: () => void;
}

/** One whose client's errors are listened to. */
export interface WatchedConnection extends OwnConnection {
  /** Why there is no connection, as far as the client has said since there was one. */
  readonly trouble: () => string | null;
}

/** How long refusals of commands that were under way on one connection may come in, in milliseconds. */
const LEAVES_ONCE_IN_MS = 200;

/** What ioredis says of its own commands once something else has ended the connection. */
const FOLLOWS_FROM_ANOTHER = /^(?:Stream isn't writeable|Connection is closed)/;

const soon = (times: number): number => Math.min(50 * times, 250);

/** What makes a client answer at once, with the truth or not at all; the last ones matter behind Sentinel. */
function ownOptions() {
  let leftAt = -Infinity;
  return {
    connectionName: "express-curfew",
    lazyConnect: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    connectTimeout: 1_000,
    // While Redis loads its data it says how long that may take; believing it would cost up to 10 seconds.
    maxLoadingRetryTime: 250,
    // A frozen server never closes its side.
    disconnectTimeout: 100,
    retryStrategy: soon,
    reconnectOnError: (error: Error): boolean => {
      // Redis before 7.0 puts other words in front where a script was refused. All that was under way is refused at
      // once, and each time would be another farewell to the same socket.
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

/** The options that decide what happens when Redis is away; a name shown to operators is anybody's choice. */
export const SAFE_OPTION_NAMES: ReadonlySet<string> = new Set(
  Object.keys(ownOptions()).filter((name) => name !== "connectionName"),
);

/** Opens a connection for a URL or ioredis options, and warns once an outage that it can't be had. */
export function openConnection(redis: string | RedisOptions, events: Events): WatchedConnection {
  const client = open(redis);
  const place = placeOf(client.options);
  let away = false;
  let trouble: string | null = null;
  const warn = (what: string): void => {
    if (!away)
      events.warn(
        "redis_unavailable",
        `${what}. Until it answers, requests with a session are answered 503.`,
      );
    away = true;
  };
  client.on("error", (error: Error) => {
    // An AggregateError, as of a host name with several addresses, has no message of its own.
    const why = error.message === "" ? String((error as NodeJS.ErrnoException).code) : error.message;
    if (trouble === null || !FOLLOWS_FROM_ANOTHER.test(why)) trouble = `${why}, at ${place}`;
    warn(`Redis can't be reached at ${place} (${why}); start it there or change the redis option`);
  });
  // Closed by the other side, or given up because nothing came any more: neither is an error to ioredis.
  client.on("reconnecting", () => {
    warn(`Redis at ${place} has closed the connection, or does not answer`);
  });
  client.on("ready", () => {
    away = false;
    trouble = null;
  });
  return { client, close: keepConnected(client), trouble: () => trouble };
}

/** ioredis checks little of what it is given, and says of the rest what is no error of this package. */
function open(redis: string | RedisOptions): Redis {
  const own = ownOptions();
  try {
    return typeof redis === "string" ? new Redis(redis, own) : new Redis({ ...(redis as object), ...own });
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw invalidOption(
      "redis",
      `is refused by ioredis (${said}); write it like "redis://user:password@host:6379/0"`,
    );
  }
}

function placeOf({ host = "localhost", port = 6379, path, sentinels, name }: RedisOptions): string {
  if (!sentinels) return path ?? `${host}:${String(port)}`;
  const addresses = sentinels.map((one) => `${one.host ?? "localhost"}:${String(one.port ?? 26379)}`);
  return `the master "${name ?? ""}" that the sentinels ${addresses.join(", ")} name`;
}

/**
 * Opens another connection to where a client leads, for what must not hold up requests. Nobody is warned that
 * it can't be had: the first connection's trouble is the same.
 */
export function openAnother(client: RedisClient): OwnConnection {
  // Its commands wait in Redis, which is what they are for.
  const commandTimeout = undefined;
  if (!client.isCluster) {
    const options = { ...ownOptions(), commandTimeout };
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
