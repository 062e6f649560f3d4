/** Case G10: caches keep no answer that depends on a session. */
import { Tally, type AppPair, type BatteryCase } from "../support/battery-case.js";
import { Browser, send, type Answer } from "../support/browser.js";
import { ADMIN_KEY } from "../support/guarded-app.js";
import { CONFIG_PATH, patchConfig } from "../support/settings-client.js";

const HTML = { accept: "text/html" };
const ADMIN = { authorization: ADMIN_KEY };

/** Returns a browser whose session another sign-in has just ended. */
async function evicted(app: AppPair, user: string): Promise<Browser> {
  const browser = new Browser();
  await browser.signIn(app.port(0), user);
  await browser.post(app.port(1), "/control/revoke-all", { user });
  return browser;
}

type Collected = readonly (readonly [name: string, answer: Answer])[];

async function ofLivingSessions(app: AppPair): Promise<Collected> {
  const browser = new Browser();
  const port = app.port(0);
  return [
    ["login page", await browser.get(port, "/login", HTML)],
    ["login page, with token", await browser.get(port, "/login", HTML)],
    ["guarded, 401", await browser.get(port, "/me")],
    ["guarded page, 303", await browser.get(port, "/page", HTML)],
    ["sign-in", await browser.signIn(port, "g10")],
    ["guarded, 200", await browser.get(port, "/me")],
    ["guarded page, 200", await browser.get(port, "/page", HTML)],
    ["status", await browser.get(port, "/curfew/status")],
    ["activity", await browser.post(port, "/curfew/activity", { idleMs: 0 })],
    ["extend, 409", await browser.post(port, "/curfew/extend")],
    ["reauth, 403", await browser.post(port, "/curfew/reauth", { password: "wrong" })],
    [
      "cross-site, 403",
      await browser.send(port, "/curfew/extend", { body: {}, headers: { origin: "null" } }),
    ],
    [
      "bad JSON, 400",
      await browser.send(port, "/curfew/extend", {
        rawBody: "{",
        headers: { "content-type": "application/json" },
      }),
    ],
  ];
}

async function ofSettings(app: AppPair): Promise<Collected> {
  const port = app.port(1);
  return [
    ["settings", await send(port, CONFIG_PATH, { headers: ADMIN })],
    ["settings, PATCH", await patchConfig(port, { session_minutes: 30 })],
    ["settings, 401", await send(port, CONFIG_PATH)],
    ["settings, 404", await send(port, `${CONFIG_PATH}/x`, { headers: ADMIN })],
    ["settings, 422", await patchConfig(port, { session_minutes: 1 })],
    ["settings, 412", await patchConfig(port, { session_minutes: 31 }, { "if-match": '"999"' })],
    ["settings, 400", await patchConfig(port, [])],
  ];
}

async function ofEndedSessions(app: AppPair): Promise<Collected> {
  const port = app.port(0);
  const [json, page, status, signedOut, left] = await Promise.all(
    ["json", "page", "status", "logout", "route"].map((name) => evicted(app, `g10-${name}`)),
  );
  if (!json || !page || !status || !signedOut || !left) throw new Error("five were requested");
  await signedOut.signIn(port, "g10-logout");
  await left.signIn(port, "g10-route");
  return [
    ["ended, 401", await json.get(port, "/me")],
    ["ended, 303", await page.get(port, "/page", HTML)],
    ["ended, status", await status.get(port, "/curfew/status")],
    ["sign-out", await signedOut.post(port, "/logout")],
    ["logout route", await left.post(port, "/curfew/logout")],
  ];
}

const varies = (answer: Answer, on: string): boolean =>
  (answer.headers.vary ?? "").toLowerCase().split(/, */).includes(on);

/** Returns true if a user whose session is over gets "not modified". */
async function isTold304(app: AppPair): Promise<boolean> {
  const browser = new Browser();
  await browser.signIn(app.port(0), "g10-304");
  const first = await browser.get(app.port(0), "/page", HTML);
  const { etag = "" } = first.headers;
  if (etag === "") throw new Error("Express gives ETags");
  await browser.post(app.port(1), "/control/revoke-all", { user: "g10-304" });
  const answers = await Promise.all(
    app.ports.map((port) => browser.clone().get(port, "/page", { ...HTML, "if-none-match": etag })),
  );
  return answers.some(({ status }) => status !== 303);
}

/** G10. */
export const cacheHeaders: BatteryCase = {
  id: "G10",
  title: "Cache headers of guarded, login, reason and settings responses",
  passesAt:
    'no-store and Vary on all; Clear-Site-Data "cache", never "storage", at the end; no 304 for an ended session',
  async run(stage) {
    const app = await stage.startApp();
    const living = await ofLivingSessions(app);
    const settings = await ofSettings(app);
    const ended = await ofEndedSessions(app);
    const all = [...living, ...settings, ...ended];
    const lacking = (isRight: (answer: Answer) => boolean, of: Collected): string =>
      of
        .filter(([, answer]) => !isRight(answer))
        .map(([name, { status }]) => `${name} (${status})`)
        .join(", ");
    const none = (text: string): string | number => (text === "" ? 0 : text);

    // Signing in answers a POST in the app's own way. No cache keeps that answer.
    const cacheable = all.filter(([name]) => name !== "sign-in" && name !== "sign-out");
    const stored = lacking(({ headers }) => headers["cache-control"] === "no-store", cacheable);
    const unvaried = lacking((answer) => varies(answer, "cookie"), cacheable);
    const uncleared = lacking(({ headers }) => headers["clear-site-data"] === '"cache"', ended);
    const cleared = lacking(
      ({ headers }) => headers["clear-site-data"] === undefined,
      [...living, ...settings],
    );
    const told304 = await isTold304(app);
    return new Tally()
      .exactly("answers", all.length, 25)
      .figure("without no-store", none(stored), stored === "")
      .figure("without Vary: Cookie", none(unvaried), unvaried === "")
      .figure("ends that leave the cache", none(uncleared), uncleared === "")
      .figure("Clear-Site-Data elsewhere", none(cleared), cleared === "")
      .figure("304 for a dead session", told304 ? "yes" : "no", !told304).outcome;
  },
};
