/** Apps with express-session and connect-redis, as they were before the move. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { RedisStore } from "connect-redis";
import { RedisStore as RedisStore9 } from "connect-redis-9";
import express, { type Express, type Request } from "express";
import session, { type SessionOptions, type Store } from "express-session";
import { Redis } from "ioredis";
import { createClient } from "redis";

/** The versions of connect-redis, each with the client that apps use beside it. */
export const OLD_STORES = ["connect-redis 8 on ioredis", "connect-redis 9 on node-redis"] as const;
export type OldStore = (typeof OLD_STORES)[number];

/** A store of express-session, and how to close its connection. */
export interface OpenedStore {
  readonly store: Store;
  close(): void;
}

/** Connects a store of express-session to Redis. */
export async function openStore(kind: OldStore, url: string, prefix: string): Promise<OpenedStore> {
  if (kind === "connect-redis 8 on ioredis") {
    const client = new Redis(url);
    return {
      store: new RedisStore({ client, prefix }),
      close: () => {
        client.disconnect();
      },
    };
  }
  const client = createClient({ url });
  await client.connect();
  return {
    store: new RedisStore9({ client, prefix }),
    close: () => {
      client.destroy();
    },
  };
}

const dataOf = (request: Request): Record<string, unknown> =>
  request.session as unknown as Record<string, unknown>;

/** Creates the old app: a login as apps had it, without this package. */
export function createOldApp(store: Store, options: SessionOptions): Express {
  const app = express();
  app.use(session({ resave: false, saveUninitialized: false, ...options, store }));
  app.use(express.json());
  app.post("/login", (request, response, next) => {
    const { userId } = request.body as { userId: string };
    request.session.regenerate((error: unknown) => {
      dataOf(request)["userId"] = userId;
      if (error) next(error);
      else response.json({ userId });
    });
  });
  app.post("/login-in-place", (request, response) => {
    Object.assign(dataOf(request), request.body);
    response.json({});
  });
  app.get("/me", (request, response) => {
    const { userId = null } = dataOf(request);
    response.status(userId === null ? 401 : 200).json({ userId });
  });
  app.post("/logout", (request, response, next) => {
    request.session.destroy((error: unknown) => {
      if (error) next(error);
      else response.json({});
    });
  });
  app.post("/logout-in-place", (request, response) => {
    delete dataOf(request)["userId"];
    response.json({});
  });
  app.get("/data", (request, response) => {
    const { cookie: _cookie, ...data } = dataOf(request);
    response.json(data);
  });
  app.post("/data", (request, response) => {
    Object.assign(dataOf(request), request.body);
    response.json({});
  });
  return app;
}

/** Serves an app on a free port. */
export async function serve(app: Express): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer(app);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}
