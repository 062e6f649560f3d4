/** Calls of the API: settings, lists of sessions, ends of sessions, and opening a connection. */
import { recordField } from "../../harness/record-fields.js";
import { createCurfew, type Curfew } from "../../../src/index.js";
import { ADMIN_KEY } from "../../battery/support/guarded-app.js";
import { Browser } from "../../harness/browser.js";
import {
  answerOf,
  ask,
  save,
  sessionsOf,
  signedIn,
  stands,
  unless,
  type Answered,
  type Operation,
} from "./operation.js";
import type { FaultSite } from "./site.js";

/** Ends a user's sessions, so that lists do not grow from one trial to the next. */
async function leaveNone(site: FaultSite, userId: string): Promise<void> {
  await site.clean.sessions.endAll({ userId });
}

/** A call that changes nothing, with its expected result. */
function reading(
  name: string,
  call: (site: FaultSite, userId: string, ref: string) => Promise<unknown>,
  isRight: (value: unknown, userId: string) => boolean,
): Operation {
  return {
    name,
    done: 200,
    async begin(site) {
      await save(site, {});
      const userId = site.newUser();
      await signedIn(site, userId);
      await signedIn(site, userId);
      const [session] = await sessionsOf(site, userId);
      return {
        act: () => answerOf(call(site, userId, session?.ref ?? "")),
        whenDone: ({ value }) =>
          Promise.resolve(unless(isRight(value, userId), `returned ${JSON.stringify(value)}`)),
        end: () => leaveNone(site, userId),
      };
    },
  };
}

interface Listed {
  readonly sessions: readonly { readonly userId: string }[];
}

const READING: readonly Operation[] = [
  reading(
    "settings.get",
    ({ curfew }) => curfew.settings.get(),
    (value) => (value as { version: number }).version > 0,
  ),
  reading(
    "settings.history",
    ({ curfew }) => curfew.settings.history(),
    (value) => (value as unknown[]).length > 0,
  ),
  reading(
    "settings.preview",
    ({ curfew }) => curfew.settings.preview({ maxSessionsPerUser: 1 }),
    (value) => {
      const { countedSessions, endedSessions, complete } = value as Record<string, number>;
      return Boolean(complete) && Number(countedSessions) >= 2 && Number(endedSessions) >= 1;
    },
  ),
  reading(
    "sessions.list of a user",
    ({ curfew }, userId) => curfew.sessions.list({ userId }),
    (value) => (value as Listed).sessions.length === 2,
  ),
  reading(
    "sessions.list",
    ({ curfew }) => curfew.sessions.list({ limit: 500 }),
    (value, userId) => (value as Listed).sessions.filter((session) => session.userId === userId).length === 2,
  ),
  reading(
    "sessions.get",
    ({ curfew }, _userId, ref) => curfew.sessions.get(ref),
    (value, userId) => (value as { userId?: string } | null)?.userId === userId,
  ),
];

/** Minutes that differ from the default, so that saved minutes differ from earlier minutes. */
const MINUTES = 45;

/** A change of settings by one of the ways. */
function updating(name: string, update: (site: FaultSite) => Promise<Answered>): Operation {
  return {
    name,
    done: 200,
    async begin(site) {
      await save(site, {});
      const before = await site.clean.settings.get();
      const state = () => site.clean.settings.get();
      return {
        act: () => update(site),
        whenDone: async () => {
          const { settings, version } = await state();
          return [
            ...unless(settings.sessionMinutes === MINUTES, "the change is not stored"),
            ...unless(version === before.version + 1, `version ${version} after ${before.version}`),
          ];
        },
        whenRefused: async () => {
          const { settings } = await state();
          return unless([30, MINUTES].includes(settings.sessionMinutes), "other settings are stored");
        },
      };
    },
  };
}

const adminHeaders = { authorization: ADMIN_KEY };

const SETTINGS: readonly Operation[] = [
  updating("settings.update", ({ curfew }) =>
    answerOf(curfew.settings.update({ sessionMinutes: MINUTES }, { actor: "root" })),
  ),
  updating("PATCH session_config", (site) =>
    ask(site, new Browser(), "/api/4.0/session_config", {
      method: "PATCH",
      headers: adminHeaders,
      body: { session_minutes: MINUTES },
    }),
  ),
  updating("PATCH tenants/settings", (site) =>
    ask(site, new Browser(), "/api/v2/tenants/settings", {
      method: "PATCH",
      headers: adminHeaders,
      body: { session_lifetime_in_minutes: MINUTES },
    }),
  ),
  {
    name: "GET session_config",
    done: 200,
    async begin(site) {
      await save(site, { sessionMinutes: MINUTES });
      return {
        act: () => ask(site, new Browser(), "/api/4.0/session_config", { headers: adminHeaders }),
        whenDone: ({ value }) =>
          Promise.resolve(
            unless((value as Record<string, unknown>)["session_minutes"] === MINUTES, "other settings"),
          ),
      };
    },
  },
];

/** Returns true if a record names the user. */
async function isNamed({ redis, prefix }: FaultSite, userId: string): Promise<boolean> {
  const records = await redis.keys(`${prefix}s:*`);
  const users = await Promise.all(records.map((key) => recordField(redis, key, "userId")));
  return users.includes(userId);
}

/** A call that ends sessions of a user who is signed in twice. */
export function ending(
  name: string,
  call: (site: FaultSite, userId: string, ref: string) => Promise<unknown>,
  { spares = false, both = true, forgets = false, reasons = ["revoked_by_admin"] } = {},
): Operation {
  return {
    name,
    done: 200,
    // With a damaged user's key all sessions of the user have ended, also the session to spare.
    ...(spares && { ifBelieved: { answers: [] } }),
    async begin(site) {
      await save(site, {});
      const userId = site.newUser();
      const first = await signedIn(site, userId);
      const [session] = await sessionsOf(site, userId);
      const second = await signedIn(site, userId);
      const ended = spares ? [second] : both ? [first, second] : [first];
      const left = 2 - ended.length;
      return {
        act: () => answerOf(call(site, userId, session?.ref ?? "")),
        whenDone: async () => [
          ...unless(!forgets || !(await isNamed(site, userId)), "the user is named still"),
          ...(await Promise.all(ended.map((browser) => stands(site, browser, ...reasons)))).flat(),
          ...(spares ? await stands(site, first, "in") : []),
          ...unless((await sessionsOf(site, userId)).length === left, "what has ended is listed"),
        ],
        whenRefused: async () => (spares ? stands(site, first, "in") : []),
        end: () => leaveNone(site, userId),
      };
    },
  };
}

const ENDING: readonly Operation[] = [
  ending("sessions.end", ({ curfew }, _userId, ref) => curfew.sessions.end(ref, { actor: "root" }), {
    both: false,
  }),
  ending("sessions.endAll", ({ curfew }, userId) => curfew.sessions.endAll({ userId, actor: "root" })),
  ending(
    "sessions.endAll but one",
    ({ curfew }, userId, ref) => curfew.sessions.endAll({ userId, actor: "root", except: ref }),
    { spares: true },
  ),
  ending("sessions.forget", ({ curfew }, userId) => curfew.sessions.forget({ userId, actor: "root" }), {
    forgets: true,
    reasons: ["revoked_by_admin", "unknown"],
  }),
  {
    name: "sessions.update",
    done: 200,
    async begin(site) {
      await save(site, {});
      const userId = site.newUser();
      const browser = await signedIn(site, userId);
      const [session] = await sessionsOf(site, userId);
      return {
        act: () => answerOf(site.curfew.sessions.update(session?.ref ?? "", { roles: ["admin"] })),
        whenDone: async () => [
          ...unless((await sessionsOf(site, userId))[0]?.roles[0] === "admin", "the role is not stored"),
          ...(await stands(site, browser, "in")),
        ],
        end: () => leaveNone(site, userId),
      };
    },
  },
  {
    name: "sessions.purgeLocations",
    done: 200,
    async begin(site) {
      await save(site, { trackLocation: true });
      const userId = site.newUser();
      await signedIn(site, userId);
      return {
        act: () => answerOf(site.curfew.sessions.purgeLocations()),
        whenDone: async () =>
          unless((await sessionsOf(site, userId))[0]?.ip === null, "an address is stored"),
        end: () => leaveNone(site, userId),
      };
    },
  },
];

const READY_WITHIN_MS = 1_000;

/** Opens a connection during a fault. The connection must reach the right database or fail. */
const OPENING: Operation = {
  name: "ready",
  done: 200,
  opensConnection: true,
  limitMs: READY_WITHIN_MS,
  async begin(site) {
    const version = await save(site, {});
    let curfew: Curfew | undefined;
    return {
      act: async () => {
        curfew ??= createCurfew({
          redis: site.proxy.url,
          prefix: site.prefix,
          timeoutMs: site.timeoutMs,
          log: () => undefined,
        });
        const { ready, settings } = curfew;
        return answerOf(ready({ timeoutMs: READY_WITHIN_MS }).then(() => settings.get()));
      },
      whenDone: ({ value }) => {
        const seen = (value as { version: number }).version;
        return Promise.resolve(unless(seen === version, `sees settings ${seen}, not ${version}`));
      },
      end: () => curfew?.close(),
    };
  },
};

/** All API calls. */
export const API_CALLS: readonly Operation[] = [...READING, ...SETTINGS, ...ENDING, OPENING];
