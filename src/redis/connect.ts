import { Redis, type RedisOptions } from "ioredis";
import { isObject, unknownName } from "../check-options.js";
import { invalidOption } from "../errors.js";
import type { Events } from "../events.js";
import { EMBEDDED, openEmbedded } from "./embedded-connection.js";
import type { RedisClient } from "./redis-client.js";
import { openConnection, SAFE_OPTION_NAMES } from "./own-connection.js";
import { REDIS_OPTION_NAMES } from "./redis-option-names.js";
import { unsafeOptions } from "./unsafe-options.js";

/** The Redis of the sessions: a URL, ioredis options, the app's own ioredis client, or `"embedded:"`. */
export type RedisOption = string | RedisOptions | RedisClient;

/** A client of the app or of this package. */
export interface Connection {
  readonly client: RedisClient;
  /** True if this package opened the client. */
  readonly own: boolean;
  /** Closes the client if this package opened it. */
  readonly close: () => void;
  /** Returns the last error of a connection that this package opened; `null` if there is no error. */
  readonly trouble: () => string | null;
}

const EXPECTED = 'expected a URL such as "redis://127.0.0.1:6379", ioredis options, or an ioredis client';

/**
 * Opens a connection for a URL or ioredis options, with options that keep the app responding while Redis is away. Uses
 * the app's own client as it is, and warns of its unsafe options.
 *
 * @throws CurfewError `invalid_option` for any other value
 */
export function connect(redis: RedisOption | undefined, events: Events): Connection {
  const given: unknown = redis;
  if (given === undefined || given === null || given === "")
    throw invalidOption("redis", `is missing; ${EXPECTED}`);
  if (isClient(given)) {
    refuseOtherReplies(given.options);
    refuseReplicas(given);
    for (const line of unsafeOptions(given)) events.warn("unsafe_redis_option", line);
    return { client: given, own: false, close: () => undefined, trouble: () => null };
  }
  if (given === EMBEDDED) return { own: true, ...openEmbedded(events) };
  return {
    own: true,
    ...openConnection(typeof given === "string" ? checkUrl(given) : checkRedisOptions(given), events),
  };
}

/** @throws CurfewError `invalid_option` if a Cluster client reads from replicas, which lag: an ended session would pass */
function refuseReplicas({ options }: RedisClient): void {
  const { scaleReads } = options as { readonly scaleReads?: unknown };
  if (scaleReads !== undefined && scaleReads !== "master")
    throw invalidOption(
      "redis",
      'is a Cluster client that reads from replicas, which lag: an ended session would pass. Write scaleReads: "master".',
    );
}

/** True for an ioredis client. Clients of other packages lack some of these members. */
function isClient(given: unknown): given is RedisClient {
  if (isObject(given) !== null) return false;
  const { status, isCluster, options, evalsha, call, on } = given as Partial<RedisClient>;
  const isState = typeof status === "string" && typeof isCluster === "boolean" && isObject(options) === null;
  return isState && [evalsha, call, on].every((method) => typeof method === "function");
}

/** Refuses a client whose replies this package would misread (rule M30). @throws CurfewError `invalid_option` */
function refuseOtherReplies(options: {
  readonly stringNumbers?: boolean;
  readonly redisOptions?: object;
}): void {
  if (options.redisOptions) refuseOtherReplies(options.redisOptions);
  if (options.stringNumbers === true)
    throw invalidOption(
      "redis",
      "is a client with stringNumbers: true, which turns the numbers of replies into text; expected a client without this option, or its URL",
    );
}

function checkUrl(url: string): string {
  const hasScheme = /^rediss?:\/\//.test(url);
  const isAddress = hasScheme || /^(?:[\w.-]+(?::\d+)?|\d+)$/.test(url);
  if (!url.startsWith("/") && !(isAddress && URL.canParse(hasScheme ? url : `redis://${url}`)))
    throw invalidOption(
      "redis",
      'is not a Redis URL; expected a URL such as "redis://user:password@host:6379/0" or "rediss://…" for TLS, with special characters of the password percent-encoded',
    );
  // ioredis lets the query of a URL override all options.
  const query = new URLSearchParams(/\?([^#]*)/.exec(url)?.[1]);
  for (const name of query.keys())
    if (SAFE_OPTION_NAMES.has(name))
      throw invalidOption(
        "redis",
        `has ${name} in its URL; the package sets this option, so remove it from the URL`,
      );
  return url;
}

/** Checks ioredis options. ioredis ignores unknown names, and connects to this machine. @throws CurfewError `invalid_option` */
function checkRedisOptions(given: unknown): RedisOptions {
  if (!isPlainObject(given))
    throw invalidOption(
      "redis",
      "expected a URL, ioredis options or an ioredis client. To keep node-redis elsewhere in the app, pass its URL here.",
    );
  const names = [...REDIS_OPTION_NAMES, ...defaultNames()];
  for (const name of Object.keys(given))
    if (!names.includes(name))
      throw invalidOption(`redis.${name}`, OTHERWISE[name] ?? unknownName(name, names, "ioredis option"));
  if (given["port"] !== undefined && !(Number(given["port"]) > 0 && Number(given["port"]) < 65_536))
    throw invalidOption("redis.port", "must be a number from 1 to 65535");
  if (PLACES.every((name) => given[name] === undefined))
    throw invalidOption("redis", "has no address; write host and port, path or sentinels");
  return given;
}

/** Options with an address. Without them ioredis connects to this machine. */
const PLACES = ["host", "port", "path", "sentinels", "Connector"] as const;

/** Names from other clients, with the name or value to write. */
const OTHERWISE: Readonly<Record<string, string>> = {
  url: 'is not an ioredis option; pass the URL itself: createCurfew({ redis: "redis://…" })',
  socket: "is an option of node-redis; write a URL or { host, port }",
  database: "is an option of node-redis; write db",
  nodes: "is not an ioredis option; pass an ioredis Cluster",
  rootNodes: "is an option of node-redis; pass an ioredis Cluster",
};

/** True for a plain object of any realm. An object with a class may be the client of another package. */
function isPlainObject(given: unknown): given is Record<string, unknown> {
  if (isObject(given) !== null) return false;
  const prototype: unknown = Object.getPrototypeOf(given);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Returns the names of the installed ioredis, which may have newer options. */
function defaultNames(): string[] {
  return Object.keys((Redis as unknown as { readonly defaultOptions?: object }).defaultOptions ?? {});
}
