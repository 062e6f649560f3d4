/** This package with inactivity logout, a limit of browsers and location tracking. */
import type * as ExpressCurfew from "../../src/index.js";
import type { AppSpec } from "../processes/messages.js";
import { readSession, SECRET, sessionOf, type Contestant } from "./contestant.js";

/** Creates the contestant from the built package. */
export async function curfew({ redisUrl, packageEntry, maxSessionsPerUser }: AppSpec): Promise<Contestant> {
  const { createCurfew } = (await import(packageEntry)) as typeof ExpressCurfew;
  const instance = createCurfew({
    redis: redisUrl,
    locate: () => ({ city: "Vienna", state: null, country: "Austria" }),
  });
  await instance.ready();
  await instance.settings.update({
    inactivityLogout: true,
    idleMinutes: 15,
    maxSessionsPerUser,
    trackLocation: true,
  });
  return {
    middleware: [instance.session({ secret: SECRET })],
    guards: [instance.requireSignIn()],
    signIn: async (request, userId, payload) => {
      const kind = request.query["kind"] === "api" ? "api" : "browser";
      await instance.signIn(request, { userId, kind });
      Object.assign(sessionOf(request), { userId, payload });
    },
    read: readSession,
  };
}
