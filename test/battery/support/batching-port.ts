/** Runs the package's scripts by the hundred in one call. Sending takes most of the time of a million sign-ins. */
import type { Redis } from "ioredis";
import type { Argument, RedisPort } from "../../../src/redis/port.js";
import * as scripts from "../../../src/state/scripts.generated.js";
import type { LuaScript } from "../../../src/redis/port.js";

const SCRIPTS = Object.values(scripts as Record<string, LuaScript>);
/** Marks a command instead of a script. */
const COMMAND = 0;

/** All scripts, unchanged, as functions of their keys and arguments, and a loop that runs the requested functions. */
const RUN_ALL = `
local scripts = {
${SCRIPTS.map(({ lua }) => `function(KEYS, ARGV)\n${lua}end`).join(",\n")}
}
local replies, i = {}, 1
while i <= #ARGV do
  local which, keyCount, count = tonumber(ARGV[i]), tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
  local keys, args = {}, {}
  for j = 1, count do
    local value = ARGV[i + 2 + j]
    if j <= keyCount then keys[j] = value else args[j - keyCount] = value end
  end
  local reply
  if which == ${COMMAND} then reply = redis.call(unpack(args)) else reply = scripts[which](keys, args) end
  replies[#replies + 1] = reply or false
  i = i + 3 + count
end
return replies`;

interface Waiting {
  readonly args: readonly Argument[];
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Most commands of one script. Node refuses a call with too many arguments. */
const MOST_COMMANDS = 500;

/** Returns a port that sends the commands of one event-loop turn together. An error rejects all of them. */
export function batchingPort(client: Redis): RedisPort {
  const waiting: Waiting[] = [];
  const send = async (): Promise<void> => {
    const batch = waiting.splice(0, MOST_COMMANDS);
    if (waiting.length > 0) setImmediate(() => void send());
    try {
      const replies = (await client.eval(RUN_ALL, 0, ...batch.flatMap(({ args }) => args))) as unknown[];
      for (const [index, { resolve }] of batch.entries()) resolve(replies[index]);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };
  const ask = (which: number, keyCount: number, args: readonly Argument[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(() => void send());
      waiting.push({ args: [which, keyCount, args.length, ...args], resolve, reject });
    });
  const port: RedisPort = {
    within: () => port,
    run: (script, args) => ask(SCRIPTS.indexOf(script) + 1, script.keyCount, args),
    call: (command, args) => ask(COMMAND, 0, [command, ...args]),
    readTogether: async (keys) => {
      const [values, time] = await Promise.all([
        ask(COMMAND, 0, ["MGET", ...keys]),
        ask(COMMAND, 0, ["TIME"]),
      ]);
      const [seconds = "0", microseconds = "0"] = time as string[];
      const serverTime = Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
      return { values: values as (string | null)[], serverTime };
    },
  };
  return port;
}
