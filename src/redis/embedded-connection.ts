import { createConnection, type Socket } from "node:net";
import { AbstractConnector } from "ioredis";
import { invalidOption } from "../errors.js";
import type { Events } from "../events.js";
import { startEmbeddedServer } from "./embedded-server.js";
import { openConnection, type WatchedConnection } from "./own-connection.js";

/** The value of the option `redis` for a Redis inside the process. */
export const EMBEDDED = "embedded:";

let hasWarned = false;

/**
 * Starts a Redis inside this process, and connects to it.
 *
 * @throws CurfewError `embedded_missing`; `invalid_option` with `NODE_ENV=production`
 */
export function openEmbedded(events: Events): WatchedConnection {
  if (process.env["NODE_ENV"] === "production")
    throw invalidOption(
      "redis",
      `"${EMBEDDED}" is for development and tests, and NODE_ENV is production; expected the URL of a Redis server such as "redis://127.0.0.1:6379"`,
    );
  const server = startEmbeddedServer();
  if (!hasWarned)
    events.warn(
      "embedded_redis",
      `redis is "${EMBEDDED}", a Redis inside this process. It forgets everything at exit and serves this process only. In production give the URL of a Redis server.`,
    );
  hasWarned = true;
  class Connector extends AbstractConnector {
    constructor(options: unknown) {
      super((options as { readonly disconnectTimeout: number }).disconnectTimeout);
    }

    async connect(): Promise<Socket> {
      this.connecting = true;
      const port = await server.port.catch((error: unknown) => error as Error);
      if (this.#isGivenUp()) throw new Error("Connection is closed.");
      if (typeof port !== "number") throw port;
      const socket = createConnection(port, "127.0.0.1");
      this.stream = socket;
      return socket;
    }

    /** True if the client has disconnected while the server started. */
    #isGivenUp(): boolean {
      return !this.connecting;
    }
  }
  const connection = openConnection({ Connector, path: EMBEDDED }, events);
  return {
    ...connection,
    close: () => {
      connection.close();
      void server.close();
    },
  };
}
