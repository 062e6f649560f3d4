import { promisify } from "node:util";
import type { Request } from "express";
import type { Store } from "express-session";
import { describe, expect, it, vi } from "vitest";
import type { CurfewError } from "../../src/index.js";
import { dataOf, SECRET, startApp, type TestApp, type TestAppOptions } from "../harness/app.js";
import type { Browser } from "../harness/browser.js";
import { at, minutes, T } from "../harness/policy-fixtures.js";
import { testRedis } from "../harness/redis.js";
import { slowRoute } from "../harness/slow-route.js";

/** An app that hands out its store, as a socket server uses it, and a route as old logout handlers are. */
async function startWithStore(options: TestAppOptions = {}): Promise<{ site: TestApp; store: () => Store }> {
  let store: Store | undefined;
  const site = await startApp({
    ...options,
    configure: (app) => {
      app.use((request, _response, next) => {
        store = request.sessionStore;
        next();
      });
      app.get("/store", (_request, response) => response.json({}));
      app.post("/destroy", (request, response) => {
        request.session.destroy(() => response.json({}));
      });
      app.post("/regenerate", (request, response) => {
        request.session.regenerate(() => response.json({}));
      });
    },
  });
  await (await site.browser()).visit("/store");
  return {
    site,
    store: () => {
      if (!store) throw new Error("no store");
      return store;
    },
  };
}

/** The session id in a browser's cookie, as a socket server gets it from there. */
function sessionIdOf(browser: Browser): string {
  const signed = decodeURIComponent(browser.sessionCookie?.value ?? "");
  return signed.slice(2, signed.lastIndexOf("."));
}

type Data = Record<string, unknown> | null;

function readDirectly(store: Store, sessionId: string): Promise<Data> {
  return new Promise((resolve, reject) => {
    store.get(sessionId, (error: unknown, data) => {
      if (error instanceof Error) reject(error);
      else resolve(data ? { ...data } : null);
    });
  });
}

describe("a write under way while its session ends", () => {
  const endings: [string, string, (site: TestApp, browser: Browser) => Promise<unknown>][] = [
    ["W19: all revoked", "revoked_by_admin", (site) => site.curfew.sessions.endAll({ userId: "ann" })],
    [
      "W19: revoked by its ref",
      "revoked_by_admin",
      async (site) => {
        const { sessions } = await site.curfew.sessions.list({ userId: "ann" });
        await site.curfew.sessions.end(sessions[0]?.ref ?? "");
      },
    ],
    ["C9: evicted", "evicted", (site) => site.signedIn("ann")],
    ["signed out in another tab", "signed_out", (_site, browser) => browser.fetch("post", "/logout", {})],
    [
      "ended by the clock",
      "absolute",
      (site, browser) => {
        site.clock.advance({ minutes: 30 });
        return browser.standing();
      },
    ],
  ];

  it.each(endings)("X2, %s: nothing comes back", async (_title, reason, end) => {
    const slow = slowRoute();
    const site = await startApp({ defaults: { maxSessionsPerUser: 1 }, configure: slow.configure });
    const browser = await site.signedIn("ann");
    const { value } = browser.sessionCookie ?? { value: "" };
    const answer = browser.fetch("post", "/slow", {});
    await slow.entered;
    await end(site, browser);
    slow.open();
    expect((await answer).status).toBe(200);

    browser.plant("curfew.sid", value);
    expect(await browser.standing()).toBe(reason);
    expect((await browser.fetch("get", "/data")).body).toEqual({});
    const redis = await testRedis();
    const living = (await site.curfew.sessions.list()).sessions.length;
    expect(await redis.keys(`${site.prefix}sess:*`)).toHaveLength(living);
  });
});

describe("express-session's own calls", () => {
  it("C10: session.destroy() ends the session as signed out, once", async () => {
    const { site } = await startWithStore();
    const browser = await site.signedIn("ann");
    expect((await browser.fetch("post", "/destroy", {})).status).toBe(200);
    expect(await browser.standing()).toBe("signed_out");
    expect(site.told("ended")).toMatchObject([{ userId: "ann", reason: "signed_out" }]);
  });

  it("destroy() answers on a request whose cookie is being renewed, by a new secret or a new setting", async () => {
    const first = await startApp();
    const { site } = await startWithStore({
      prefix: first.prefix,
      session: { secret: ["another secret of the tests, just as long", SECRET] },
    });
    const browser = await first.signedIn("ann", { persistent: true });
    browser.server = site.server;
    expect((await browser.fetch("post", "/destroy", {})).status).toBe(200);
    expect(await browser.standing()).toBe("signed_out");
  });

  it("session.regenerate() ends the session and leaves a visitor", async () => {
    const { site } = await startWithStore();
    const browser = await site.signedIn("ann");
    const former = browser.sessionCookie;
    expect((await browser.fetch("post", "/regenerate", {})).status).toBe(200);
    expect(await browser.standing()).toBe("anonymous");
    if (former) browser.cookies.set("curfew.sid", former);
    expect(await browser.standing()).toBe("signed_out");
  });
});

describe("the rest of a request whose session the app has had express-session end", () => {
  type End = (request: Request, done: (error?: unknown) => void) => void;
  const destroy: End = (request, done) => request.session.destroy(done);
  const regenerate: End = (request, done) => request.session.regenerate(done);
  const destroyInPassing: End = (request, done) => {
    request.session.destroy(() => undefined);
    done();
  };

  it.each([
    ["destroy()", destroy],
    ["regenerate(), as passport's logout calls it", regenerate],
    ["destroy(), not waited for", destroyInPassing],
  ])("C10, session.%s: belongs to no user", async (_title, end) => {
    const site = await startApp({
      configure: (app, curfew) => {
        app.use(["/end", "/enter-and-end"], (request, _response, next) => {
          const entered =
            request.baseUrl === "/end" ? Promise.resolve() : curfew.signIn(request, { userId: "bob" });
          entered.then(() => {
            end(request, next);
          }, next);
        });
        app.get(["/end/state", "/enter-and-end/state"], (request, response) => {
          response.json(request.curfew);
        });
        app.get("/end/guarded", curfew.requireSignIn(), (_request, response) => response.json({}));
      },
    });
    const [ann, other] = [await site.signedIn("ann"), await site.signedIn("ann")];
    site.at("1:00");
    const ended = { state: "ended", reason: "signed_out", by: null, endedAt: at("1:00") };
    expect((await ann.fetch("get", "/end/state")).body).toMatchObject(ended);
    expect((await other.fetch("get", "/end/guarded")).body).toMatchObject({ reason: "signed_out" });
    // A session that began in the same request, too.
    const bob = await site.browser();
    expect((await bob.fetch("get", "/enter-and-end/state")).body).toMatchObject(ended);
    const reasons = (): string[] => site.told("ended").map(({ reason }) => reason);
    await vi.waitFor(() => {
      expect(reasons()).toEqual(Array(3).fill("signed_out"));
    });
  });
});

describe("session.save() between a sign-in and its answer", () => {
  it("stores a later change back to the value that the sign-in stored", async () => {
    const site = await startApp({
      configure: (app, curfew) => {
        app.post("/enter", (request, response, next) => {
          const work = async (): Promise<void> => {
            await curfew.signIn(request, { userId: "ann" });
            dataOf(request)["step"] = 1;
            await promisify(request.session.save.bind(request.session))();
            delete dataOf(request)["step"];
            response.json({});
          };
          work().catch(next);
        });
      },
    });
    const browser = await site.browser();
    expect((await browser.fetch("post", "/enter", {})).status).toBe(200);
    expect(await browser.standing()).toBe("in");
    expect((await browser.fetch("get", "/data")).body).toEqual({});
  });
});

describe("the store, asked without a request as a socket server does", () => {
  it("gives the data of a living session, judged like a request's, without counting as activity", async () => {
    const { site, store } = await startWithStore({ defaults: { inactivityLogout: true } });
    const browser = await site.signedIn("ann");
    await browser.fetch("post", "/data", { cart: [1] });
    site.at("14:59.999");
    expect(await readDirectly(store(), sessionIdOf(browser))).toMatchObject({ cart: [1] });
    expect(await browser.state()).toMatchObject({ session: { lastActivityAt: T } });
    site.at("15:00");
    expect(await readDirectly(store(), sessionIdOf(browser))).toBeNull();
    expect(await browser.standing()).toBe("idle");
  });

  it("gives nothing of a session that was revoked, and nothing of an invented id", async () => {
    const { site, store } = await startWithStore();
    const browser = await site.signedIn("ann");
    const id = sessionIdOf(browser);
    await site.curfew.sessions.endAll({ userId: "ann" });
    expect(await readDirectly(store(), id)).toBeNull();
    expect(await readDirectly(store(), "no-such-id")).toBeNull();
    expect(await readDirectly(store(), `${"x".repeat(32)}.nobody`)).toBeNull();
  });

  it("makes no request that user's because its handler has asked", async () => {
    let stolen = "";
    const site = await startApp({
      configure: (app) => {
        app.get("/peek", (request, response) => {
          request.sessionStore.get(stolen, (_error, data) => {
            response.json({ curfew: request.curfew, hasData: Boolean(data) });
          });
        });
      },
    });
    const [victim, visitor, other] = [
      await site.signedIn("ann"),
      await site.browser(),
      await site.signedIn("bob"),
    ];
    stolen = sessionIdOf(victim);
    const peek = async (browser: Browser) => (await browser.fetch("get", "/peek")).body;
    expect(await peek(visitor)).toEqual({ curfew: { state: "anonymous" }, hasData: true });
    expect(await peek(other)).toMatchObject({ curfew: { session: { userId: "bob" } }, hasData: true });
  });

  it("answers a promise where there is no callback", async () => {
    const { site, store } = await startWithStore();
    const browser = await site.signedIn("ann");
    const get = store().get.bind(store()) as unknown as (id: string) => Promise<Data>;
    expect(await get(sessionIdOf(browser))).toMatchObject({ cookie: { expires: null } });
  });

  it.each(["all", "ids", "length", "clear"])("refuses %s(), which would scan Redis", async (method) => {
    const { store } = await startWithStore();
    const call = (store() as unknown as Record<string, () => unknown>)[method];
    expect(call).toThrow(expect.objectContaining<Partial<CurfewError>>({ code: "unsupported_operation" }));
  });

  it("X3: has no touch that could slide a lifetime", async () => {
    const { site, store } = await startWithStore();
    expect(store().touch).toBeUndefined();
    const browser = await site.signedIn("ann");
    const redis = await testRedis();
    const [key = ""] = await redis.keys(`${site.prefix}sess:*`);
    const ttl = await redis.pttl(key);
    await browser.visit();
    await browser.fetch("post", "/data", { changed: true });
    const after = await redis.pttl(key);
    expect(after).toBeLessThanOrEqual(ttl);
    expect(after).toBeGreaterThan(minutes(29));
  });
});

describe("without a session on the request", () => {
  it("X6: a store that says it is disconnected is answered 503, and is asked again once connected", async () => {
    const { site, store } = await startWithStore();
    const browser = await site.signedIn("ann");
    store().emit("disconnect");
    const refused = await browser.fetch("get", "/account");
    expect(refused.status).toBe(503);
    expect(refused.get("Retry-After")).toMatch(/^[1-9]\d*$/);
    expect(refused.body).toMatchObject({ error: "redis_unavailable" });
    expect((await browser.visit("/state")).status).toBe(503);
    store().emit("connect");
    expect(await browser.standing()).toBe("in");
  });
});
