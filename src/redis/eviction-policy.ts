import type { Events } from "../events.js";
import type { RedisClient } from "./guarded-redis.js";
import type { RedisPort } from "./port.js";

/** Warns, once connected, if Redis may throw sessions away when its memory is full. */
export function watchEvictionPolicy(client: RedisClient, redis: RedisPort, events: Events): void {
  const check = (): void => {
    redis
      .call("INFO", ["memory"])
      .then((info) => {
        const policy = evictingPolicy(String(info));
        if (policy !== null)
          events.warn(
            "redis_eviction_policy",
            `Redis evicts keys when its memory is full (maxmemory-policy ${policy}), which signs people out; set it to noeviction.`,
          );
      })
      // Whoever may not ask can't be warned; requests don't depend on it.
      .catch(() => undefined);
  };
  if (client.status === "ready") check();
  else client.once("ready", check);
}

/** The policy, if there is a memory limit under which it evicts keys. */
export function evictingPolicy(info: string): string | null {
  const limit = /^maxmemory:(\d+)/m.exec(info)?.[1] ?? "0";
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? "noeviction";
  return limit === "0" || policy === "noeviction" ? null : policy;
}
