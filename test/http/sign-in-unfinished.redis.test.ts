/** Sign-ins that are not awaited, come too late, or lose a step on the way. */
import type { Express } from "express";
import { describe, expect, it, vi } from "vitest";
import { CurfewError, type Curfew, type SettingsPatch } from "../../src/index.js";
import * as scripts from "../../src/state/scripts.generated.js";
import { dataOf, startApp, type TestApp } from "../harness/app.js";
import { proxiedRedis } from "../harness/app-proxy.js";
import { Browser, PASSWORD } from "../harness/browser.js";
import { setCookiesOf } from "../harness/http.js";
import { testRedis } from "../harness/redis.js";
import { isStep, steppedClient, type Step } from "../harness/stepped-client.js";
import { refsIn } from "../harness/user-key.js";

const refusing: SettingsPatch = { maxSessionsPerUser: 1, whenLimitReached: "refuse_newest" };

const listed = async (site: TestApp, userId: string): Promise<number> =>
  (await site.curfew.sessions.list({ userId })).sessions.length;

/** Waits until nothing in Redis is left of a sign-in by that user. */
async function expectNoTrace(site: TestApp, userId: string, others = 0): Promise<void> {
  const redis = await testRedis();
  await vi.waitFor(async () => {
    expect(await listed(site, userId)).toBe(0);
    expect((await site.curfew.sessions.list()).sessions).toHaveLength(others);
    expect(await redis.keys(`${site.prefix}sess:*`)).toHaveLength(others);
    expect(await redis.zcard(`${site.prefix}l:0:0`)).toBe(others);
  }, 5_000);
}

/** Routes of an app that does not wait, and what became of its sign-ins. */
function hastyRoutes() {
  const outcomes: Promise<unknown>[] = [];
  const begin = (curfew: Curfew, request: Parameters<Curfew["signIn"]>[0]): void => {
    const { userId } = request.query as { userId: string };
    outcomes.push(curfew.signIn(request, { userId }).catch((error: unknown) => error));
  };
  const configure = (app: Express, curfew: Curfew): void => {
    app.post("/forgotten", (request, response) => {
      begin(curfew, request);
      response.json({});
    });
    app.post("/streaming", (request, response) => {
      response.write("hello");
      begin(curfew, request);
      void outcomes.at(-1)?.then(() => response.end());
    });
  };
  return { outcomes, configure };
}

describe("a sign-in that is not awaited while the answer goes out", () => {
  it("C11: if it is refused, it sends no cookie and leaves the earlier session", async () => {
    const hasty = hastyRoutes();
    const site = await startApp({ defaults: refusing, configure: hasty.configure });
    const [ann, bob] = [await site.signedIn("ann"), await site.signedIn("bob")];
    const answer = await bob.fetch("post", "/forgotten?userId=ann", {});
    expect(answer.status).toBe(200);
    expect(setCookiesOf(answer)).toEqual([]);
    expect(await hasty.outcomes[0]).toMatchObject({ code: "too_many_sessions" });
    expect(await bob.state()).toMatchObject({ session: { userId: "bob" } });
    expect(await ann.standing()).toBe("in");
  });

  it.each(["ann", "bob"])("granted too late (%s), it is taken back and changes nothing", async (userId) => {
    const hasty = hastyRoutes();
    const site = await startApp({ configure: hasty.configure });
    const bob = await site.signedIn("bob");
    await bob.fetch("post", "/data", { cart: [1] });
    site.clock.advance({ minutes: 1 });
    const answer = await bob.fetch("post", `/forgotten?userId=${userId}`, {});
    expect(setCookiesOf(answer)).toEqual([]);
    expect(await hasty.outcomes[0]).toMatchObject({ code: "invalid_argument" });
    expect(await bob.state()).toMatchObject({ state: "active", session: { userId: "bob" } });
    expect((await bob.fetch("get", "/data")).body).toEqual({ cart: [1] });
    await expectNoTrace(site, "ann", 1);
    expect(site.told("signedIn")).toHaveLength(1);
    expect(site.told("ended")).toEqual([]);
  });
});

describe("a sign-in after the answer has begun", () => {
  it("says so to a browser, too, that has no token yet", async () => {
    const hasty = hastyRoutes();
    const site = await startApp({ configure: hasty.configure });
    const browser = new Browser(site.server);
    await browser.fetch("post", "/streaming?userId=ann", {});
    expect(await hasty.outcomes[0]).toMatchObject({ name: "CurfewError", code: "invalid_argument" });
    await expectNoTrace(site, "ann");
  });

  it("says so, and leaves no session behind", async () => {
    const hasty = hastyRoutes();
    const site = await startApp({ configure: hasty.configure });
    const browser = await site.browser();
    const answer = await browser.fetch("post", "/streaming?userId=ann", {});
    expect(setCookiesOf(answer)).toEqual([]);
    const error = await hasty.outcomes[0];
    expect(error).toBeInstanceOf(CurfewError);
    expect(error).toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("await the sign-in") as string,
    });
    expect(await browser.standing()).toBe("anonymous");
    await expectNoTrace(site, "ann");
  });

  it("C4: ends no earlier session, of this user or another", async () => {
    const hasty = hastyRoutes();
    const site = await startApp({ defaults: { maxSessionsPerUser: 1 }, configure: hasty.configure });
    const [ann, bob] = [await site.signedIn("ann"), await site.signedIn("bob")];
    site.clock.advance({ minutes: 1 });
    await bob.fetch("post", "/streaming?userId=ann", {});
    await bob.fetch("post", "/streaming?userId=bob", {});
    expect([await ann.standing(), await bob.standing()]).toEqual(["in", "in"]);
  });
});

describe("a sign-in on a request whose session the app has thrown away", () => {
  const throwAway: [string, (request: Parameters<Curfew["signIn"]>[0]) => Promise<void>][] = [
    [
      "req.session = null",
      (request) => {
        (request as { session: unknown }).session = null;
        return Promise.resolve();
      },
    ],
    [
      "req.session.destroy()",
      (request) => new Promise<void>((resolve) => request.session.destroy(() => resolve())),
    ],
  ];

  it.each(throwAway)("by %s works, and starts from nothing", async (_title, drop) => {
    const site = await startApp({
      configure: (app, curfew) => {
        app.post("/anew", (request, response, next) => {
          drop(request)
            .then(() => curfew.signIn(request, { userId: "ann" }))
            .then(() => {
              dataOf(request)["welcome"] = true;
              response.json(request.curfew);
            }, next);
        });
      },
    });
    for (const browser of [await site.browser(), await site.signedIn("bob"), await site.signedIn("ann")]) {
      await browser.fetch("post", "/data", { old: 1 });
      const answer = await browser.fetch("post", "/anew", {});
      expect(answer.body).toMatchObject({ state: "active", session: { userId: "ann" } });
      expect(await browser.state()).toMatchObject({ session: { userId: "ann" } });
      expect((await browser.fetch("get", "/data")).body).toEqual({ welcome: true });
    }
    expect(await listed(site, "bob")).toBe(0);
  });
});

describe("a sign-in outside of the cookie's path", () => {
  it("says where there are sessions, and opens none", async () => {
    const site = await startApp({ session: { cookie: { path: "/app" } } });
    const browser = await site.browser();
    const answer = await browser.fetch("post", "/login", { userId: "ann", password: PASSWORD });
    expect(answer.status).toBe(500);
    expect(answer.body).toMatchObject({
      code: "session_middleware_missing",
      message: expect.stringContaining("session.cookie.path") as string,
    });
    await expectNoTrace(site, "ann");
  });
});

describe("A13: a sign-in that can't end what it replaces", () => {
  it.each(["ann", "bob"])(
    "in a browser of %s is done or not done, and one session is left",
    async (former) => {
      const steps = await steppedClient();
      const site = await startApp({ redis: steps.client });
      const browser = await site.signedIn(former);
      site.clock.advance({ minutes: 1 });
      steps.fail(scripts.endRecord);
      const answer = await browser.fetch("post", "/login", { userId: "ann", password: PASSWORD });
      const isDone = answer.status === 303;
      expect([answer.status, setCookiesOf(answer).length]).toEqual(isDone ? [303, 1] : [503, 0]);
      expect(await browser.state()).toMatchObject({ session: { userId: isDone ? "ann" : former } });
      expect(site.told("signedIn")).toHaveLength(isDone ? 2 : 1);
      await vi.waitFor(async () => {
        expect((await site.curfew.sessions.list()).sessions).toHaveLength(1);
      }, 5_000);
    },
  );
});

describe("A13: a sign-in that fails after its claim", () => {
  const STEPS: readonly [string, Step][] = [
    ["SET record", "SET :s:"],
    ["SET data", "SET sess:"],
    ["listSession", scripts.listSession],
  ];

  it.each(STEPS)("at %s leaves nothing listed, counted or stored", async (_name, step) => {
    const steps = await steppedClient();
    const site = await startApp({ redis: steps.client, defaults: refusing });
    const browser = await site.browser();
    steps.fail(step);
    const answer = await browser.fetch("post", "/login", { userId: "ann", password: PASSWORD });
    expect(answer.status).toBe(503);
    expect(setCookiesOf(answer)).toEqual([]);
    await expectNoTrace(site, "ann");
    const redis = await testRedis();
    const [userKey = ""] = await redis.keys(`${site.prefix}u:*`);
    await vi.waitFor(async () => {
      expect(refsIn((await redis.get(userKey)) ?? "")).toEqual([]);
    });
    expect([site.told("signedIn"), site.told("ended")]).toEqual([[], []]);
    const elsewhere = await site.signedIn("ann");
    expect(await elsewhere.standing()).toBe("in");
  });

  it.each(STEPS)(
    "at %s, with the connection, leaves nothing listed once Redis is back",
    async (_name, step) => {
      const proxy = await proxiedRedis();
      const site = await startApp({ redis: proxy.redis, timeoutMs: 400, defaults: refusing });
      const browser = await site.browser();
      proxy.inject({ on: (words) => isStep(step, words), action: "cutAfter" });
      const answer = await browser.fetch("post", "/login", { userId: "ann", password: PASSWORD });
      expect(answer.status).toBe(503);
      expect(setCookiesOf(answer)).toEqual([]);
      await site.curfew.ready();
      await expectNoTrace(site, "ann");
      const elsewhere = await site.signedIn("ann");
      expect(await elsewhere.standing()).toBe("in");
    },
  );
});
