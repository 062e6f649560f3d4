import { Redis, type RedisOptions } from "ioredis";
import { isObject, unknownName } from "../check-options.js";
import { invalidOption } from "../errors.js";
import type { Events } from "../events.js";
import type { RedisClient } from "./guarded-redis.js";
import { openConnection, SAFE_OPTION_NAMES } from "./own-connection.js";
import { REDIS_OPTION_NAMES } from "./redis-option-names.js";
import { unsafeOptions } from "./unsafe-options.js";

/** Where the sessions are: a URL, ioredis options, or the app's own ioredis client. */
export type RedisOption = string | RedisOptions | RedisClient;

/** A client, and whether this package opened it. */
export interface Connection {
  readonly client: RedisClient;
  readonly own: boolean;
  /** Closes the client if this package opened it. */
  readonly close: () => void;
  /** Why there is no connection, if this package has opened it and knows. */
  readonly trouble: () => string | null;
}

const WHAT_TO_GIVE = 'give a URL such as "redis://127.0.0.1:6379", ioredis options, or an ioredis client';

/**
 * Opens a connection of the package's own for a URL or ioredis options, with the options that keep a guarded
 * app answering while Redis is away; or takes the app's client, whose unsafe options it names.
 *
 * @throws CurfewError `invalid_option` if `redis` is none of these.
 */
export function connect(redis: RedisOption | undefined, events: Events): Connection {
  const given: unknown = redis;
  if (given === undefined || given === null || given === "")
    throw invalidOption("redis", `is missing; ${WHAT_TO_GIVE}`);
  if (isClient(given)) {
    for (const line of unsafeOptions(given)) events.warn("unsafe_redis_option", line);
    return { client: given, own: false, close: () => undefined, trouble: () => null };
  }
  return {
    own: true,
    ...openConnection(typeof given === "string" ? checkUrl(given) : checkRedisOptions(given), events),
  };
}

/** An ioredis client has all of these; clients of other packages lack some, and their methods answer otherwise. */
function isClient(given: unknown): given is RedisClient {
  if (isObject(given) !== null) return false;
  const { status, isCluster, options, evalsha, call, on } = given as Partial<RedisClient>;
  const isState = typeof status === "string" && typeof isCluster === "boolean" && isObject(options) === null;
  return isState && [evalsha, call, on].every((method) => typeof method === "function");
}

function checkUrl(url: string): string {
  const hasScheme = /^rediss?:\/\//.test(url);
  const isAddress = hasScheme || /^(?:[\w.-]+(?::\d+)?|\d+)$/.test(url);
  if (!url.startsWith("/") && !(isAddress && URL.canParse(hasScheme ? url : `redis://${url}`)))
    throw invalidOption(
      "redis",
      'is not a Redis URL; write it like "redis://user:password@host:6379/0" or "rediss://…" for TLS, with special characters of the password percent-encoded',
    );
  // To ioredis the query of a URL goes before all options.
  const query = new URLSearchParams(/\?([^#]*)/.exec(url)?.[1]);
  for (const name of query.keys())
    if (SAFE_OPTION_NAMES.has(name))
      throw invalidOption("redis", `has ${name} in its URL, which this package decides; remove it there`);
  return url;
}

/** @throws CurfewError `invalid_option` for what ioredis would pass over, to connect to this machine instead */
function checkRedisOptions(given: unknown): RedisOptions {
  if (!isPlainObject(given))
    throw invalidOption(
      "redis",
      `is none of ioredis's; instead of another package's client, as node-redis's, give its URL, or an ioredis client`,
    );
  const names = [...REDIS_OPTION_NAMES, ...defaultNames()];
  for (const name of Object.keys(given))
    if (!names.includes(name))
      throw invalidOption(`redis.${name}`, OTHERWISE[name] ?? unknownName(name, names, "ioredis option"));
  if (given["port"] !== undefined && !(Number(given["port"]) > 0 && Number(given["port"]) < 65_536))
    throw invalidOption("redis.port", "must be a number from 1 to 65535");
  if (PLACES.every((name) => given[name] === undefined))
    throw invalidOption("redis", "does not say where to connect to; give host and port, path or sentinels");
  return given;
}

/** Where ioredis connects to; without any of them, to this machine. */
const PLACES = ["host", "port", "path", "sentinels", "Connector"] as const;

/** Names that other clients have, and what to write instead. */
const OTHERWISE: Readonly<Record<string, string>> = {
  url: 'is no ioredis option; give the URL itself: createCurfew({ redis: "redis://…" })',
  socket: "is an option of node-redis; give a URL, or { host, port }",
  database: "is an option of node-redis; write db",
  nodes: "is no ioredis option; give an ioredis Cluster",
  rootNodes: "is an option of node-redis; give an ioredis Cluster",
};

/** Plain in any realm: whatever has a class of its own is somebody's client. */
function isPlainObject(given: unknown): given is Record<string, unknown> {
  if (isObject(given) !== null) return false;
  const prototype: unknown = Object.getPrototypeOf(given);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** What the ioredis at hand has a default for: options that came after this was written, too. */
function defaultNames(): string[] {
  return Object.keys((Redis as unknown as { readonly defaultOptions?: object }).defaultOptions ?? {});
}
