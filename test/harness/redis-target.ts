/**
 * Which Redis the `*.redis.test.ts` of a run get. `CURFEW_TEST_REDIS` names its kind: one `server` (the default), a
 * `cluster`, a master behind `sentinel`, the `embedded` one, to test nothing but that one itself,
 * or a server whose apps have an `acl` user with the rights of docs/redis.md. Tests don't ask: `appRedis()` and `testRedis()` of redis.ts give them what fits.
 */
import { Redis } from "ioredis";
import { COMMANDS } from "./redis-rights.js";
import { createTestRedis } from "../../src/testing/index.js";
import { describeErrors, errorsOf } from "./cluster-errors.js";
import { startCluster, type NodeAddress } from "./redis-cluster.js";
import { startSentinels, type Address } from "./redis-sentinel.js";
import { sharedRedis, startRedis, type RedisServer } from "./redis-server.js";

/** The environment variable that names the kind. */
export const TEST_REDIS = "CURFEW_TEST_REDIS";

/** Where the tests find their Redis. It must survive being sent to a worker. */
export type RedisTarget =
  | {
      readonly kind: "server";
      /** Address without a database number. */
      readonly url: string;
      /** Redis user of the apps. The tests themselves use the default user. */
      readonly appUser?: string;
    }
  | { readonly kind: "cluster"; readonly nodes: readonly NodeAddress[] }
  | { readonly kind: "sentinel"; readonly name: string; readonly sentinels: Address[] };

/** A Redis for a whole run. */
export interface OpenedTarget {
  readonly target: RedisTarget;
  /** Which Redis it is, in one line. */
  readonly description: string;
  /** Whether the run started it, so that nobody else's data is in it. */
  readonly isOwn: boolean;
  stop(): Promise<void>;
}

/** Starts, or finds, the Redis of a run. @throws if the variable names no kind, or there is no such Redis here */
export async function openTarget(kind = process.env[TEST_REDIS] ?? "server"): Promise<OpenedTarget> {
  switch (kind) {
    case "server": {
      const server = await sharedRedis();
      return { ...server, target: { kind, url: server.url }, stop: () => server.stop() };
    }
    case "acl": {
      const server = await startRedis();
      return { target: { kind: "server", url: server.url, appUser: APP_USER }, ...(await limitApps(server)) };
    }
    case "embedded": {
      const { url, close } = await createTestRedis();
      const description = `the embedded Redis, at ${url}`;
      return { target: { kind: "server", url }, description, isOwn: true, stop: close };
    }
    case "cluster": {
      const cluster = await startCluster();
      const stop = async (): Promise<void> => {
        process.stdout.write(`${describeErrors(await errorsOf(cluster))}\n`);
        await cluster.stop();
      };
      return { ...cluster, target: { kind, nodes: cluster.nodes }, isOwn: true, stop };
    }
    case "sentinel": {
      const topology = await startSentinels();
      const [master, ...replicas] = topology.servers.map(({ port }) => port);
      const sentinels = topology.options.sentinels.map(({ port }) => port);
      const description = `redis-server ${topology.version}: a master on port ${master}, a replica on ${replicas.join()}, sentinels with a quorum of 2 on ${sentinels.join(", ")}`;
      return { ...topology, description, target: { kind, ...topology.options }, isOwn: true };
    }
    default:
      throw new Error(
        `${TEST_REDIS} must be "server", "cluster", "sentinel", "acl" or "embedded", not "${kind}".`,
      );
  }
}

const APP_USER = "app";

/** Creates the apps' user, for keys of any name, because each test has a prefix of its own. */
async function limitApps(server: RedisServer): Promise<Omit<OpenedTarget, "target">> {
  const admin = new Redis(server.url);
  const commands = COMMANDS.map((name) => `+${name}`);
  await admin.call("ACL", "SETUSER", APP_USER, "reset", "on", "nopass", "~*", ...commands);
  return {
    description: `redis-server ${server.version}; the apps' user has ${String(COMMANDS.length)} commands`,
    isOwn: true,
    stop: async () => {
      const refused = (await admin.call("ACL", "LOG")) as string[][];
      admin.disconnect();
      await server.stop();
      const lines = new Set(refused.map((entry) => `${entry[3]} ${entry[7]} of ${entry[9]}`));
      if (lines.size > 0) throw new Error(`Redis has refused: ${[...lines].join(", ")}.`);
    },
  };
}
