/** Two apps with less work than any session package: Express without sessions, and Express with one GET per request. */
import { Redis } from "ioredis";
import type { AppSpec } from "../processes/messages.js";
import { noteFound, readFound, type Contestant } from "./contestant.js";
import { createPayload, type Payload } from "./payload.js";

/** Creates the contestant that answers the same JSON without a session. */
export function express({ payloadBytes }: AppSpec): Contestant {
  const payload = createPayload(payloadBytes);
  return {
    middleware: [],
    guards: [],
    signIn: () => Promise.resolve(),
    read: () => payload,
  };
}

/** Creates the contestant that reads one Redis value of the same size on each request. */
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
