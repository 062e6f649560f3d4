/** The contents of keys as text. `DUMP` compresses them, so a search in a dump can miss a text. */
import type { Cluster, Redis } from "ioredis";

/** Returns all that a key holds, of any type that the package and the tests write, as text. */
export async function storedText(redis: Redis | Cluster, key: string): Promise<string> {
  const type = await redis.type(key);
  return `${type} ${JSON.stringify(await read(redis, key, type))}`;
}

function read(redis: Redis | Cluster, key: string, type: string): Promise<unknown> {
  switch (type) {
    case "none":
      return Promise.resolve(null);
    case "string":
      return redis.get(key);
    case "hash":
      return redis.hgetall(key);
    case "list":
      return redis.lrange(key, 0, -1);
    case "set":
      return redis.smembers(key);
    case "zset":
      return redis.zrange(key, "0", "-1");
    case "stream":
      return redis.xrange(key, "-", "+");
    default:
      throw new Error(`${key} is a ${type}, which no test can read.`);
  }
}
