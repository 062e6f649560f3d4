import { Redis } from "ioredis";
import { startEmbeddedServer } from "../redis/embedded-server.js";

/** A Redis inside the test's process. */
export interface TestRedis {
  /** Address for `createCurfew({ redis })` and for the test's own clients, such as `redis://127.0.0.1:41234`. */
  readonly url: string;
  /** Deletes all keys. */
  clear(): Promise<void>;
  /** Ends the Redis. Close its clients first: `curfew.close()`. */
  close(): Promise<void>;
}

/**
 * Starts an empty Redis inside the test's process, on 127.0.0.1 and a free port. Several apps of a test can share the
 * Redis. For one app, `createCurfew({ redis: "embedded:" })` is shorter.
 *
 * @throws CurfewError `embedded_missing` if js-redis-server is not installed
 */
export async function createTestRedis(): Promise<TestRedis> {
  const server = startEmbeddedServer();
  const url = `redis://127.0.0.1:${String(await server.port)}`;
  return {
    url,
    clear: async () => {
      const client = new Redis(url, { retryStrategy: () => null });
      try {
        await client.flushall();
      } finally {
        client.disconnect();
      }
    },
    close: () => server.close(),
  };
}
