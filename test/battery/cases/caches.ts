/** Case G10: caches keep no answer that depends on a session. */
import { Tally, type AppPair, type BatteryCase } from "../support/battery-case.js";
import { Browser } from "../../harness/browser.js";
import { send, type Answer } from "../../harness/http.js";
import { ADMIN_KEY } from "../support/guarded-app.js";
import { CONFIG_PATH, patchConfig } from "../support/settings-client.js";

const HTML = { accept: "text/html" };
const ADMIN = { authorization: ADMIN_KEY };

/** Returns a browser whose session another sign-in has just ended. */
async function evicted(app: AppPair, user: string): Promise<Browser> {
  const browser = new Browser();
  await browser.at(app.port(0)).trySignIn(user);
  await browser.at(app.port(1)).post("/control/revoke-all", { user });
  return browser;
}

type Collected = readonly (readonly [name: string, answer: Answer])[];

async function ofLivingSessions(app: AppPair): Promise<Collected> {
  const browser = new Browser();
  const port = app.port(0);
  return [
    ["login page", await browser.at(port).get("/login", HTML)],
    ["login page, with token", await browser.at(port).get("/login", HTML)],
    ["guarded, 401", await browser.at(port).get("/me")],
    ["guarded page, 303", await browser.at(port).get("/page", HTML)],
    ["sign-in", await browser.at(port).trySignIn("g10")],
    ["guarded, 200", await browser.at(port).get("/me")],
    ["guarded page, 200", await browser.at(port).get("/page", HTML)],
    ["status", await browser.at(port).get("/curfew/status")],
    ["activity", await browser.at(port).post("/curfew/activity", { idleMs: 0 })],
    ["extend, 409", await browser.at(port).post("/curfew/extend")],
    ["reauth, 403", await browser.at(port).post("/curfew/reauth", { password: "wrong" })],
    [
      "cross-site, 403",
      await browser.at(port).send("/curfew/extend", { body: {}, headers: { origin: "null" } }),
    ],
    [
      "bad JSON, 400",
      await browser.at(port).send("/curfew/extend", {
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
  await signedOut.at(port).trySignIn("g10-logout");
  await left.at(port).trySignIn("g10-route");
  return [
    ["ended, 401", await json.at(port).get("/me")],
    ["ended, 303", await page.at(port).get("/page", HTML)],
    ["ended, status", await status.at(port).get("/curfew/status")],
    ["sign-out", await signedOut.at(port).post("/logout")],
    ["logout route", await left.at(port).post("/curfew/logout")],
  ];
}

const varies = (answer: Answer, on: string): boolean =>
  (answer.headers.vary ?? "").toLowerCase().split(/, */).includes(on);

/** Returns true if a user whose session is over gets "not modified". */
async function isTold304(app: AppPair): Promise<boolean> {
  const browser = new Browser();
  await browser.at(app.port(0)).trySignIn("g10-304");
  const first = await browser.at(app.port(0)).get("/page", HTML);
  const { etag = "" } = first.headers;
  if (etag === "") throw new Error("Express gives ETags");
  await browser.at(app.port(1)).post("/control/revoke-all", { user: "g10-304" });
  const answers = await Promise.all(
    app.ports.map((port) =>
      browser
        .clone()
        .at(port)
        .get("/page", { ...HTML, "if-none-match": etag }),
    ),
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
