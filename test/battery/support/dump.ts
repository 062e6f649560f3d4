import type { Redis } from "ioredis";

/** Returns every key and value, each on a line. */
export async function dumpOf(redis: Redis): Promise<string> {
  const lines: string[] = [];
  for (const key of await redis.keys("*")) {
    lines.push(key);
    const type = await redis.type(key);
    if (type === "string") lines.push((await redis.get(key)) ?? "");
    else if (type === "hash") lines.push(...Object.entries(await redis.hgetall(key)).flat());
    else if (type === "zset") lines.push(...(await redis.zrange(key, "0", "-1")));
    else if (type === "set") lines.push(...(await redis.smembers(key)));
    else if (type === "stream")
      lines.push(...(await redis.xrange(key, "-", "+")).flatMap(([, fields]) => fields));
    else if (type === "list") lines.push(...(await redis.lrange(key, 0, -1)));
    // What has just ended is still being cleared away in the background.
    else if (type !== "none") throw new Error(`${key} is a ${type}, which this dump does not know`);
  }
  return lines.join("\n");
}
