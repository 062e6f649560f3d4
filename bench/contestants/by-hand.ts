/**
 * Idle logout, absolute expiry and eviction, written by hand on express-session. `req.session` holds the stamps, one key
 * per user names the session signed in last, and each request reads settings from Redis.
 */
import type { Request, RequestHandler } from "express";
import { Redis } from "ioredis";
import type { AppSpec } from "../processes/messages.js";
import { bareSession } from "./bare.js";
import { readSession, sessionOf, type Contestant } from "./contestant.js";

interface HandSettings {
  readonly sessionMinutes: number;
  readonly idleMinutes: number;
}

interface Stamps {
  signedInAt?: number;
  lastSeenAt?: number;
}

const MINUTE_MS = 60_000;
const SETTINGS: HandSettings = { sessionMinutes: 1_440, idleMinutes: 15 };

const stampsOf = (request: Request): Stamps => request.session as Stamps;

function guard(redis: Redis): RequestHandler {
  return async (request, response, next) => {
    const { userId } = sessionOf(request);
    if (userId === undefined) {
      response.status(401).json({ error: "not_signed_in" });
      return;
    }
    const [json, newest] = await Promise.all([redis.get("settings"), redis.get(`newest:${userId}`)]);
    const settings = JSON.parse(json ?? "null") as HandSettings;
    const stamps = stampsOf(request);
    const now = Date.now();
    const isOver =
      newest !== request.sessionID ||
      now - (stamps.signedInAt ?? 0) >= settings.sessionMinutes * MINUTE_MS ||
      now - (stamps.lastSeenAt ?? 0) >= settings.idleMinutes * MINUTE_MS;
    if (isOver) {
      request.session.destroy(() => {
        response.status(401).json({ error: "session_ended" });
      });
      return;
    }
    stamps.lastSeenAt = now;
    next();
  };
}

/** Creates the contestant with enforcement by hand. */
export async function byHand({ redisUrl }: AppSpec): Promise<Contestant> {
  const redis = new Redis(redisUrl);
  await redis.set("settings", JSON.stringify(SETTINGS));
  return {
    middleware: [bareSession(redis)],
    guards: [guard(redis)],
    signIn: async (request, userId, payload) => {
      const now = Date.now();
      Object.assign(sessionOf(request), { userId, payload, signedInAt: now, lastSeenAt: now });
      await redis.set(`newest:${userId}`, request.sessionID);
    },
    read: readSession,
  };
}
