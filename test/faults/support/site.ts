/**
 * An app with a faulty Redis, and a second app over the same keys with a sound connection, which shows their
 * contents.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { randomBytes } from "node:crypto";
import { Redis } from "ioredis";
import { Redis as Redis5 } from "ioredis5";
import type { Curfew, RedisClient } from "../../../src/index.js";
import { createTestClock, type TestClock } from "../../../src/testing/index.js";
import { createGuardedApp } from "../../battery/support/guarded-app.js";
import { asCluster } from "../../harness/as-cluster.js";
import { startFaultProxy, type FaultProxy } from "../../harness/fault-proxy.js";

/**
 * Kind of Redis client: the package's own connection, a client that reads one key at a time, or a client of
 * ioredis 5.
 */
export type ClientKind = "own connection" | "key by key" | "ioredis 5";

/** Two apps over the same keys, with one clock. */
export interface FaultSite {
  /** Longest wait of a request of the app with the faulty Redis. */
  readonly timeoutMs: number;
  readonly proxy: FaultProxy;
  /** Port of the app with the faulty Redis. */
  readonly port: number;
  readonly curfew: Curfew;
  /** Port of the app with the sound connection. */
  readonly cleanPort: number;
  readonly clean: Curfew;
  readonly redis: Redis;
  readonly clock: TestClock;
  /** Prefix of the package's keys. */
  readonly prefix: string;
  /** Prefix of the keys with session data. */
  readonly sessionPrefix: string;
  /** Returns a new user id. */
  newUser(): string;
  close(): Promise<void>;
}

const SAFE_OPTIONS = {
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  reconnectOnError: (error: Error) => error.message.includes("READONLY"),
  retryStrategy: () => 50,
};

function clientOf(kind: ClientKind, url: string): RedisClient | undefined {
  if (kind === "own connection") return undefined;
  const client = kind === "ioredis 5" ? new Redis5(url, SAFE_OPTIONS) : new Redis(url, SAFE_OPTIONS);
  client.on("error", () => undefined);
  return kind === "key by key" ? asCluster(client) : client;
}

/** Options of a site. */
export interface FaultSiteOptions {
  /** URL with a database number other than 0, so that use of the wrong database shows. */
  readonly redisUrl: string;
  readonly kind: ClientKind;
  readonly timeoutMs: number;
  /** Redis user of both apps, and the prefixes of their keys. @default Redis's default user, fresh prefixes */
  readonly as?: {
    readonly username: string;
    readonly password: string;
    readonly prefix: string;
    readonly sessionPrefix: string;
  };
}

/** Starts both apps. */
export async function openFaultSite(options: FaultSiteOptions): Promise<FaultSite> {
  const { redisUrl, kind, timeoutMs, as } = options;
  const proxy = await startFaultProxy(redisUrl);
  const asUser = (text: string): string => {
    const url = new URL(text);
    return Object.assign(url, { username: as?.username ?? "", password: as?.password ?? "" }).href;
  };
  const clock = createTestClock();
  const prefix = as?.prefix ?? `faults-${randomBytes(6).toString("hex")}:`;
  const sessionPrefix = as?.sessionPrefix ?? `${prefix}sess:`;
  const client = clientOf(kind, proxy.url);
  const open = async (url: string, own: RedisClient | undefined, waitsMs: number) => {
    const { app, curfew } = await createGuardedApp(
      {
        ...{ kind: "guarded", redisUrl: url, timeoutMs: waitsMs },
        ...{ hasTestClock: true, allowEarlyExtension: true, takesOver: true },
      },
      clock,
      { prefix, sessionPrefix, ...(own ? { redis: own } : {}) },
    );
    // Express prints each error after the headers on stderr. These errors are intended.
    app.set("env", "test");
    const server = createServer(app).listen(0, "127.0.0.1");
    await once(server, "listening");
    return { curfew, server, port: (server.address() as AddressInfo).port };
  };
  const faulty = await open(asUser(proxy.url), client, timeoutMs);
  const clean = await open(asUser(redisUrl), undefined, 10_000);
  const redis = new Redis(redisUrl);
  let users = 0;
  return {
    timeoutMs,
    proxy,
    port: faulty.port,
    curfew: faulty.curfew,
    cleanPort: clean.port,
    clean: clean.curfew,
    redis,
    clock,
    prefix,
    sessionPrefix,
    newUser: () => `user-${(users += 1)}`,
    async close() {
      for (const { server, curfew } of [faulty, clean]) {
        server.close();
        server.closeAllConnections();
        await curfew.close();
      }
      client?.disconnect();
      redis.disconnect();
      await proxy.close();
    },
  };
}
