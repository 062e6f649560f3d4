/** Makes a client of one server look like a Cluster's client. */
import type { RedisClient } from "../../src/index.js";

/** Makes a client claim to be a Cluster's. A command with several keys fails, as on a Cluster. */
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
      // ioredis's own methods use private fields, which a proxy does not have.
      return typeof value === "function" ? (value as () => unknown).bind(target) : value;
    },
  });
}
