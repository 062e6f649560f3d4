import { Redis, type RedisOptions } from "ioredis";
import { invalidOption } from "../errors.js";
import type { Events } from "../events.js";
import type { RedisClient } from "./guarded-redis.js";
import { unsafeOptions } from "./unsafe-options.js";

/** Where the sessions are: a URL, ioredis options, or the app's own ioredis client. */
export type RedisOption = string | RedisOptions | RedisClient;

/** A client, and whether this package opened it. */
export interface Connection {
  readonly client: RedisClient;
  readonly own: boolean;
}

function isClient(redis: RedisOption): redis is RedisClient {
  return typeof redis === "object" && typeof (redis as Partial<RedisClient>).evalsha === "function";
}

/** What makes a client answer at once, with the truth or not at all. */
function ownOptions() {
  return {
    connectionName: "express-curfew",
    lazyConnect: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    connectTimeout: 1_000,
    retryStrategy: (times: number) => Math.min(50 * times, 250),
    // While Redis loads its data it says how long that may take; believing it would cost up to 10 seconds.
    maxLoadingRetryTime: 250,
    // A frozen server never closes its side.
    disconnectTimeout: 100,
    failoverDetector: true,
  } satisfies RedisOptions;
}

/**
 * Opens a connection of the package's own for a URL or ioredis options, with the options that keep a guarded
 * app answering while Redis is away; or takes the app's client, whose unsafe options it names.
 *
 * @throws CurfewError `invalid_option` if `redis` is none of these.
 */
export function connect(redis: RedisOption | undefined, events: Events): Connection {
  if (redis === undefined || redis === "")
    throw invalidOption(
      "redis",
      'is missing; give a URL such as "redis://127.0.0.1:6379", ioredis options, or an ioredis client',
    );
  if (isClient(redis)) {
    for (const line of unsafeOptions(redis)) events.warn("unsafe_redis_option", line);
    return { client: redis, own: false };
  }
  let isLeaving = false;
  const own = {
    ...ownOptions(),
    reconnectOnError: (error: Error): boolean => {
      // Redis before 7.0 puts other words in front where a script was refused. All that was under way is refused at
      // once, and each time would be another farewell to the same socket.
      if (isLeaving || !error.message.includes("READONLY")) return false;
      isLeaving = true;
      return true;
    },
  };
  const client =
    typeof redis === "string" ? new Redis(checkUrl(redis), own) : new Redis({ ...(redis as object), ...own });
  const { host = "localhost", port = 6379, path } = client.options;
  const place = path ?? `${host}:${String(port)}`;
  let away = false;
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
    warn(`Redis can't be reached at ${place} (${why}); start it there or change the redis option`);
    // The client would go on with database 0, where other sessions and other settings are, or none.
    if ((error as { command?: { name?: string } }).command?.name === "select") client.disconnect(true);
  });
  // Closed by the other side, or given up because nothing came any more: neither is an error to ioredis.
  client.on("reconnecting", () => {
    warn(`Redis at ${place} has closed the connection, or does not answer`);
  });
  client.on("ready", () => {
    away = false;
    isLeaving = false;
  });
  return { client, own: true };
}

function checkUrl(url: string): string {
  if (!/^(rediss?:\/\/|\/|[\w.-]+(:\d+)?$|\d+$)/.test(url))
    throw invalidOption(
      "redis",
      'is not a Redis URL; write it like "redis://user:password@host:6379/0" or "rediss://…" for TLS',
    );
  return url;
}
