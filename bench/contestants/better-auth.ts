/**
 * better-auth in an Express app, as its documentation shows. Redis is its secondary storage, on ioredis. Users are in
 * memory, as the documentation advises for tests; a request that reads its session reads no user. The cookie cache
 * stays off, which is the default: with it on, a revoked session would continue for minutes.
 */
import { betterAuth, type BetterAuthOptions } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { fromNodeHeaders } from "better-auth/node";
import { Redis } from "ioredis";
import type { AppSpec } from "../processes/messages.js";
import { noteFound, readFound, SECRET, type Contestant } from "./contestant.js";
import type { Payload } from "./payload.js";

type SecondaryStorage = NonNullable<BetterAuthOptions["secondaryStorage"]>;

/** Creates the counter and its time to live in one step, as the interface requires. */
const INCREMENT = `local count = redis.call("INCR", KEYS[1])
if count == 1 then redis.call("EXPIRE", KEYS[1], ARGV[1]) end
return count`;

function redisStorage(redis: Redis): SecondaryStorage {
  return {
    get: (key) => redis.get(key),
    set: async (key, value, ttlSeconds) => {
      if (ttlSeconds === undefined) await redis.set(key, value);
      else await redis.set(key, value, "EX", ttlSeconds);
    },
    delete: async (key) => {
      await redis.del(key);
    },
    getAndDelete: (key) => redis.getdel(key),
    increment: async (key, ttlSeconds) => Number(await redis.eval(INCREMENT, 1, key, ttlSeconds)),
  };
}

/** Creates the contestant that guards its routes by `auth.api.getSession`. */
export function betterAuthContestant({ redisUrl }: AppSpec): Contestant {
  const auth = betterAuth({
    baseURL: "http://127.0.0.1",
    secret: SECRET,
    database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
    secondaryStorage: redisStorage(new Redis(redisUrl)),
    emailAndPassword: { enabled: true },
    session: {
      cookieCache: { enabled: false },
      additionalFields: { payload: { type: "json", required: false } },
    },
  });
  return {
    middleware: [],
    guards: [
      async (request, response, next) => {
        const found = await auth.api.getSession({ headers: fromNodeHeaders(request.headers) });
        if (!found) {
          response.status(401).json({ error: "not_signed_in" });
          return;
        }
        noteFound(request, found.session.payload as unknown as Payload);
        next();
      },
    ],
    signIn: async (request, userId, payload, response) => {
      const { headers } = await auth.api.signUpEmail({
        body: { email: `${userId}@example.com`, name: userId, password: "correct horse battery staple" },
        headers: fromNodeHeaders(request.headers),
        returnHeaders: true,
      });
      const cookies = headers.getSetCookie();
      response.append("set-cookie", cookies);
      const cookie = cookies.map((line) => line.split(";", 1)[0] ?? "").join("; ");
      await auth.api.updateSession({ body: { payload }, headers: new Headers({ cookie }) });
    },
    read: readFound,
  };
}
