import type { Redis } from "ioredis";
import * as rights from "../../src/cli/doctor/rights.js";

/**
 * The Redis commands that this package sends, and those that its scripts call. A test compares the list with the source,
 * so a new command needs one line in `src/cli/doctor/rights.ts`, and then `docs/redis.md` as the test prints it.
 */
export const COMMANDS: readonly string[] = Object.keys(rights.NEEDED_COMMANDS);

/** More commands with the option `waitForReplicas`. */
export const REPLICA_COMMANDS: readonly string[] = Object.keys(rights.REPLICA_COMMANDS);

/** More commands that ioredis sends to the nodes of a Cluster. */
export const CLUSTER_COMMANDS: readonly string[] = Object.keys(rights.CLUSTER_COMMANDS);

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

/** ioredis sends this command to Redis 7.2 and later, and ignores the refusal. docs/redis.md says so. */
const HARMLESS = "client|setinfo";

/** Returns the commands and keys that a Redis has refused to its users. */
export async function refusedBy(admin: Pick<Redis, "call">): Promise<string[]> {
  const entries = (await admin.call("ACL", "LOG")) as string[][];
  return entries
    .map((entry) =>
      entry
        .slice(2, 8)
        .filter((_text, at) => at % 2 === 1)
        .join(" "),
    )
    .filter((text) => !text.endsWith(HARMLESS));
}
