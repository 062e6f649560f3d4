/** The ends of many sessions that Redis keeps. */
import type { TestApp } from "./app.js";
import { testRedis } from "./redis.js";

/** Returns the number of ends that are kept. */
export async function keptEnds({ prefix }: TestApp): Promise<number> {
  const redis = await testRedis();
  const { rules } = JSON.parse((await redis.get(`${prefix}settings`)) ?? "{}") as { rules?: string };
  const text = (await redis.get(`${prefix}r:${String(rules)}`)) ?? '{"ends":[]}';
  return (JSON.parse(text) as { ends: unknown[] }).ends.length;
}
