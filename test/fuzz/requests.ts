import fc from "fast-check";
import { SESSION_COOKIE } from "../harness/browser.js";
import { CANARY } from "../battery/support/guarded-app.js";
import { anyBody, anyHeaders, anyJson, anyNumberText, anyQuery, anyReturnTo, encode } from "./arbitraries.js";
import { sendRaw, type Ground, type RawAnswer, type RawRequest } from "./ground.js";
import { must, property, type Property } from "./property.js";

const PATHS = [
  ...["/me", "/page", "/login", "/logout", "/account/email", "/cart", "/guarded/x", "/nothing"],
  ...["/curfew/status", "/curfew/activity", "/curfew/extend", "/curfew/reauth", "/curfew/logout", "/curfew"],
  ...["/api/4.0/session_config", "/CURFEW/Status/", "/login/", "/LOGIN"],
];
const METHODS = ["GET", "GET", "POST", "POST", "HEAD", "OPTIONS", "PATCH", "PUT", "DELETE", "TRACE", "QUERY"];
const NAMES = ["idleMs", "password", "userId", "persistent", "returnTo", "key", "session_minutes"];
const PRIVATE = /^\/(me|page|guarded|curfew|login|api)/i;

interface Sent extends RawRequest {
  readonly who: "somebody" | "nobody" | "ended";
}

const anyRequest: fc.Arbitrary<Sent> = fc
  .record({
    method: fc.constantFrom(...METHODS),
    path: fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...PATHS) },
      anyReturnTo.map((text) => `/guarded/${encode(text)}`),
      anyReturnTo.map((text) => `/${encode(text)}`),
    ),
    query: fc.oneof({ weight: 2, arbitrary: fc.constant("") }, anyQuery),
    headers: anyHeaders,
    type: fc.constantFrom(null, "application/json", "application/json", "text/plain"),
    body: fc.oneof({ weight: 1, arbitrary: fc.constant("") }, anyBody(NAMES)),
    who: fc.constantFrom("somebody", "somebody", "nobody", "ended"),
  })
  .map(({ method, path, query, headers, type, body, who }) => ({
    method,
    target: query === "" ? path : `${path}?${query}`,
    headers: type === null ? headers : [...headers, ["content-type", type]],
    body,
    who,
  }));

/** Checks the rules for every answer. */
function judge(request: Sent, answer: RawAnswer, ownHost: string): void {
  const { status, headers, body } = answer;
  const path = request.target.split("?", 1)[0] ?? "";
  // The battery's app answers a sign-in with a bad user id as an app's own mistake.
  const isOwnMistake = status === 500 && /invalid_argument|signIn: |Cannot destructure/.test(body);
  must(status < 500 || isOwnMistake, `answered ${status}: ${body.slice(0, 200)}`);
  must(status === 200 || !body.includes(CANARY), `${status} with what is guarded`);
  must(request.who === "somebody" || !body.includes(CANARY), `what is guarded, to ${request.who}`);
  const isCached = !(headers.get("cache-control") ?? "").includes("no-store");
  must(!(isCached && body.includes(CANARY)), "what is guarded may be cached");
  const isAnswered = status === 200 || status === 303 || status === 401;
  must(
    !(isCached && isAnswered && PRIVATE.test(path) && request.method !== "OPTIONS"),
    `${path} may be cached`,
  );
  const location = headers.get("location");
  if (location !== undefined) {
    const leads = new URL(location, `http://${ownHost}/login`);
    must(leads.host === ownHost, `redirected to ${location}`);
    const back = leads.searchParams.get("return_to") ?? "/";
    must(new URL(back, `http://${ownHost}/`).host === ownHost, `return_to ${back}`);
  }
}

async function check(ground: Ground, request: Sent): Promise<void> {
  const { port, redis, clock } = ground;
  clock.set(Date.now());
  const { browser, user } = await ground.signedIn();
  if (request.who === "ended") await browser.at(port).post("/logout");
  const cookie: [string, string][] = request.who === "nobody" ? [] : [["Cookie", browser.cookieHeader]];
  const ownHost = `127.0.0.1:${port}`;
  const answer = await sendRaw(port, { ...request, headers: [...request.headers, ...cookie] });
  if (!answer.isNodes) judge(request, answer, ownHost);
  must(!("polluted" in {}), "Object.prototype has changed");
  if (request.who === "somebody") {
    const next = await browser.clone().at(port).get("/me");
    must([200, 401].includes(next.status), `the next request was answered ${next.status}`);
    must(next.status !== 200 || next.json["userId"] === user, "the session has become another's");
  }
  if ((await redis.dbsize()) > 500) await redis.flushdb();
}

/** G1, G4, G10, and no request breaks the app. */
export const requests: Property = property(
  "G4, G10: any request: never 500, what is guarded only to those inside, uncached, and redirects stay",
  5_000,
  anyRequest,
  check,
);

/** A state-changing request from another site's page, with everything else that the page can set. */
const anyForeignRequest = fc.record({
  request: anyRequest,
  method: fc.constantFrom("POST", "PATCH", "PUT", "DELETE"),
  mark: fc.constantFrom<readonly (readonly [string, string])[]>(
    [["sec-fetch-site", "cross-site"]],
    [["sec-fetch-site", "same-site"]],
    [["origin", "https://evil.example"]],
    [["origin", "null"]],
    [
      ["sec-fetch-site", "cross-site"],
      ["origin", "https://evil.example"],
      ["sec-fetch-mode", "navigate"],
      ["sec-fetch-user", "?1"],
    ],
  ),
});
/** Headers that a page of another site cannot set, because its browser sets them. */
const BROWSERS_OWN = ["host", "origin", "authorization"];
/** Routes that the battery's app leaves open on purpose. */
const UNGUARDED = /^\/(control|write|cart)/;

/** G1. */
export const foreignRequests: Property = property(
  "G1: whatever else stands in it, a request of another site changes nothing",
  3_000,
  anyForeignRequest,
  async (ground, { request, method, mark }) => {
    const { port, clock, curfew } = ground;
    if (UNGUARDED.test(request.target)) return;
    clock.set(Date.now());
    const { browser } = await ground.signedIn();
    clock.advance({ minutes: 2 });
    const look = async (): Promise<string> => {
      const { json } = await browser.clone().at(port).get("/me", { "sec-fetch-site": "same-origin" });
      const { settings } = await curfew.settings.get();
      return JSON.stringify([json["session"], json["data"], settings]);
    };
    const before = await look();
    const own = request.headers.filter(
      ([name]) =>
        !BROWSERS_OWN.includes(name) && !name.startsWith("sec-fetch") && !name.startsWith("x-forwarded"),
    );
    const headers = [...own, ...mark, ["Cookie", browser.cookieHeader] as const];
    await sendRaw(port, { ...request, method, headers });
    must((await look()) === before, "it has changed something");
  },
);

/** Bodies of the routes. */
export const routeBodies: Property = property(
  "N4, G2: activity, extend and reauth with any body: never 500, never backwards, never beyond the limit",
  3_000,
  fc.record({
    route: fc.constantFrom("activity", "activity", "extend", "reauth"),
    value: fc.oneof(
      anyNumberText,
      anyJson.map((json) => JSON.stringify(json)),
      fc.constantFrom('"right"', "1e400", "-1e-400", "899999", "900000", "900001"),
    ),
    body: fc.oneof(fc.constant(null), anyBody(["idleMs", "password"])),
    afterMs: fc.integer({ min: 0, max: 14 * 60_000 }),
  }),
  async ({ port, clock, curfew, redis, signedIn }, { route, value, body, afterMs }) => {
    await redis.flushdb();
    await curfew.settings.update({ inactivityLogout: true, sessionMinutes: 300 });
    clock.set(Date.now());
    const { browser } = await signedIn();
    clock.set(clock() + afterMs);
    const quiet = { "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" };
    const session = async (): Promise<Record<string, number>> =>
      (await browser.at(port).get("/me", quiet)).json["session"] as Record<string, number>;
    const before = await session();
    const sent = body ?? `{"${route === "reauth" ? "password" : "idleMs"}":${value}}`;
    const answer = await sendRaw(port, {
      method: "POST",
      target: `/curfew/${route}`,
      headers: [
        ["Content-Type", "application/json"],
        ["Cookie", browser.cookieHeader],
        ...Object.entries(quiet),
      ],
      body: sent,
    });
    must([200, 400, 403, 409, 413, 429].includes(answer.status), `answered ${answer.status}: ${answer.body}`);
    const isRenewed = route === "reauth" && answer.status === 200;
    if (isRenewed) {
      must((JSON.parse(sent) as { password?: unknown }).password === "right", "a wrong password was taken");
      const renewed = answer.headers.get("set-cookie") ?? "";
      must(renewed.includes(SESSION_COOKIE), "renewed without a new cookie");
      return;
    }
    const after = await session();
    must(Number(after["lastActivityAt"]) >= Number(before["lastActivityAt"]), "activity went backwards");
    must(Number(after["lastActivityAt"]) <= clock(), "activity in the future");
    must(after["signedInAt"] === before["signedInAt"], "a new window without a password");
    must(Number(after["expiresAt"]) <= clock() + 15 * 60_000, "lives beyond the idle limit");
  },
);
