/** An app's own Redis client that can hold back or lose one step of several. */
import type { RedisClient } from "../../src/index.js";
import type { LuaScript } from "../../src/redis/port.js";
import { ioredis6 } from "./redis-clients.js";

/** A script, or a plain command by its upper-case name. A part of its key can follow, to select one of several. */
export type Step = LuaScript | string;

/** A step that waits until the test releases it. */
export interface HeldStep {
  /** Resolves when the step is about to be sent. */
  readonly reached: Promise<void>;
  release(): void;
}

/** A client and its faults. Each fault is used once. */
export interface SteppedClient {
  readonly client: RedisClient;
  /** Holds the next matching step back before it is sent. */
  hold(step: Step): HeldStep;
  /** Makes the next matching steps fail without being sent. @param times - number of steps, by default 1 */
  fail(step: Step, times?: number): void;
}

/** Returns true if a call with these words (command or SHA-1, then arguments) is the step. */
export function isStep(step: Step, words: readonly unknown[]): boolean {
  if (typeof step !== "string") return words.slice(0, 2).includes(step.sha1);
  const [command, keyPart = ""] = step.split(" ");
  return String(words[0]).toUpperCase() === command && String(words[1]).includes(keyPart);
}

/** Returns a connected client. It is closed with the test. */
export async function steppedClient(url?: string): Promise<SteppedClient> {
  const redis = await ioredis6(url);
  const faults: { readonly step: Step; readonly meet: () => Promise<void> }[] = [];
  const meet = async (...words: unknown[]): Promise<void> => {
    const index = faults.findIndex(({ step }) => isStep(step, words));
    if (index >= 0) await faults.splice(index, 1)[0]?.meet();
  };
  const own: Partial<RedisClient> = {
    call: async (command, ...args) => {
      await meet(command, ...args);
      return redis.call(command, ...args);
    },
    evalsha: async (sha1, keyCount, ...args) => {
      await meet(sha1, keyCount, ...args);
      return redis.evalsha(sha1, keyCount, ...args);
    },
  };
  const client = new Proxy<RedisClient>(redis, {
    get(target, name) {
      if (Object.hasOwn(own, name)) return own[name as keyof RedisClient];
      const value: unknown = Reflect.get(target, name, target);
      // ioredis's own methods use private fields, which a proxy does not have.
      return typeof value === "function" ? (value as () => unknown).bind(target) : value;
    },
  });
  return {
    client,
    hold(step) {
      const [reached, letIn] = gate();
      const [released, release] = gate();
      faults.push({
        step,
        meet: () => {
          letIn();
          return released;
        },
      });
      return { reached, release };
    },
    fail(step, times = 1) {
      for (let i = 0; i < times; i++)
        faults.push({ step, meet: () => Promise.reject(new Error("ERR lost on purpose")) });
    },
  };
}

function gate(): [opened: Promise<void>, open: () => void] {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return [opened, open];
}
