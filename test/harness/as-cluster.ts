/** A client that says it is a cluster's, over one server. */
import type { RedisClient } from "../../src/index.js";

/** The package must then ask for one key at a time, and is refused, as by a cluster, where it does not. */
export function asCluster(client: RedisClient): RedisClient {
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
