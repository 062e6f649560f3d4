/** A site that moves from express-session: old and new processes over one Redis, and a browser that began on an old process. */
import type { Server } from "node:http";
import { onTestFinished } from "vitest";
import type { CurfewSessionOptions } from "../../src/index.js";
import { startApp, type TestApp, type TestAppOptions } from "./app.js";
import { Browser } from "./browser.js";
import { createOldApp, OLD_STORES, openStore, serve, type OldStore } from "./old-app.js";
import { T } from "./policy-fixtures.js";
import { freshPrefix, testRedis, testRedisUrl } from "./redis.js";

export const DAY_MS = 86_400_000;
export const OLD_NAME = "connect.sid";
/** The old cookie's own secret, as the session's secret often changes with the move. */
const OLD_SECRET = "the old secret";

const byUserId = (data: object): string | undefined => (data as { readonly userId?: string }).userId;

export interface Both {
  readonly site: TestApp;
  readonly old: Server;
  /** A browser whose session began on an old process. */
  readonly browser: Browser;
  /** Deletes what Redis has of the old session. */
  readonly oldKey: string;
}

interface Options extends TestAppOptions {
  readonly store?: OldStore;
  readonly login?: string;
  readonly takeOver?: Partial<NonNullable<CurfewSessionOptions["takeOver"]>>;
  /** Name of the old cookie. */
  readonly oldName?: string;
  readonly cookie?: { readonly maxAge: number };
}

/** Starts both kinds of process over one Redis, and signs "ann" in on the old one. */
export async function startBoth(options: Options = {}): Promise<Both> {
  const {
    store: kind = OLD_STORES[0],
    login = "/login",
    takeOver,
    session,
    oldName = OLD_NAME,
    cookie,
    ...rest
  } = options;
  const prefix = freshPrefix("curfew");
  const oldPrefix = `${prefix}sess:`;
  const { store, close } = await openStore(kind, await testRedisUrl(), oldPrefix);
  const { server: old } = await serve(
    createOldApp(store, { name: oldName, secret: OLD_SECRET, ...(cookie && { cookie }) }),
  );
  onTestFinished(() => {
    old.close();
    old.closeAllConnections();
    close();
  });
  const site = await startApp({
    prefix,
    // Many requests at once must not time out on a busy machine.
    timeoutMs: 20_000,
    session: {
      ...session,
      takeOver: {
        name: oldName,
        prefix: oldPrefix,
        secret: OLD_SECRET,
        userId: byUserId,
        until: T + 2 * DAY_MS,
        ...takeOver,
      },
    },
    ...rest,
  });
  const browser = new Browser(old);
  await browser.fetch("post", login, { userId: "ann" });
  const [oldKey = ""] = await (await testRedis()).keys(`${oldPrefix}*`);
  return { site, old, browser, oldKey };
}

export const me = async (browser: Browser): Promise<unknown> =>
  ((await browser.fetch("get", "/me")).body as { userId: unknown }).userId;
export const data = async (browser: Browser): Promise<unknown> => (await browser.fetch("get", "/data")).body;

export const MOVED = { userId: "ann" };

/** Returns what the list of all sessions knows of a user. */
export async function sessionsOf(
  site: TestApp,
  userId = "ann",
): Promise<readonly { readonly ref: string }[]> {
  return (await site.curfew.sessions.list({ userId })).sessions;
}

/** Visits the new process, and returns the session's ref. */
export async function moveIn({ site, browser }: Both): Promise<string> {
  browser.server = site.server;
  const state = await browser.state();
  if (state.state !== "active") throw new Error(`not taken over: ${JSON.stringify(state)}`);
  return state.session.ref;
}

/** Has the browser lose the new cookie, as if an old process alone had served it. */
export const forgetNewCookie = (browser: Browser): boolean => browser.cookies.delete("curfew.sid");
