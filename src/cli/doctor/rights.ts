/** Checks of the rights of the app's Redis user. */
import type { RedisClient } from "../../redis/redis-client.js";
import type { Keys } from "../../state/keys.js";
import { ok, problem, type Finding } from "./finding.js";

/** The shortest arguments that each command of the package takes, with `{key}` and `{data}` for keys. */
export const NEEDED_COMMANDS: Readonly<Record<string, string>> = {
  // The connection.
  "client|setname": "x",
  info: "",
  ping: "",
  publish: "{channel} x",
  select: "0",
  subscribe: "{channel}",
  // Scripts, and the clock.
  eval: "x 1 {key}",
  evalsha: "x 1 {key}",
  time: "",
  // Keys.
  del: "{data}",
  exists: "{key}",
  expire: "{key} 1",
  pexpire: "{key} 1",
  pttl: "{key}",
  type: "{key}",
  // Strings: session data, records, users and settings.
  get: "{key}",
  mget: "{key} {data}",
  set: "{data} x",
  // The history of the settings.
  lpush: "{key} x",
  lrange: "{key} 0 1",
  lrem: "{key} 0 x",
  lset: "{key} 0 x",
  ltrim: "{key} 0 1",
  rpush: "{key} x",
  // Hashes: settings of the first edition, and the levels of the list of all sessions.
  hdel: "{key} x",
  hget: "{key} x",
  hgetall: "{key}",
  hlen: "{key}",
  hmget: "{key} x",
  hset: "{key} x x",
  // The audit trail.
  xadd: "{key} * x x",
  xdel: "{key} 1-1",
  xrange: "{key} - +",
  xrevrange: "{key} + -",
  // The list of all sessions.
  zadd: "{key} 1 x",
  zcard: "{key}",
  zrangebyscore: "{key} 0 1",
  zrem: "{key} x",
  zremrangebyscore: "{key} 0 1",
  zrevrangebyscore: "{key} 1 0",
  zscore: "{key} x",
};

/** Commands that only a user with too many rights may send. */
const UNNEEDED = ["FLUSHALL", "CONFIG SET maxmemory 0", "KEYS *", "GET express-curfew-doctor-other-key"];

/** User of a connection without a name. */
const DEFAULT_USER = "default";

/**
 * Checks the rights of a Redis user, without running a command as that user.
 *
 * @param user - the app's user; with `undefined` the user of this connection
 */
export async function checkRights(
  client: RedisClient,
  keys: Keys,
  user: string | undefined,
): Promise<Finding> {
  const name = user ?? String(await client.call("ACL", "WHOAMI").catch(() => DEFAULT_USER));
  const mayRun = async (command: string): Promise<boolean> =>
    String(await client.call("ACL", "DRYRUN", name, ...command.split(" "))) === "OK";
  try {
    const lacks = [];
    for (const [command, args] of Object.entries(NEEDED_COMMANDS))
      if (!(await mayRun(commandLine(command, args, keys)))) lacks.push(command);
    if (lacks.length > 0)
      return problem(
        "fail",
        "rights",
        `the Redis user ${name} may not send ${lacks.join(", ")}`,
        "compare the user with the ACL line of docs/redis.md",
      );
    const allowed = await Promise.all(UNNEEDED.map(mayRun));
    if (allowed.every((may) => !may))
      return ok("rights", `the Redis user ${name} has the rights that it needs`);
    return problem(
      "warn",
      "rights",
      `the Redis user ${name} has more rights than the package needs`,
      "give the app a user of its own, with the ACL line of docs/redis.md",
    );
  } catch {
    return problem(
      "unknown",
      "rights",
      `Redis does not tell the rights of the user ${name}`,
      "run the doctor as a Redis user with +acl|whoami and +acl|dryrun, and name the app's user with --redis-user",
    );
  }
}

function commandLine(command: string, args: string, keys: Keys): string {
  const filled = args
    .replaceAll("{channel}", keys.ends)
    .replaceAll("{key}", keys.settings)
    .replaceAll("{data}", keys.data("x"));
  return `${command.replace("|", " ")} ${filled}`.trim();
}
