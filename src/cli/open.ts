/** Opens the storage for a command, configured as the app's processes are. */
import { Cluster } from "ioredis";
import { Events, type LogEntry } from "../events.js";
import { DEFAULT_LIMITS, DEFAULT_SETTINGS } from "../policy/index.js";
import { connect, type Connection } from "../redis/connect.js";
import { EMBEDDED } from "../redis/embedded-connection.js";
import { GuardedRedis } from "../redis/guarded-redis.js";
import type { RedisClient } from "../redis/redis-client.js";
import { decodeFacts, type WrittenFacts } from "../state/values/app-facts.js";
import { createKeys } from "../state/keys.js";
import { openStorage, type OpenStorage } from "../state/open-storage.js";
import { UsageError } from "./arguments.js";
import { clusterNodeIn } from "./cluster-address.js";

/** Longest wait for one operation, in milliseconds. */
export const TIMEOUT_MS = 10_000;

/** Place of the app's keys. */
export interface Place {
  readonly redis: string | undefined;
  readonly isCluster: boolean;
  readonly prefix: string;
}

/** The storage of a command. */
export interface Opened extends OpenStorage {
  readonly client: RedisClient;
  /** Configuration of the app's processes; `null` if no process has written it here. */
  readonly facts: WrittenFacts | null;
}

/**
 * Connects and opens the storage.
 *
 * @throws UsageError without an address; CurfewError `redis_unavailable`, or `invalid_option` for a wrong address
 */
export async function open(
  { redis, isCluster, prefix }: Place,
  log: (entry: LogEntry) => void,
): Promise<Opened> {
  if (redis === undefined || redis === "")
    throw new UsageError(
      "the address of Redis is missing; write --redis redis://host:6379, or set REDIS_URL",
    );
  if (redis === EMBEDDED)
    throw new UsageError(
      `"${EMBEDDED}" is a Redis inside of one process, so the app's data are not there; write the URL of a Redis server`,
    );
  const connection = isCluster ? openCluster(redis) : connect(redis, new Events(log));
  const { client } = connection;
  try {
    const guard = new GuardedRedis(client, TIMEOUT_MS, { reconnects: false, trouble: connection.trouble });
    await guard.ping(TIMEOUT_MS);
    const text = (await guard.call("GET", [createKeys(prefix, "").app])) as string | null;
    const facts = text === null ? null : decodeFacts(text);
    const storage = openStorage({
      redis: client,
      prefix,
      sessionPrefix: facts?.sessionPrefix ?? "sess:",
      defaults: facts?.defaults ?? DEFAULT_SETTINGS,
      limits: facts?.limits ?? DEFAULT_LIMITS,
      timeoutMs: TIMEOUT_MS,
      clock: null,
      log,
      telemetry: null,
      limitOpenSessions: facts?.limitOpenSessions ?? true,
      waitForReplicas: null,
      audit: facts?.auditEntries === null ? null : { maxEntries: facts?.auditEntries ?? null },
      isApp: false,
    });
    const close = async (): Promise<void> => {
      await storage.close();
      connection.close();
    };
    return { ...storage, client, facts, close };
  } catch (error) {
    connection.close();
    throw error;
  }
}

function openCluster(text: string): Connection {
  const { host, port, keyPrefix, ...redisOptions } = clusterNodeIn(text);
  const client = new Cluster([{ host, port }], {
    keyPrefix,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    slotsRefreshTimeout: 1_000,
    clusterRetryStrategy: () => 250,
    redisOptions: { connectTimeout: 1_000, ...redisOptions },
  });
  let trouble: string | null = null;
  client.on("error", ({ message, lastNodeError }: Error & { readonly lastNodeError?: Error }) => {
    trouble = [message, lastNodeError?.message].filter(Boolean).join(" ");
  });
  return {
    own: false,
    client,
    close: () => {
      client.disconnect();
    },
    trouble: () => trouble,
  };
}
