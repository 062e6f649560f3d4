import type { Redis } from "ioredis";

/** What a Redis server has done since its counters were set back. */
export interface RedisUsage {
  /** Commands that clients sent; what a script calls is part of the script. */
  readonly commands: number;
  readonly cpuMicros: number;
}

const SCRIPT_COMMANDS = ["evalsha", "eval"];
/** The benchmark's own. */
const NOT_COUNTED = ["info", "config|resetstat", "ping", "client|setinfo", "client|setname", "select"];

/** Sets the server's counters back. */
export async function resetUsage(redis: Redis): Promise<{ readonly cpuMicros: number }> {
  await redis.config("RESETSTAT");
  return { cpuMicros: await cpuMicros(redis) };
}

/** What the server has done since `resetUsage`. @param runsScripts - whether the client sends nothing but scripts */
export async function usageSince(
  redis: Redis,
  before: { readonly cpuMicros: number },
  runsScripts: boolean,
): Promise<RedisUsage> {
  const used = (await cpuMicros(redis)) - before.cpuMicros;
  const calls = new Map<string, number>();
  for (const [, name = "", count] of (await redis.info("commandstats")).matchAll(
    /^cmdstat_([^:]+):calls=(\d+)/gm,
  ))
    if (!NOT_COUNTED.includes(name)) calls.set(name, Number(count));
  const sent = [...calls].filter(([name]) => !runsScripts || SCRIPT_COMMANDS.includes(name));
  return { commands: sent.reduce((total, [, count]) => total + count, 0), cpuMicros: used };
}

async function cpuMicros(redis: Redis): Promise<number> {
  const info = await redis.info("cpu");
  const seconds = (name: string): number => Number(new RegExp(`^${name}:([\\d.]+)`, "m").exec(info)?.[1]);
  return (seconds("used_cpu_sys") + seconds("used_cpu_user")) * 1e6;
}
