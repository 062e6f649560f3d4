/**
 * A session guard as apps usually write it by hand: express-session, connect-redis and ioredis. It keeps the time of
 * the last activity in `req.session`, and evicts a session by deleting its key. The battery's race cases must fail
 * here.
 */
import { RedisStore } from "connect-redis";
import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler } from "express";
import session from "express-session";
import type { Redis } from "ioredis";

declare module "express-session" {
  interface SessionData {
    naive: { userId: string; signedInAt: number; lastActivityAt: number };
    data: Record<string, unknown>;
  }
}

/** Options of the app made by hand. */
export interface NaiveOptions {
  readonly redis: Redis;
  readonly secret: string;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** True to store activity and end sessions. False for express-session and connect-redis alone. */
  readonly isGuarded: boolean;
  readonly idleMinutes: number;
  readonly sessionMinutes: number;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const indexOf = (userId: string): string => `naive:user:${userId}`;

/** Ends a session that has lasted too long, and stores its activity in the session itself. */
function enforce(options: NaiveOptions): RequestHandler {
  return (request, _response, next) => {
    const stamps = request.session.naive;
    if (!stamps || !options.isGuarded) {
      next();
      return;
    }
    const now = options.clock();
    const isOver =
      now - stamps.lastActivityAt >= options.idleMinutes * 60_000 ||
      now - stamps.signedInAt >= options.sessionMinutes * 60_000;
    if (isOver) {
      request.session.destroy(() => {
        request.session = null as unknown as Request["session"];
        next();
      });
      return;
    }
    stamps.lastActivityAt = now;
    next();
  };
}

const requireSignIn: RequestHandler = (request, response, next) => {
  if ((request.session as Request["session"] | null)?.naive) next();
  else response.status(401).json({ error: "not_signed_in" });
};

async function deleteSessions(redis: Redis, userId: string): Promise<void> {
  const ids = await redis.smembers(indexOf(userId));
  if (ids.length === 0) return;
  await redis.del(ids.map((id) => `sess:${id}`));
  await redis.del(indexOf(userId));
}

const signIn =
  ({ redis, clock, isGuarded }: NaiveOptions): RequestHandler =>
  (request, response, next) => {
    const { userId, evicts = true } = request.body as { userId: string; evicts?: boolean };
    request.session.regenerate((error: unknown) => {
      if (error) {
        next(error);
        return;
      }
      const now = clock();
      request.session.naive = { userId, signedInAt: now, lastActivityAt: now };
      const work = async (): Promise<void> => {
        if (isGuarded && evicts) await deleteSessions(redis, userId);
        await redis.sadd(indexOf(userId), request.sessionID);
        response.json({ userId });
      };
      work().catch(next);
    });
  };

/** Creates the app, with the same paths as the battery's guarded app. */
export function createNaiveApp(options: NaiveOptions): Express {
  const app = express();
  app.disable("x-powered-by");
  const store = new RedisStore({ client: options.redis });
  app.post("/control/store/:event", (request, response) => {
    response.json({ heard: store.emit(request.params.event) });
  });
  app.use(
    session({
      secret: options.secret,
      store,
      resave: false,
      saveUninitialized: false,
      name: "curfew.sid",
    }),
  );
  app.use(enforce(options));
  app.use(express.json());
  app.post("/login", signIn(options));
  app.post("/logout", (request, response) => {
    request.session.destroy(() => {
      // As is usual, the app does not check the result.
      response.json({});
    });
  });
  app.get("/me", requireSignIn, (request, response) => {
    response.json({
      userId: request.session.naive?.userId,
      lastActivityAt: request.session.naive?.lastActivityAt,
      data: request.session.data ?? {},
    });
  });
  app.post("/write", requireSignIn, async (request, response) => {
    const { key, ms = 0 } = request.body as { key: string; ms?: number };
    if (ms > 0) await pause(ms);
    request.session.data = { ...request.session.data, [key]: 1 };
    response.json({});
  });
  app.post("/control/revoke-all", async (request, response) => {
    await deleteSessions(options.redis, (request.body as { user: string }).user);
    response.json({ ended: 0 });
  });
  app.get("/control/sessions", async (request, response) => {
    const { user } = request.query;
    const ids = await options.redis.smembers(indexOf(typeof user === "string" ? user : ""));
    const alive = await Promise.all(ids.map((id) => options.redis.exists(`sess:${id}`)));
    response.json({ count: alive.filter(Boolean).length });
  });
  // Like Express's own handler, without the stack on stderr.
  app.use(((error: unknown, _request, response, next) => {
    if (response.headersSent) next(error);
    else response.status(500).json({ error: String(error) });
  }) satisfies ErrorRequestHandler);
  return app;
}
