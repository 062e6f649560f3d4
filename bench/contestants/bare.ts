/** express-session with connect-redis and ioredis, each as its README shows; nothing is enforced. */
import { RedisStore } from "connect-redis";
import type { RequestHandler } from "express";
import session from "express-session";
import { Redis } from "ioredis";
import type { AppSpec } from "../processes/messages.js";
import { readSession, SECRET, sessionOf, type Contestant } from "./contestant.js";

/** Creates the middleware. */
export function bareSession(redis: Redis): RequestHandler {
  return session({
    store: new RedisStore({ client: redis }),
    secret: SECRET,
    resave: false,
    saveUninitialized: false,
  });
}

/** Creates the contestant with express-session alone. */
export function bare({ redisUrl }: AppSpec): Contestant {
  return {
    middleware: [bareSession(new Redis(redisUrl))],
    guards: [],
    signIn: (request, userId, payload) => {
      Object.assign(sessionOf(request), { userId, payload });
      return Promise.resolve();
    },
    read: readSession,
  };
}
