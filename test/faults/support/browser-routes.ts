/** Requests of the browser's side: event streams, keys of drafts, signing in again elsewhere, counts for administrators, takeovers. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { FETCH_HEADERS } from "../../../src/testing/index.js";
import { Browser } from "../../harness/browser.js";
import { signedId } from "../../harness/signed-id.js";
import { OLD_COOKIE, SECRET } from "../../battery/support/guarded-app.js";
import { ask, save, signedIn, stands, unless, type Answered, type Operation } from "./operation.js";
import { asScript, living } from "./requests.js";
import type { FaultSite } from "./site.js";

/** Opens an event stream, and closes it after its first bytes. */
async function openStream(site: FaultSite, browser: Browser): Promise<Answered> {
  const headers = { ...FETCH_HEADERS, accept: "text/event-stream", cookie: browser.cookieHeader };
  const request = get({ host: "127.0.0.1", port: site.port, path: "/curfew/events", headers, agent: false });
  try {
    const [answer] = (await once(request, "response")) as [IncomingMessage];
    const [first] = (await once(answer, "data")) as [Buffer];
    return {
      status: answer.statusCode ?? 0,
      retryAfter: answer.headers["retry-after"],
      text: String(first),
      value: undefined,
    };
  } catch (error) {
    return { status: "broken", retryAfter: undefined, text: String(error), value: undefined };
  } finally {
    request.destroy();
  }
}

const OPEN_PAGE: readonly Operation[] = [
  living("GET events", openStream, {
    whenDone: (_site, _browser, _userId, { text }) =>
      Promise.resolve(unless(text.startsWith(": open\nretry: "), `began with ${text}`)),
  }),
  living("GET draft-key", (site, browser) => ask(site, browser, "/curfew/draft-key", asScript), {
    whenDone: async (site, browser, _userId, { value }) => {
      const { keys } = value as { readonly keys: unknown };
      const { json } = await browser.at(site.cleanPort).get("/curfew/draft-key", FETCH_HEADERS);
      return unless(JSON.stringify(keys) === JSON.stringify(json["keys"]), "other keys");
    },
  }),
  living("GET reauth", (site, browser) => ask(site, browser, "/curfew/reauth"), { done: 303 }),
  living("GET reauth-done", (site, browser) => ask(site, browser, "/curfew/reauth-done"), {
    whenDone: (_site, _browser, _userId, { text }) =>
      Promise.resolve(unless(text.includes("reauth-done.js"), "another page")),
  }),
];

/** The form of the settings with a change to review. */
async function reviewForm(site: FaultSite): Promise<string> {
  const { version } = await site.clean.settings.get();
  return new URLSearchParams({
    ...{ version: String(version), action: "review", allowPersistentSessions: "on" },
    ...{ idleMinutes: "15", idleMinutesUnit: "minutes", sessionMinutes: "30", sessionMinutesUnit: "minutes" },
    ...{ concurrent: "limited", maxSessionsPerUser: "1", whenLimitReached: "end_oldest" },
  }).toString();
}

/** A count that runs outside of its request. A short count is on the page that answers. */
const COUNT: Operation = {
  name: "POST admin/settings, which begins a count",
  done: 200,
  async begin(site) {
    await save(site, {});
    const { version } = await site.clean.settings.get();
    const browser = await signedIn(site, `admin-${site.newUser()}`);
    const rawBody = await reviewForm(site);
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const keepsSettings = async (): Promise<string[]> =>
      unless((await site.clean.settings.get()).version === version, "the review has saved something");
    return {
      act: () => ask(site, browser, "/admin/settings", { rawBody, headers }),
      whenDone: async () => [...(await stands(site, browser, "in")), ...(await keepsSettings())],
      whenRefused: async () => [...(await stands(site, browser, "in")), ...(await keepsSettings())],
    };
  },
};

/** Puts a session of express-session into Redis. @returns a browser with its cookie */
async function oldBrowser(site: FaultSite, userId: string): Promise<Browser> {
  const id = randomBytes(24).toString("base64url");
  const data = { cookie: { originalMaxAge: null, path: "/" }, userId };
  await site.redis.set(`${site.sessionPrefix}${id}`, JSON.stringify(data), "PX", 3_600_000);
  const browser = new Browser();
  browser.plant(OLD_COOKIE, encodeURIComponent(signedId(id, SECRET)));
  return browser;
}

const TAKE_OVER: Operation = {
  name: "the first request of a session of express-session",
  // A damaged key ends the session that is taken over.
  ifBelieved: { answers: [401] },
  done: 200,
  isGuarded: true,
  async begin(site) {
    await save(site, {});
    const browser = await oldBrowser(site, site.newUser());
    // The old cookie alone brings the session back, also if no answer has brought the new cookie.
    const before = browser.clone();
    return {
      act: () => ask(site, browser, "/me", asScript),
      whenDone: async () => [...(await stands(site, browser, "in")), ...(await stands(site, before, "in"))],
      whenRefused: () => stands(site, before, "in"),
    };
  },
};

/** All requests of the browser's side. */
export const BROWSER_ROUTES: readonly Operation[] = [...OPEN_PAGE, COUNT, TAKE_OVER];
