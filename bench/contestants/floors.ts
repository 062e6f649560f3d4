/** What can't be undercut: Express without sessions, and Express with one question to Redis for each request. */
import type { Request } from "express";
import { Redis } from "ioredis";
import type { AppSpec } from "../processes/messages.js";
import type { Contestant } from "./contestant.js";
import { createPayload, type Payload } from "./payload.js";

/** Express answering the same JSON, with no session. */
export function express({ payloadBytes }: AppSpec): Contestant {
  const payload = createPayload(payloadBytes);
  return {
    middleware: [
      (_request, _response, next) => {
        next();
      },
    ],
    guards: [],
    signIn: () => Promise.resolve(),
    read: () => payload,
  };
}

/** Express with a single GET for each request, of as much data as the others keep in a session. */
export async function oneGet({ redisUrl, payloadBytes }: AppSpec): Promise<Contestant> {
  const redis = new Redis(redisUrl);
  await redis.set("payload", JSON.stringify(createPayload(payloadBytes)));
  const withPayload = (request: Request): Request & { payload?: Payload } => request;
  return {
    middleware: [
      async (request, _response, next) => {
        withPayload(request).payload = JSON.parse((await redis.get("payload")) ?? "") as Payload;
        next();
      },
    ],
    guards: [],
    signIn: () => Promise.resolve(),
    read: (request) => {
      const { payload } = withPayload(request);
      if (!payload) throw new Error("This request has no payload.");
      return payload;
    },
  };
}
