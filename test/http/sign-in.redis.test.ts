import { describe, expect, it } from "vitest";
import type { Curfew, SignInOptions } from "../../src/index.js";
import { dataOf, SECRET, startApp, type TestApp } from "../harness/app.js";
import { proxiedRedis } from "../harness/app-proxy.js";
import { Browser, PASSWORD } from "../harness/browser.js";
import { setCookiesOf } from "../harness/http.js";
import { minutes, T } from "../harness/policy-fixtures.js";
import { testRedis } from "../harness/redis.js";
import { storedText } from "../harness/stored-text.js";

const data = async (browser: Browser): Promise<unknown> => (await browser.fetch("get", "/data")).body;

describe("signing in", () => {
  it("gives a new id, and the planted one opens nothing", async () => {
    const site = await startApp();
    const victim = await site.browser();
    await victim.fetch("post", "/data", { planted: true });
    const planted = victim.sessionCookie;
    await victim.signIn("ann");
    const attacker = await site.browser();
    if (planted) attacker.cookies.set("curfew.sid", planted);
    expect(victim.sessionCookie?.value).not.toBe(planted?.value);
    expect(await attacker.standing()).toBe("anonymous");
    expect(await data(attacker)).toEqual({});
  });

  it("keeps a visitor's cart, and the same user's data on signing in again", async () => {
    const site = await startApp();
    const browser = await site.browser();
    await browser.fetch("post", "/data", { cart: [1] });
    await browser.signIn("ann");
    await browser.fetch("post", "/data", { theme: "dark" });
    await browser.signIn("ann");
    expect(await data(browser)).toEqual({ cart: [1], theme: "dark" });
  });

  it("drops another user's data", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    await browser.fetch("post", "/data", { secret: "ann's" });
    await browser.signIn("bob");
    expect(await data(browser)).toEqual({});
    expect(await browser.state()).toMatchObject({ session: { userId: "bob" } });
  });

  it("starts from nothing after the last session has ended", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    await browser.fetch("post", "/data", { secret: "ann's" });
    site.at("30:00");
    await browser.signIn("ann");
    expect(await data(browser)).toEqual({});
  });

  it("has effect in the request itself, for data that the app writes and for later middleware", async () => {
    const site = await startApp({
      configure: (app, curfew) => {
        app.post("/login-and-look", (request, response, next) => {
          curfew.signIn(request, { userId: "ann" }).then(() => {
            dataOf(request)["welcome"] = true;
            response.json(request.curfew);
          }, next);
        });
      },
    });
    const browser = await site.browser();
    const answer = await browser.fetch("post", "/login-and-look", {});
    expect(answer.body).toMatchObject({ state: "active", session: { userId: "ann" } });
    expect(await data(browser)).toEqual({ welcome: true });
  });

  it("sends one session cookie, and gives the login page's browser a token", async () => {
    const site = await startApp();
    const browser = new Browser(site.server);
    expect(setCookiesOf(await browser.visit("/state"))).toEqual([]);
    expect(setCookiesOf(await browser.visit("/login"))).toEqual([
      expect.stringMatching(/^curfew\.browser=.*HttpOnly; SameSite=Lax$/),
    ]);
    expect(setCookiesOf(await browser.signIn("ann"))).toEqual([expect.stringMatching(/^curfew\.sid=/)]);
    expect(setCookiesOf(await browser.visit())).toEqual([]);
  });

  it("Q25: gives programs an hour, embedded pages five minutes, or what the app says", async () => {
    const site = await startApp();
    const own = async (options: Partial<SignInOptions>) =>
      (await (await site.signedIn("ann", options)).status()).remainingMs;
    expect(await own({ kind: "api" })).toBe(minutes(60));
    expect(await own({ kind: "embed" })).toBe(minutes(5));
    expect(await own({ kind: "api", lifetimeMinutes: 600 })).toBe(minutes(600));
    expect(await own({ kind: "api", lifetimeMinutes: 1e6 })).toBe(minutes(43_200));
    expect(await own({ lifetimeMinutes: 10 })).toBe(minutes(10));
    expect(await own({ lifetimeMinutes: 600 })).toBe(minutes(30));
  });

  it.each<[string, unknown]>([
    ["userId", { userId: "" }],
    ["userId", { userId: 7 }],
    ["userId", { userId: "x".repeat(256) }],
    ["control", { userId: "ann\u0000" }],
    ["Unicode", { userId: "ann\ud800" }],
    ["Unicode", { userId: "\udfffann" }],
    ["kind", { userId: "ann", kind: "robot" }],
    ["credentialsType", { userId: "ann", credentialsType: 5 }],
    ["credentialsType", { userId: "ann", credentialsType: null }],
    ["lifetimeMinutes", { userId: "ann", lifetimeMinutes: 0 }],
    ["lifetimeMinutes", { userId: "ann", lifetimeMinutes: Number.NaN }],
    ["persistent", { userId: "ann", persistant: true }],
    ["curfew.signIn(req, { userId: user.id })", undefined],
    ["curfew.signIn(req, { userId: user.id })", "ann"],
  ])("names what is wrong with it: %s of %j", async (name, options) => {
    const seen: unknown[] = [];
    const site = await startApp({
      configure: (app, curfew) => {
        app.post("/wrong", (request, response) => {
          const answer = (error?: unknown): void => {
            seen.push(error);
            response.json({});
          };
          curfew.signIn(request, options as SignInOptions).then(answer, answer);
        });
      },
    });
    const browser = await site.browser();
    await browser.fetch("post", "/wrong", {});
    expect(seen).toEqual([
      expect.objectContaining({ code: "invalid_argument", message: expect.stringContaining(name) as string }),
    ]);
    expect(browser.sessionCookie).toBeUndefined();
  });

  it("C4: ends no session when something is wrong with it", async () => {
    const site = await startApp({ defaults: { maxSessionsPerUser: 1 } });
    const [first, second] = [await site.signedIn("ann"), await site.browser()];
    for (const wrong of [{ credentialsType: 5 }, { kind: "robot" }, { lifetimeMinutes: "5" }]) {
      const fields = { userId: "ann", password: PASSWORD, ...wrong };
      const answer = await second.fetch("post", "/login", fields);
      expect([answer.status, (answer.body as { code: string }).code]).toEqual([500, "invalid_argument"]);
    }
    expect([await first.standing(), await second.standing()]).toEqual(["in", "anonymous"]);
  });

  it.each(["on", "true", "", 1, 0, null])(
    "P4: does not guess whether the box is ticked: %j",
    async (persistent) => {
      const site = await startApp();
      const browser = await site.browser();
      const fields = { userId: "ann", password: PASSWORD, persistent };
      expect((await browser.fetch("post", "/login", fields)).body).toMatchObject({
        code: "invalid_argument",
        message: "signIn: persistent must be true or false.",
      });
      expect(await browser.standing()).toBe("anonymous");
    },
  );

  it("stores user ids of any alphabet and every length allowed", async () => {
    const site = await startApp();
    for (const userId of ["Ünïcödé 用户 🦊", "a b:c{d}*", "x".repeat(255), "__proto__"]) {
      const browser = await site.signedIn(userId);
      expect(await browser.state()).toMatchObject({ session: { userId } });
      expect((await site.curfew.sessions.list({ userId })).sessions).toHaveLength(1);
    }
  });
});

describe("a sign-in that Redis does not take", () => {
  /** A site behind a proxy that loses one command, and how its login answers then. */
  async function failing(lost: string, browserOf: (site: TestApp) => Promise<Browser>) {
    const proxy = await proxiedRedis();
    const site = await startApp({ redis: proxy.redis, timeoutMs: 400 });
    const browser = await browserOf(site);
    proxy.inject({ on: lost });
    const answer = await browser.fetch("post", "/login", { userId: "ann", password: PASSWORD });
    await site.curfew.ready();
    return { answer, browser };
  }

  it.each(["SET", "EVALSHA"])("A13: losing %s, it is answered 503 and no cookie is sent", async (lost) => {
    const { answer, browser } = await failing(lost, (site) => site.browser());
    expect(answer.status).toBe(503);
    expect(answer.get("Retry-After")).toBe("1");
    expect(setCookiesOf(answer)).toEqual([]);
    expect(browser.sessionCookie).toBeUndefined();
  });

  it("A13: the user who was signed in before in that browser still is", async () => {
    const { answer, browser } = await failing("SET", (site) => site.signedIn("bob"));
    expect(answer.status).toBe(503);
    expect(await browser.state()).toMatchObject({ state: "active", session: { userId: "bob" } });
  });
});

describe("signing out", () => {
  it("is done and said to be done once the answer has begun, as in an event stream", async () => {
    const site = await startApp({
      configure: (app, curfew) => {
        app.post("/stream", (request, response, next) => {
          response.write("signing out: ");
          curfew.signOut(request).then((result) => response.end(JSON.stringify(result)), next);
        });
      },
    });
    const browser = await site.signedIn("ann");
    const { text } = await browser.fetch("post", "/stream", {});
    expect(text).toBe('signing out: {"ended":true,"durable":null}');
    expect(await browser.standing()).toBe("signed_out");
  });

  it("C10: ends the session, leaves the cookie to tell why, and may be asked twice", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    await browser.fetch("post", "/data", { secret: 1 });
    const cookie = browser.sessionCookie;
    const out = await browser.fetch("post", "/logout", {});
    expect(out.body).toEqual({ ended: true });
    expect(out.get("Clear-Site-Data")).toBe('"cache"');
    expect(browser.sessionCookie).toEqual(cookie);
    expect(await browser.standing()).toBe("signed_out");
    expect(await data(browser)).toEqual({});
    expect((await browser.fetch("post", "/logout", {})).body).toEqual({ ended: false });
    expect(site.told("ended")).toMatchObject([{ reason: "signed_out", userId: "ann", at: T }]);
  });

  it("N5, N6: ends it for every tab of the browser, and for no other browser of the user", async () => {
    const site = await startApp();
    const [here, there] = [await site.signedIn("ann"), await site.signedIn("ann")];
    const otherTab = here.clone();
    await here.fetch("post", "/curfew/logout", {});
    expect([await otherTab.standing(), await there.standing()]).toEqual(["signed_out", "in"]);
  });
});

describe("without curfew.session()", () => {
  it.each<[string, (curfew: Curfew, request: never) => Promise<unknown>]>([
    ["signIn", (curfew, request) => curfew.signIn(request, { userId: "ann" })],
    ["signOut", (curfew, request) => curfew.signOut(request)],
    ["extend", (curfew, request) => curfew.extend(request)],
    ["reauthenticate", (curfew, request) => curfew.reauthenticate(request)],
    ["reportActivity", (curfew, request) => curfew.reportActivity(request, 0)],
  ])("%s says that the middleware is missing", async (_name, call) => {
    const site = await startApp();
    const request = { headers: {}, get: () => undefined, path: "/" } as never;
    await expect(call(site.curfew, request)).rejects.toMatchObject({
      code: "session_middleware_missing",
      message: expect.stringContaining("app.use(curfew.session(") as string,
    });
  });
});

describe("the stored data", () => {
  it("names no session id, no cookie and no browser token in any key or value", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    await browser.fetch("post", "/data", { cart: [1] });
    const redis = await testRedis();
    const stored: string[] = [];
    for (const key of await redis.keys(`${site.prefix}*`)) stored.push(key, await storedText(redis, key));
    const signed = decodeURIComponent(browser.sessionCookie?.value ?? "");
    const id = signed.slice(2, signed.lastIndexOf("."));
    const token = browser.cookies.get("curfew.browser")?.value ?? "";
    expect(id.length).toBeGreaterThan(32);
    for (const secret of [id, id.slice(0, 32), token, SECRET])
      expect(stored.some((text) => text.includes(secret))).toBe(false);
  });
});
