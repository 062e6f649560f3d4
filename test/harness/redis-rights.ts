/**
 * The Redis commands that this package sends, and those that its scripts call. A test compares the list with the source,
 * so a new command needs one line here, and then `docs/redis.md` as the test prints it.
 */
export const COMMANDS: readonly string[] = [
  // The connection.
  "client|setname",
  "info",
  "ping",
  "publish",
  "select",
  "subscribe",
  // Scripts, and the clock.
  "eval",
  "evalsha",
  "time",
  // Keys.
  "del",
  "exists",
  "expire",
  "pexpire",
  "pttl",
  "type",
  // Strings: session data, records, users and settings.
  "get",
  "mget",
  "set",
  // The history of the settings.
  "lpush",
  "lrange",
  "lrem",
  "lset",
  "ltrim",
  "rpush",
  // Hashes: settings of the first edition, and the levels of the list of all sessions.
  "hdel",
  "hget",
  "hgetall",
  "hlen",
  "hmget",
  "hset",
  // The audit trail.
  "xadd",
  "xdel",
  "xrange",
  "xrevrange",
  // The list of all sessions.
  "zadd",
  "zcard",
  "zrangebyscore",
  "zrem",
  "zremrangebyscore",
  "zrevrangebyscore",
  "zscore",
];

/** More commands with the option `waitForReplicas`. */
export const REPLICA_COMMANDS: readonly string[] = ["wait"];

/** More commands that ioredis sends to the nodes of a Cluster. */
export const CLUSTER_COMMANDS: readonly string[] = ["cluster|info", "cluster|slots", "readwrite"];

/** Prefixes of the keys that this package reads and writes. */
interface Prefixes {
  readonly prefix: string;
  readonly sessionPrefix: string;
  /** `takeOver.prefix`, if it is another. */
  readonly oldPrefix?: string;
}

/** Returns the rules of `ACL SETUSER` with which this package works: key patterns, channels and commands. */
export function redisRights(
  { prefix, sessionPrefix, oldPrefix }: Prefixes,
  commands: readonly string[] = COMMANDS,
): string {
  const prefixes = [prefix, sessionPrefix, ...(oldPrefix === undefined ? [] : [oldPrefix])];
  const patterns = prefixes.map((each) => `~${each}*`);
  return [...patterns, `&${prefix}*`, ...commands.map((name) => `+${name}`)].join(" ");
}
