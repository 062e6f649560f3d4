/** Cases G1 and G2: requests of other sites, and safe methods, change nothing. */
import { withRecordField } from "../../harness/record-fields.js";
import { Tally, type AppPair, type BatteryCase, type Stage } from "../support/battery-case.js";
import { Browser } from "../../harness/browser.js";
import type { Answer, SendOptions } from "../../harness/http.js";
import { CONFIG_PATH } from "../support/settings-client.js";

interface Route {
  readonly method: "POST" | "PATCH" | "PUT" | "DELETE";
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Every path that changes something, with a body that does so. */
const ROUTES: readonly Route[] = [
  { method: "POST", path: "/curfew/activity", body: { idleMs: 0 } },
  { method: "POST", path: "/curfew/extend", body: {} },
  { method: "POST", path: "/curfew/reauth", body: { password: "right" } },
  { method: "POST", path: "/curfew/logout", body: {} },
  { method: "PATCH", path: CONFIG_PATH, body: { session_minutes: 77 } },
  { method: "POST", path: "/login", body: { userId: "admin-attacker" } },
  { method: "POST", path: "/logout", body: {} },
  { method: "POST", path: "/account/email", body: {} },
];

const FOREIGN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "foreign Origin": { origin: "https://evil.example" },
  "Origin null": { origin: "null" },
  "Origin of another port": { origin: "http://127.0.0.1:1" },
  "Sec-Fetch-Site cross-site": {
    "sec-fetch-site": "cross-site",
    "sec-fetch-mode": "navigate",
    "sec-fetch-user": "?1",
  },
  "Sec-Fetch-Site same-site": { "sec-fetch-site": "same-site", "sec-fetch-mode": "cors" },
  "cross-site, Origin null": { "sec-fetch-site": "cross-site", origin: "null" },
  "cross-site with our Origin's look": {
    "sec-fetch-site": "cross-site",
    origin: "http://127.0.0.1.evil.example",
  },
};

/** Returns the body as a page of another site can send it without a preflight. */
function encodings({ body }: Route): Record<string, SendOptions> {
  const json = JSON.stringify(body);
  return {
    json: { body },
    form: {
      rawBody: `${encodeURIComponent(json)}=`,
      headers: { "content-type": "application/x-www-form-urlencoded" },
    },
    text: { rawBody: json, headers: { "content-type": "text/plain" } },
    "no type": { rawBody: json },
    multipart: { rawBody: json, headers: { "content-type": "multipart/form-data; boundary=x" } },
  };
}

/** Headers of the site's own script: allowed, but not activity. */
const BY_SCRIPT = { "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" };

interface Ground {
  readonly app: AppPair;
  readonly browser: Browser;
  readonly start: number;
  /** Returns all state that a request could change, as text. */
  state(): Promise<string>;
}

/** Signs in an administrator and waits 29 minutes, so that extending and changing settings are possible. */
async function prepare(stage: Stage): Promise<Ground> {
  const app = await stage.startApp({ hasTestClock: true });
  const browser = new Browser();
  const start = Date.now();
  await stage.setClock(start);
  await browser.at(app.port(0)).trySignIn("admin-victim");
  await stage.setClock(start + 29 * 60_000);
  const { json } = await browser.clone().at(app.port(0)).get("/curfew/status");
  if (json["action"] !== "extend") throw new Error(`nothing to extend: ${JSON.stringify(json)}`);
  return { app, browser, start, state: () => dump(stage) };
}

async function dump(stage: Stage): Promise<string> {
  // A counter of requests also counts refused requests, and the sweep goes its way by the clock: both are left out.
  const isKept = (key: string): boolean => !/^curfew:(?:n:|d:|swept$|sweeper$)/.test(key);
  const keys = (await stage.redis.keys("*")).filter(isKept).sort();
  const values = await Promise.all(
    keys.map(async (key) => {
      const type = await stage.redis.type(key);
      if (type === "string") {
        const text = (await stage.redis.get(key)) ?? "";
        if (!key.startsWith("curfew:s:")) return text;
        // A page view may change only the activity: its time, and the mark that the browser sends ?1.
        return withRecordField(withRecordField(text, "lastActivityAt", 0), "sendsUser", 1);
      }
      if (type === "zset") return stage.redis.zrange(key, "0", "-1", "WITHSCORES");
      if (type === "stream") return stage.redis.xrange(key, "-", "+");
      const hash = await stage.redis.hgetall(key);
      return hash;
    }),
  );
  return JSON.stringify(keys.map((key, index) => [key, values[index]]));
}

/** G1. */
export const crossSiteRequests: BatteryCase = {
  id: "G1",
  title: "Requests of another site to state-changing routes",
  passesAt: "all 403, without an effect",
  async run(stage) {
    const ground = await prepare(stage);
    const before = await ground.state();
    const activeBefore = await activityOf(ground);
    const wrong: string[] = [];
    let requests = 0;
    const ask = async (
      route: Route,
      options: SendOptions,
      headers: Readonly<Record<string, string>>,
    ): Promise<Answer> => {
      requests += 1;
      const all = { ...options.headers, ...headers };
      return ground.browser
        .clone()
        .at(ground.app.port(requests))
        .send(route.path, { ...options, method: route.method, headers: all });
    };
    for (const route of ROUTES)
      for (const [encoding, options] of Object.entries(encodings(route))) {
        for (const [name, headers] of Object.entries(FOREIGN)) {
          const { status } = await ask(route, options, headers);
          if (status !== 403) wrong.push(`${route.path} ${name} ${encoding}: ${status}`);
        }
        // Bodies that are not JSON change nothing, even from the site's own page.
        if (encoding !== "json" && route.method === "PATCH") {
          const { status } = await ask(route, options, BY_SCRIPT);
          if (status !== 415) wrong.push(`${route.path} ${encoding}: ${status}`);
        }
      }
    const tally = new Tally()
      .figure("requests", requests, requests >= ROUTES.length * 35)
      .figure("not refused", wrong.length === 0 ? 0 : wrong.slice(0, 5).join("; "), wrong.length === 0)
      .figure(
        "effects",
        (await ground.state()) === before ? 0 : "something changed",
        (await ground.state()) === before,
      )
      .figure(
        "activity noted",
        (await activityOf(ground)) - activeBefore,
        (await activityOf(ground)) === activeBefore,
      );
    const own = await ground.browser
      .clone()
      .at(ground.app.port(0))
      .send("/curfew/extend", {
        body: {},
        headers: { "sec-fetch-site": "same-origin" },
      });
    return tally.exactly("answer to the site itself", own.status, 200).outcome;
  },
};

/** Returns the last activity by a script's request, which is not activity. */
async function activityOf({ app, browser }: Ground): Promise<number> {
  return Number((await browser.clone().at(app.port(0)).get("/me", BY_SCRIPT)).json["lastActivityAt"]);
}

const OVERRIDES: readonly Readonly<Record<string, string>>[] = [
  {},
  ...["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"].flatMap((name) =>
    ["POST", "PATCH", "DELETE"].map((method) => ({ [name]: method })),
  ),
];

/** G2. */
export const harmlessMethods: BatteryCase = {
  id: "G2",
  title: "GET, HEAD and OPTIONS on all routes, with method override headers",
  passesAt: "only the activity time changes",
  async run(stage) {
    const ground = await prepare(stage);
    const before = await ground.state();
    const paths = [
      ...new Set(ROUTES.map(({ path }) => path)),
      "/me",
      "/page",
      "/curfew/status",
      "/curfew",
      "/",
    ];
    const changing: string[] = [];
    let [requests, errors] = [0, 0];
    for (const path of paths)
      for (const method of ["GET", "HEAD", "OPTIONS"])
        for (const headers of OVERRIDES)
          for (const query of ["", "?_method=POST&session_minutes=77&password=right"]) {
            requests += 1;
            const { status } = await ground.browser
              .clone()
              .at(ground.app.port(requests))
              .send(`${path}${query}`, { method, headers });
            if (status >= 500) errors += 1;
            if (status >= 200 && (await ground.state()) !== before) changing.push(`${method} ${path}`);
          }
    return new Tally()
      .figure("requests", requests, requests > 500)
      .figure(
        "state changes",
        changing.length === 0 ? 0 : changing.slice(0, 5).join("; "),
        changing.length === 0,
      )
      .none("5xx", errors).outcome;
  },
};
