/** The app's own Redis clients, of every kind that the package takes. */
import { Redis } from "ioredis";
import { Redis as Redis5 } from "ioredis5";
import { onTestFinished } from "vitest";
import type { RedisClient } from "../../src/index.js";
import { testRedisUrl } from "./redis.js";

const SAFE_OPTIONS = {
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  reconnectOnError: (error: Error) => error.message.startsWith("READONLY"),
  lazyConnect: true,
};

/** A connected client of ioredis 6 with options that are safe, closed with the test. */
export async function ioredis6(url?: string): Promise<Redis> {
  const client = new Redis(url ?? (await testRedisUrl()), SAFE_OPTIONS);
  client.on("error", () => undefined);
  onTestFinished(() => {
    client.disconnect();
  });
  await client.connect();
  return client;
}

/** The same of ioredis 5. */
export async function ioredis5(): Promise<Redis5> {
  const client = new Redis5(await testRedisUrl(), SAFE_OPTIONS);
  client.on("error", () => undefined);
  onTestFinished(() => {
    client.disconnect();
  });
  await client.connect();
  return client;
}

/**
 * A client that says it is a cluster's, over one server: the package must then ask for one key at a time, and
 * is refused, as by a cluster, where it does not.
 */
export function asCluster(client: Redis): RedisClient {
  const refuseMany = (keyCount: number): void => {
    if (keyCount > 1) throw new Error("CROSSSLOT Keys in request don't hash to the same slot");
  };
  const own: Partial<RedisClient> = {
    isCluster: true,
    evalsha: async (sha1, keyCount, ...args) => {
      refuseMany(keyCount);
      return client.evalsha(sha1, keyCount, ...args);
    },
    eval: async (lua, keyCount, ...args) => {
      refuseMany(keyCount);
      return client.eval(lua, keyCount, ...args);
    },
  };
  return new Proxy<RedisClient>(client, {
    get(target, name) {
      if (Object.hasOwn(own, name)) return own[name as keyof RedisClient];
      const value: unknown = Reflect.get(target, name, target);
      // ioredis's own methods look for private fields, which a proxy has not.
      return typeof value === "function" ? (value as () => unknown).bind(target) : value;
    },
  });
}
