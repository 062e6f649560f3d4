/** What can't be undercut: Express without sessions, and Express with one question to Redis for each request. */
import { Redis } from "ioredis";
import type { AppSpec } from "../processes/messages.js";
import { noteFound, readFound, type Contestant } from "./contestant.js";
import { createPayload, type Payload } from "./payload.js";

/** Express answering the same JSON, with no session. */
export function express({ payloadBytes }: AppSpec): Contestant {
  const payload = createPayload(payloadBytes);
  return {
    middleware: [],
    guards: [],
    signIn: () => Promise.resolve(),
    read: () => payload,
  };
}

/** Express with a single GET for each request, of as much data as the others keep in a session. */
export async function oneGet({ redisUrl, payloadBytes }: AppSpec): Promise<Contestant> {
  const redis = new Redis(redisUrl);
  await redis.set("payload", JSON.stringify(createPayload(payloadBytes)));
  return {
    middleware: [
      async (request, _response, next) => {
        noteFound(request, JSON.parse((await redis.get("payload")) ?? "") as Payload);
        next();
      },
    ],
    guards: [],
    signIn: () => Promise.resolve(),
    read: readFound,
  };
}
