/** An app whose Redis can go wrong, and one over the same keys whose Redis does not, to see what has become of them. */
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

/** Who talks to Redis: the package's own connection, a client that knows one key at a time, one of ioredis 5. */
export type ClientKind = "own connection" | "key by key" | "ioredis 5";

/** Two apps over the same keys, with one clock. */
export interface FaultSite {
  /** The longest that a request of the app whose Redis goes wrong waits for it. */
  readonly timeoutMs: number;
  readonly proxy: FaultProxy;
  /** Of the app whose Redis goes wrong. */
  readonly port: number;
  readonly curfew: Curfew;
  /** Of the app that sees what Redis holds. */
  readonly cleanPort: number;
  readonly clean: Curfew;
  readonly redis: Redis;
  readonly clock: TestClock;
  /** Begins the names of its keys. */
  readonly prefix: string;
  /** Begins the names of the keys with session data. */
  readonly sessionPrefix: string;
  /** A user whom nobody else is. */
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

/** How to open a site. */
export interface FaultSiteOptions {
  /** With the number of a database other than 0: the wrong one must not go unnoticed. */
  readonly redisUrl: string;
  readonly kind: ClientKind;
  readonly timeoutMs: number;
  /** Redis user of both apps, and the prefixes of their keys. @default Redis's default user, prefixes of their own */
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
      { kind: "guarded", redisUrl: url, timeoutMs: waitsMs, hasTestClock: true, allowEarlyExtension: true },
      clock,
      { prefix, sessionPrefix, ...(own ? { redis: own } : {}) },
    );
    // Express tells stderr of each error that comes after the headers; here there are many, all on purpose.
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
