/** The cookie of a session of which Redis knows nothing, as a day after its end (rule M20). */
import request, { type Response } from "supertest";
import { describe, expect, it } from "vitest";
import { FETCH_HEADERS, NAVIGATION_HEADERS } from "../../src/testing/index.js";
import { startApp, type TestApp } from "../harness/app.js";
import { setCookiesOf } from "../harness/http.js";
import { testRedis } from "../harness/redis.js";

const NO_CORS = {
  ...NAVIGATION_HEADERS,
  accept: "image/avif,*/*",
  "sec-fetch-mode": "no-cors",
  "sec-fetch-dest": "image",
};
const TAKEN_BACK =
  "curfew.sid=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax";

async function forget(site: TestApp): Promise<void> {
  const redis = await testRedis();
  const keys = await redis.keys(`${site.prefix}s*`);
  await Promise.all(keys.map((key) => redis.del(key)));
}

/** Starts a site, and returns the cookie of a session that Redis has forgotten. */
async function start(kind: "signedIn" | "visitor", session = {}) {
  const site = await startApp({
    session,
    configure: (app) => {
      app.get("/public", (_incoming, response) => {
        response.set("Cache-Control", "public, max-age=60").send("for all");
      });
      app.get("/not-modified", (_incoming, response) => {
        response.status(304).end();
      });
    },
  });
  const browser = await (kind === "signedIn" ? site.signedIn("ann") : site.browser());
  await browser.fetch("post", "/data", { cart: [1] });
  await forget(site);
  const cookie = `curfew.sid=${browser.sessionCookie?.value ?? ""}`;
  const ask = (path: string, headers: object = NAVIGATION_HEADERS): Promise<Response> =>
    request(site.server)
      .get(path)
      .set({ ...headers, Cookie: cookie })
      .redirects(0)
      .then();
  return { site, ask, browser };
}

describe.each(["signedIn", "visitor"] as const)("a forgotten session's cookie (%s)", (kind) => {
  it("M20: is taken back with the first answer to a navigation, which no cache keeps", async () => {
    const { ask } = await start(kind);
    const answer = await ask("/data");
    expect(setCookiesOf(answer)).toEqual([TAKEN_BACK]);
    expect(answer.get("Cache-Control")).toBe("no-store");
  });

  it("M20: is taken back by the guard's redirect", async () => {
    const { ask } = await start(kind);
    const answer = await ask("/account");
    expect([answer.status, setCookiesOf(answer)]).toEqual([303, [TAKEN_BACK]]);
  });

  it.each([
    ["a page's call", "/data", FETCH_HEADERS],
    ["an image", "/data", NO_CORS],
    ["a program", "/data", {}],
    ["a 304", "/not-modified", NAVIGATION_HEADERS],
    ["a public answer", "/public", NAVIGATION_HEADERS],
  ])("M20: is left by the answer to %s", async (_title, path, headers) => {
    const { ask } = await start(kind);
    expect(setCookiesOf(await ask(path, headers))).toEqual([]);
  });

  it("M20: is replaced where the app stores something", async () => {
    const { site, browser } = await start(kind);
    const before = browser.sessionCookie?.value;
    await browser.submit("/data", {});
    await browser.fetch("post", "/data", { cart: [2] });
    expect(browser.sessionCookie?.value).toMatch(/^s%3A/);
    expect(browser.sessionCookie?.value).not.toBe(before);
    expect(site.log.filter(({ code }) => code === "unknown_session").length).toBeLessThanOrEqual(2);
  });

  it("M20, M15: stays if a sign-in has just replaced it", async () => {
    const { ask, browser } = await start(kind);
    await browser.signIn("ann");
    expect(setCookiesOf(await ask("/data"))).toEqual([]);
  });
});

describe("the cookie that is taken back", () => {
  it("is worth nothing once the record is gone, however well it is signed", async () => {
    const { ask } = await start("signedIn");
    const answer = await ask("/account", FETCH_HEADERS);
    expect([answer.status, answer.body]).toMatchObject([401, { reason: "unknown" }]);
  });

  it("M20: has the domain of the session's cookie", async () => {
    const { ask } = await start("signedIn", { cookie: { domain: "127.0.0.1" } });
    expect(setCookiesOf(await ask("/data"))[0]).toMatch(
      /^curfew\.sid=; Max-Age=0; Domain=127\.0\.0\.1; Path=\/;/,
    );
  });

  it("M20: is none that names a session with a known end", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    await site.curfew.sessions.endAll({ userId: "ann", actor: "admin" });
    expect(setCookiesOf(await browser.visit("/data"))).toEqual([]);
    expect(setCookiesOf(await browser.visit("/account"))).toEqual([]);
  });
});
