import { once } from "node:events";
import type { Socket } from "node:net";
import {
  createRedisCommandExecutor,
  RedisServerState,
  Resp2Server,
  resolveCompatibilityProfile,
} from "js-redis-server/core";

/** A Redis within this process. */
export interface EmbeddedRedis {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts an emulated Redis 7.0 for machines that have none. It keeps everything in memory, forgets it at
 * exit, and listens on the loopback interface only: its own `listen()` would take every interface.
 */
export async function startEmbeddedRedis(): Promise<EmbeddedRedis> {
  const compatibility = resolveCompatibilityProfile("redis-7.0");
  const state = new RedisServerState({ databaseCount: 16, compatibility });
  const redis = new Resp2Server({ server: state, executor: createRedisCommandExecutor({ compatibility }) });
  const sockets = new Set<Socket>();
  redis.server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  redis.server.listen(0, "127.0.0.1");
  await once(redis.server, "listening");
  return {
    url: `redis://127.0.0.1:${redis.getPort()}`,
    close: async () => {
      const closed = redis.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
