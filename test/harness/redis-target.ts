/**
 * Chooses the Redis of a run's `*.redis.test.ts`. `CURFEW_TEST_REDIS` names its kind:
 *
 * - `server` (the default): one server.
 * - `cluster`: a Redis Cluster.
 * - `sentinel`: a master behind sentinels.
 * - `embedded`: the embedded Redis, only to test it.
 * - `acl`: a server whose apps have a user with the rights of docs/redis.md.
 *
 * Tests get a matching Redis from `appRedis()` and `testRedis()` of redis.ts.
 */
import { Redis } from "ioredis";
import { COMMANDS, refusedBy } from "./redis-rights.js";
import { createTestRedis } from "../../src/testing/index.js";
import { describeErrors, errorsOf } from "./cluster-errors.js";
import { startCluster, type NodeAddress } from "./redis-cluster.js";
import { startSentinels, type Address } from "./redis-sentinel.js";
import { sharedRedis, startRedis, type RedisServer } from "./redis-server.js";

/** Environment variable that names the kind. */
export const TEST_REDIS = "CURFEW_TEST_REDIS";

/** Address of the run's Redis. Plain data, because vitest sends it to workers. */
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
  /** One line that names the Redis. */
  readonly description: string;
  /** True if the run started the Redis, so that it contains no foreign data. */
  readonly isOwn: boolean;
  stop(): Promise<void>;
}

/**
 * Starts or finds the Redis of a run. @throws Error if the variable names no known kind, or this kind is not
 * available here
 */
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

/** Creates the apps' user. It may use any key name, because each test has its own prefix. */
async function limitApps(server: RedisServer): Promise<Omit<OpenedTarget, "target">> {
  const admin = new Redis(server.url);
  const commands = COMMANDS.map((name) => `+${name}`);
  await admin.call("ACL", "SETUSER", APP_USER, "reset", "on", "nopass", "~*", "&*", ...commands);
  return {
    description: `redis-server ${server.version}; the apps' user has ${String(COMMANDS.length)} commands`,
    isOwn: true,
    stop: async () => {
      const refused = new Set(await refusedBy(admin));
      admin.disconnect();
      await server.stop();
      if (refused.size > 0) throw new Error(`Redis has refused: ${[...refused].join(", ")}.`);
    },
  };
}
