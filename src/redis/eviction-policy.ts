import type { Events } from "../events.js";
import type { RedisClient } from "./redis-client.js";
import type { RedisPort } from "./port.js";

/** After the connection is open, warns if Redis may evict sessions, or if Redis is a single node of a Cluster. */
export function watchEvictionPolicy(client: RedisClient, redis: RedisPort, events: Events): void {
  const check = (): void => {
    askEach(client, redis, "memory")
      .then((infos) => {
        const [policy] = infos.map(evictingPolicy).filter((found) => found !== null);
        if (policy !== undefined)
          events.warn(
            "redis_eviction_policy",
            `Redis evicts keys when its memory is full (maxmemory-policy ${policy}). Evicted keys sign users out. Set maxmemory-policy to noeviction.`,
          );
      })
      // Redis may forbid INFO to this user. No request depends on it.
      .catch(() => undefined);
    if (!client.isCluster) warnOfOneNode(redis, events);
  };
  if (client.status === "ready") check();
  else client.once("ready", check);
}

/** Returns a section of INFO from each master. Masters of a Cluster have separate memory and configuration. */
async function askEach(client: RedisClient, redis: RedisPort, section: string): Promise<string[]> {
  const asked = client.nodes
    ? client.nodes("master").map((node) => node.call("INFO", section))
    : [redis.call("INFO", [section])];
  return (await Promise.all(asked)).map(String);
}

/** Returns the eviction policy; `null` if Redis never evicts keys. */
export function evictingPolicy(info: string): string | null {
  const limit = /^maxmemory:(\d+)/m.exec(info)?.[1] ?? "0";
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? "noeviction";
  return limit === "0" || policy === "noeviction" ? null : policy;
}

function warnOfOneNode(redis: RedisPort, events: Events): void {
  redis
    .call("INFO", ["cluster"])
    .then((info) => {
      if (String(info).includes("cluster_enabled:1"))
        events.warn(
          "unsafe_redis_option",
          "redis is a single node of a Redis Cluster. Requests for keys of other nodes get 503. Pass an ioredis Cluster.",
        );
    })
    .catch(() => undefined);
}
