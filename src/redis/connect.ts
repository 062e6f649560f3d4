import type { RedisOptions } from "ioredis";
import { invalidOption } from "../errors.js";
import type { Events } from "../events.js";
import type { RedisClient } from "./guarded-redis.js";
import { openConnection, SAFE_OPTION_NAMES } from "./own-connection.js";
import { unsafeOptions } from "./unsafe-options.js";

/** Where the sessions are: a URL, ioredis options, or the app's own ioredis client. */
export type RedisOption = string | RedisOptions | RedisClient;

/** A client, and whether this package opened it. */
export interface Connection {
  readonly client: RedisClient;
  readonly own: boolean;
  /** Closes the client if this package opened it. */
  readonly close: () => void;
}

function isClient(redis: RedisOption): redis is RedisClient {
  return typeof redis === "object" && typeof (redis as Partial<RedisClient>).evalsha === "function";
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
    return { client: redis, own: false, close: () => undefined };
  }
  const { client, close } = openConnection(typeof redis === "string" ? checkUrl(redis) : redis, events);
  return { client, own: true, close };
}

function checkUrl(url: string): string {
  if (!/^(rediss?:\/\/|\/|[\w.-]+(:\d+)?$|\d+$)/.test(url))
    throw invalidOption(
      "redis",
      'is not a Redis URL; write it like "redis://user:password@host:6379/0" or "rediss://…" for TLS',
    );
  // To ioredis the query of a URL goes before all options.
  const query = new URLSearchParams(/\?([^#]*)/.exec(url)?.[1]);
  for (const name of query.keys())
    if (SAFE_OPTION_NAMES.has(name))
      throw invalidOption("redis", `has ${name} in its URL, which this package decides; remove it there`);
  return url;
}
