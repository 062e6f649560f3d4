import type { Events } from "../events.js";
import type { RedisClient } from "./guarded-redis.js";
import type { RedisPort } from "./port.js";

/** Warns, once connected, if Redis may throw sessions away when its memory is full, and if it is one node of many. */
export function watchEvictionPolicy(client: RedisClient, redis: RedisPort, events: Events): void {
  const check = (): void => {
    askEach(client, redis, "memory")
      .then((infos) => {
        const [policy] = infos.map(evictingPolicy).filter((found) => found !== null);
        if (policy !== undefined)
          events.warn(
            "redis_eviction_policy",
            `Redis evicts keys when its memory is full (maxmemory-policy ${policy}), which signs people out; set it to noeviction.`,
          );
      })
      // Whoever may not ask can't be warned; requests don't depend on it.
      .catch(() => undefined);
    if (!client.isCluster) warnOfOneNode(redis, events);
  };
  if (client.status === "ready") check();
  else client.once("ready", check);
}

/** Asks Redis about itself; on a Cluster each master, since each has a memory and a configuration of its own. */
async function askEach(client: RedisClient, redis: RedisPort, section: string): Promise<string[]> {
  const asked = client.nodes
    ? client.nodes("master").map((node) => node.call("INFO", section))
    : [redis.call("INFO", [section])];
  return (await Promise.all(asked)).map(String);
}

/** The policy, if there is a memory limit under which it evicts keys. */
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
          "redis leads to one node of a Redis Cluster: whatever another node holds is answered 503. Give an ioredis Cluster.",
        );
    })
    .catch(() => undefined);
}
