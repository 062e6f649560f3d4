/** This package, with every setting on and everything it guards. */
import type * as ExpressCurfew from "../../src/index.js";
import type { AppSpec } from "../processes/messages.js";
import { readSession, SECRET, sessionOf, type Contestant } from "./contestant.js";

/** The package as it is built and published, not as it is written. */
export async function curfew({ redisUrl, packageEntry }: AppSpec): Promise<Contestant> {
  const { createCurfew } = (await import(packageEntry)) as typeof ExpressCurfew;
  const instance = createCurfew({
    redis: redisUrl,
    locate: () => ({ city: "Vienna", state: null, country: "Austria" }),
  });
  await instance.ready();
  await instance.settings.update({
    inactivityLogout: true,
    idleMinutes: 15,
    maxSessionsPerUser: 1,
    trackLocation: true,
  });
  return {
    middleware: [instance.session({ secret: SECRET })],
    guards: [instance.requireSignIn()],
    signIn: async (request, userId, payload) => {
      await instance.signIn(request, { userId });
      Object.assign(sessionOf(request), { userId, payload });
    },
    read: readSession,
  };
}
