/** Questions to a single server, which the storage does not ask. */
import { CurfewError, redisUnavailable } from "../../errors.js";
import type { RedisClient } from "../../redis/redis-client.js";
import type { NodeConnection } from "../../redis/nodes.js";
import { expireAfter } from "../../redis/wait-queue.js";
import { TIMEOUT_MS } from "../open.js";

/** A server, or a master of a Cluster. */
export type Node = Pick<RedisClient, "call"> & Partial<NodeConnection>;

/** Returns the server of a client, or the masters of a Cluster. */
export const nodesOf = (client: RedisClient): readonly Node[] => client.nodes?.("master") ?? [client];

/** Returns the address of a server. */
export function nodeName({ options }: Node): string {
  const { path, host = "localhost", port = 6379 } = (options ?? {}) as Address;
  return path ?? `${host}:${String(port)}`;
}

/** Returns the name of the Redis user with which the client signed in. */
export function userName({ options }: Node): string {
  return ((options ?? {}) as Address).username ?? "default";
}

interface Address {
  readonly username?: string | null;
  readonly host?: string;
  readonly port?: number;
  /** Path of a Unix socket. */
  readonly path?: string;
}

/**
 * Sends a command, and waits for the reply at most ten seconds.
 *
 * @throws ReplyError if Redis refuses the command, else CurfewError `redis_unavailable`
 */
export function ask(node: Node, command: string, ...args: readonly string[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const end = expireAfter(TIMEOUT_MS, () => {
      reject(redisUnavailable(new Error(`${nodeName(node)} does not answer ${command}`)));
    });
    node
      .call(command, ...args)
      .then(resolve, (error: unknown) => {
        reject(isReply(error) ? error : redisUnavailable(error));
      })
      .finally(end);
  });
}

/** Like {@link ask}, with `null` if Redis refuses the command. */
export function askOrNull(node: Node, command: string, ...args: readonly string[]): Promise<unknown> {
  return ask(node, command, ...args).catch(nullIfRefused);
}

/** Returns `null` for a refusal. @throws every other error */
export function nullIfRefused(error: unknown): null {
  if (error instanceof CurfewError || !isReply(error)) throw error;
  return null;
}

const isReply = (error: unknown): error is Error => error instanceof Error && error.name === "ReplyError";
