/** Requests of visitors, of signed-in users and of users whose session has ended. */
import { FETCH_HEADERS } from "../../../src/testing/index.js";
import { Browser } from "../../harness/browser.js";
import {
  ask,
  eventually,
  save,
  sessionsOf,
  signedIn,
  standingOf,
  stands,
  unless,
  type Answered,
  type Operation,
} from "./operation.js";
import type { FaultSite } from "./site.js";

const MINUTE_MS = 60_000;

async function basketOf(site: FaultSite, browser: Browser): Promise<Record<string, unknown>> {
  return (await browser.clone().at(site.cleanPort).get("/basket")).json;
}

async function dataOf(site: FaultSite, browser: Browser): Promise<Record<string, unknown>> {
  const { json } = await browser.clone().at(site.cleanPort).get("/me", FETCH_HEADERS);
  return json["data"] as Record<string, unknown>;
}

const field = ({ value }: Answered, name: string): unknown => (value as Record<string, unknown>)[name];

const VISITORS: readonly Operation[] = [
  {
    name: "a visitor's page",
    done: 200,
    async begin(site) {
      const browser = new Browser();
      return Promise.resolve({
        act: () => ask(site, browser, "/login"),
        whenDone: () => Promise.resolve([]),
      });
    },
  },
  {
    name: "a visitor's page, with data kept",
    done: 200,
    async begin(site) {
      const browser = new Browser();
      await browser.at(site.cleanPort).get("/cart");
      const isKept = async () => unless((await basketOf(site, browser))["cart"] === 1, "the data is lost");
      return {
        act: () => ask(site, browser, "/basket"),
        whenDone: async (answered) => [
          ...unless(field(answered, "cart") === 1, "answered without the data"),
          ...(await isKept()),
        ],
        whenRefused: isKept,
      };
    },
  },
  {
    name: "a visitor's first data",
    done: 200,
    mayBreak: true,
    async begin(site) {
      const browser = new Browser();
      return Promise.resolve({
        act: () => ask(site, browser, "/cart"),
        whenDone: async () => unless((await basketOf(site, browser))["cart"] === 1, "the data is not stored"),
      });
    },
  },
  {
    name: "a visitor's further data",
    done: 200,
    async begin(site) {
      const browser = new Browser();
      await browser.at(site.cleanPort).get("/cart");
      return {
        act: () => ask(site, browser, "/basket", { body: { more: 2 } }),
        whenDone: async () => unless((await basketOf(site, browser))["more"] === 2, "the data is not stored"),
        whenRefused: async () => unless((await basketOf(site, browser))["cart"] === 1, "the data is lost"),
      };
    },
  },
];

/** A request of a signed-in user. No fault may end the session. */
export function living(
  name: string,
  act: (site: FaultSite, browser: Browser) => Promise<Answered>,
  more: Partial<Operation> & {
    readonly prepare?: (site: FaultSite, browser: Browser) => Promise<unknown>;
    readonly persistent?: boolean;
    readonly whenDone?: (
      site: FaultSite,
      browser: Browser,
      userId: string,
      answered: Answered,
    ) => Promise<string[]>;
  } = {},
): Operation {
  const { prepare, persistent = false, whenDone, ...operation } = more;
  return {
    name,
    done: 200,
    ...operation,
    async begin(site) {
      await save(site, {});
      const userId = site.newUser();
      const browser = await signedIn(site, userId, { persistent });
      await prepare?.(site, browser);
      return {
        act: () => act(site, browser),
        whenDone: async (answered) => [
          ...(await stands(site, browser, "in")),
          ...((await whenDone?.(site, browser, userId, answered)) ?? []),
        ],
        whenRefused: () => stands(site, browser, "in"),
      };
    },
  };
}

/** Headers of a script's request, which does not count as activity. */
export const asScript = { headers: FETCH_HEADERS };
const later = async (site: FaultSite): Promise<void> => {
  site.clock.advance({ minutes: 1 });
  return Promise.resolve();
};

/** Returns a line unless the user's last activity is right now. */
async function isActive(site: FaultSite, userId: string): Promise<string[]> {
  const [session] = await sessionsOf(site, userId);
  return unless(session?.lastActivityAt === site.clock(), "the activity is not noted");
}

const SIGNED_IN: readonly Operation[] = [
  living("a guarded page", (site, browser) => ask(site, browser, "/me", asScript), { isGuarded: true }),
  living(
    "a guarded page that stores data",
    (site, browser) => ask(site, browser, "/write", { ...asScript, body: { key: "stored" } }),
    {
      whenDone: async (site, browser) =>
        unless((await dataOf(site, browser))["stored"] === 1, "the data is not stored"),
    },
  ),
  living("a guarded page opened by a person", (site, browser) => ask(site, browser, "/me"), {
    isGuarded: true,
    prepare: later,
  }),
  living("a page whose answer changes the cookie's kind", (site, browser) => ask(site, browser, "/me"), {
    isGuarded: true,
    persistent: true,
    prepare: (site) => save(site, { allowPersistentSessions: false }),
  }),
  living("GET status", (site, browser) => ask(site, browser, "/curfew/status", asScript), {
    whenDone: (_site, _browser, _userId, answered) =>
      Promise.resolve(unless(field(answered, "state") === "active", "answered without a status")),
  }),
  living(
    "POST activity",
    (site, browser) => ask(site, browser, "/curfew/activity", { ...asScript, body: { idleMs: 0 } }),
    { prepare: later, whenDone: (site, _browser, userId) => isActive(site, userId) },
  ),
  living("POST extend", (site, browser) => ask(site, browser, "/curfew/extend", { ...asScript, body: {} }), {
    prepare: later,
    whenDone: async (site, _browser, userId) => {
      const [session] = await sessionsOf(site, userId);
      const isExtended = session?.expiresAt === site.clock() + 30 * MINUTE_MS && session.extendedCount > 0;
      return unless(isExtended, "the session is not extended");
    },
  }),
  living(
    "POST extend, near the idle end",
    (site, browser) => ask(site, browser, "/curfew/extend", { ...asScript, body: {} }),
    {
      prepare: async (site) => {
        await save(site, { inactivityLogout: true, sessionMinutes: 30 });
        await later(site);
      },
      whenDone: (site, _browser, userId) => isActive(site, userId),
    },
  ),
];

/** A first request after an end that is not recorded yet. The session stays ended, regardless of later settings. */
function over(
  name: string,
  reason: string,
  end: (site: FaultSite, userId: string, browser: Browser) => Promise<unknown>,
): Operation {
  return {
    name,
    done: 401,
    async begin(site) {
      await save(site, {});
      const userId = site.newUser();
      const browser = await signedIn(site, userId);
      await end(site, userId, browser);
      return {
        act: () => ask(site, browser, "/me", asScript),
        whenDone: async (answered) => {
          await save(site, { sessionMinutes: 43_200 });
          return [
            ...unless(field(answered, "reason") === reason, `answered ${String(field(answered, "reason"))}`),
            ...(await stands(site, browser, reason)),
          ];
        },
        whenRefused: async () => unless((await standingOf(site, browser)) !== "in", "the session is open"),
      };
    },
  };
}

const refOf = async (site: FaultSite, userId: string): Promise<string> =>
  (await sessionsOf(site, userId))[0]?.ref ?? "";

const ENDED: readonly Operation[] = [
  over("the first request after the idle end", "idle", async (site) => {
    await save(site, { inactivityLogout: true, sessionMinutes: 60 });
    site.clock.advance({ minutes: 16 });
  }),
  over("the first request after the absolute end", "absolute", async (site) => {
    site.clock.advance({ minutes: 31 });
    return Promise.resolve();
  }),
  over("the first request after an eviction", "evicted", async (site, userId) => {
    await save(site, { maxSessionsPerUser: 1 });
    await signedIn(site, userId);
  }),
  over("the first request after the limit was lowered", "evicted", async (site, userId) => {
    await signedIn(site, userId);
    await save(site, { maxSessionsPerUser: 1 });
  }),
  over("the first request after a revocation", "revoked_by_admin", (site, userId) =>
    site.clean.sessions.endAll({ userId }),
  ),
  over("the first request after its data was lost", "unknown", async (site, userId) =>
    site.redis.del(`${site.sessionPrefix}${await refOf(site, userId)}`),
  ),
  over("the first request after its record was lost", "unknown", async (site, userId) =>
    site.redis.del(`${site.prefix}s:${await refOf(site, userId)}`),
  ),
];

/** Activity is stored in the background. The next request stores activity that was not stored. */
const NOTED: Operation = {
  ...living("a person's second page", (site, browser) => ask(site, browser, "/me"), { isGuarded: true }),
  async begin(site) {
    await save(site, {});
    const userId = site.newUser();
    const browser = await signedIn(site, userId);
    await later(site);
    const act = () => ask(site, browser, "/me");
    return {
      act,
      whenDone: async () => {
        await browser.at(site.cleanPort).get("/me");
        return eventually(() => isActive(site, userId));
      },
      whenRefused: () => stands(site, browser, "in"),
    };
  },
};

/** All requests. */
export const REQUESTS: readonly Operation[] = [...VISITORS, ...SIGNED_IN, NOTED, ...ENDED];
