/** Checks of the rights of the app's Redis user. */
import type { RedisClient } from "../../redis/redis-client.js";
import type { Keys } from "../../state/keys.js";
import { ask, askOrNull, nodeName, nodesOf, nullIfRefused, userName, type Node } from "./ask.js";
import { ok, problem, type Finding, type Level } from "./finding.js";

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

/** More commands with the option `waitForReplicas`. */
export const REPLICA_COMMANDS: Readonly<Record<string, string>> = { wait: "1 1" };

/** More commands that ioredis sends to the nodes of a Cluster. */
export const CLUSTER_COMMANDS: Readonly<Record<string, string>> = {
  "cluster|info": "",
  "cluster|slots": "",
  readwrite: "",
};

/** Commands that only a user with too many rights may send. docs/command-line.md names them. */
const UNNEEDED: readonly (readonly string[])[] = [
  ["FLUSHALL"],
  ["CONFIG", "SET", "maxmemory", "0"],
  ["KEYS", "*"],
  ["GET", "express-curfew-doctor-other-key"],
];

/** Levels of a finding, of which a person sees the first that a master has. */
const WORST_FIRST: readonly Level[] = ["fail", "unknown", "warn", "ok"];

/** Circumstances of the app that decide which commands it sends. */
export interface RightsQuestion {
  /** The app's Redis user; `undefined` for the user of this connection. */
  readonly user: string | undefined;
  readonly keys: Keys;
  /** True if the app has the option `waitForReplicas`. */
  readonly waitsForReplicas: boolean;
}

/**
 * Checks the rights of a Redis user, without running a command as that user. The masters of a Cluster have users of their
 * own, so each of them is asked.
 */
export async function checkRights(client: RedisClient, question: RightsQuestion): Promise<Finding> {
  const nodes = nodesOf(client);
  const findings = await Promise.all(nodes.map((node) => checkNodeRights(node, client, question)));
  const [worst] = WORST_FIRST.map((level) => findings.findIndex((each) => each.level === level)).filter(
    (index) => index >= 0,
  );
  const finding = findings[worst ?? 0] ?? untold(userName(client));
  const node = nodes[worst ?? 0];
  if (!node || nodes.length === 1 || finding.level === "ok") return finding;
  return { ...finding, found: `${nodeName(node)}: ${finding.found}` };
}

async function checkNodeRights(node: Node, client: RedisClient, question: RightsQuestion): Promise<Finding> {
  const own = question.user ?? (await askOrNull(node, "ACL", "WHOAMI"));
  const user = typeof own === "string" ? own : userName(node);
  const mayRun = async (command: readonly string[]): Promise<boolean> =>
    String(await ask(node, "ACL", "DRYRUN", user, ...command)) === "OK";
  try {
    const wanted = commandsOf(client, question);
    const allowed = await Promise.all(wanted.map(({ line }) => mayRun(line)));
    const lacks = wanted.filter((_command, index) => allowed[index] === false);
    if (lacks.length > 0)
      return problem(
        "fail",
        "rights",
        `the Redis user ${user} may not send ${lacks.map(({ name }) => name).join(", ")}`,
        "compare the user with the ACL line of docs/redis.md",
      );
    const excess = await Promise.all(UNNEEDED.map(mayRun));
    if (!excess.includes(true)) return ok("rights", `the Redis user ${user} has the rights that it needs`);
    return problem(
      "warn",
      "rights",
      `the Redis user ${user} has more rights than the package needs`,
      "give the app a user of its own, with the ACL line of docs/redis.md",
    );
  } catch (error) {
    nullIfRefused(error);
    return /^ERR User .* not found/.test((error as Error).message) ? missing(user) : untold(user);
  }
}

const untold = (user: string): Finding =>
  problem(
    "unknown",
    "rights",
    `Redis does not tell the rights of the user ${user}`,
    "run the doctor as a Redis user with +acl|whoami and +acl|dryrun, and name the app's user with --redis-user",
  );

const missing = (user: string): Finding =>
  problem(
    "fail",
    "rights",
    `the Redis user ${user} does not exist`,
    "create it with the ACL line of docs/redis.md, or name the app's user with --redis-user",
  );

interface NeededCommand {
  readonly name: string;
  readonly line: readonly string[];
}

function commandsOf(client: RedisClient, { keys, waitsForReplicas }: RightsQuestion): NeededCommand[] {
  // ioredis puts its keyPrefix in front of keys, and not in front of the arguments of DRYRUN.
  const { keyPrefix = "" } = client.options as { readonly keyPrefix?: string };
  const values: Readonly<Record<string, string>> = {
    "{channel}": keys.ends,
    "{key}": keyPrefix + keys.settings,
    "{data}": keyPrefix + keys.data("x"),
  };
  const needed = {
    ...NEEDED_COMMANDS,
    ...(waitsForReplicas ? REPLICA_COMMANDS : {}),
    ...(client.isCluster ? CLUSTER_COMMANDS : {}),
  };
  return Object.entries(needed).map(([name, args]) => ({
    name,
    line: [
      ...name.split("|"),
      ...args
        .split(" ")
        .filter(Boolean)
        .map((arg) => values[arg] ?? arg),
    ],
  }));
}
