import express from "express";
import { describe, expect, it, onTestFinished } from "vitest";
import { createCurfew, type SignInOptions } from "../../src/index.js";
import { listen, SECRET, startApp, type TestApp, type TestAppOptions } from "../harness/app.js";
import { proxiedRedis } from "../harness/app-proxy.js";
import { Browser } from "../harness/browser.js";
import type { Answer } from "../harness/http.js";
import { T } from "../harness/policy-fixtures.js";
import { appRedis } from "../harness/redis.js";

/** Resolves when the test says so. */
class Gate {
  open = (): void => undefined;
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

interface Slow {
  readonly site: TestApp;
  /** Begins a sign-in of ann that waits for the gate: in the app's check, or inside `signIn`. */
  begin(
    way: "check" | "place",
    options?: Partial<SignInOptions>,
  ): Promise<{ browser: Browser; finish: () => Promise<number> }>;
}

/** A site whose sign-ins take as long as a test wants. */
async function startSlow(more: TestAppOptions = {}): Promise<Slow> {
  const gates: Gate[] = [];
  const arrived: Gate[] = [];
  const wait = async (): Promise<void> => {
    const gate = gates.shift();
    arrived.shift()?.open();
    await gate?.opened;
  };
  const site = await startApp({
    defaults: { trackLocation: true },
    locate: async () => {
      await wait();
      return null;
    },
    configure: (app, curfew) => {
      app.post("/slow/:way", async (request, response) => {
        const { receivedAt } = request.curfew;
        const options = JSON.parse(request.get("x-options") ?? "{}") as Partial<SignInOptions>;
        if (request.params.way === "check") await wait();
        const passes = options.authenticatedAt === -1;
        const { authenticatedAt: _given, ...own } = options;
        await curfew.signIn(request, {
          userId: "ann",
          ...own,
          ...(passes ? { authenticatedAt: receivedAt } : {}),
        });
        response.json({});
      });
      app.post("/reset", async (request, response) => {
        await curfew.sessions.endAll({ userId: "ann", actor: "ann" });
        await curfew.signIn(request, { userId: "ann" });
        response.json({});
      });
    },
    ...more,
  });
  return {
    site,
    begin: async (way, options = {}) => {
      const browser = await site.browser();
      const [gate, here] = [new Gate(), new Gate()];
      gates.push(gate);
      arrived.push(here);
      const sent = fetchSlow(browser, way, options);
      await here.opened;
      return {
        browser,
        finish: async () => {
          gate.open();
          return (await sent).status;
        },
      };
    },
  };
}

function fetchSlow(browser: Browser, way: string, options: object): Promise<Answer> {
  const headers = browser.named({ "x-options": JSON.stringify(options) });
  return browser.send(`/slow/${way}`, { headers, body: {} });
}

/** Marks the `receivedAt` of the request that signs in. */
const RECEIVED = { authenticatedAt: -1 };
const endAll = (site: TestApp): Promise<unknown> =>
  site.curfew.sessions.endAll({ userId: "ann", actor: "ann" });

describe("M35: a sign-in whose user's sessions were all ended meanwhile", () => {
  it.each<["check" | "place", Partial<SignInOptions>]>([
    ["place", {}],
    ["place", RECEIVED],
    ["check", RECEIVED],
    ["place", { kind: "api" }],
    ["check", { ...RECEIVED, kind: "embed" }],
  ])("is refused while it waits in %s, with %j, at equal milliseconds too", async (way, options) => {
    const { site, begin } = await startSlow();
    const { browser, finish } = await begin(way, options);
    await endAll(site);
    expect(await finish()).toBe(401);
    expect(browser.sessionCookie).toBeUndefined();
    expect(await browser.standing()).toBe("anonymous");
    expect((await site.curfew.sessions.list({ userId: "ann" })).sessions).toEqual([]);
  });

  it("is refused beside sessions that the user has, and evicts none", async () => {
    const { site, begin } = await startSlow({ defaults: { trackLocation: true, maxSessionsPerUser: 1 } });
    const owner = await site.signedIn("ann");
    const state = await owner.state();
    const { finish } = await begin("place");
    const except = state.state === "active" ? state.session.ref : "";
    await site.curfew.sessions.endAll({ userId: "ann", actor: "ann", except });
    expect(await finish()).toBe(401);
    expect(await owner.standing()).toBe("in");
  });

  it("is refused also after a second end in the same millisecond", async () => {
    const { site, begin } = await startSlow();
    await endAll(site);
    const { finish } = await begin("place");
    await endAll(site);
    expect(await finish()).toBe(401);
  });

  it("says what to do", async () => {
    const seen: unknown[] = [];
    const site = await startApp({
      configure: (app, curfew) => {
        app.post("/late", async (request, response) => {
          await endAll(site);
          const { receivedAt: authenticatedAt } = request.curfew;
          await curfew
            .signIn(request, { userId: "ann", authenticatedAt })
            .catch((error: unknown) => seen.push(error));
          response.json({});
        });
      },
    });
    await (await site.browser()).fetch("post", "/late", {});
    expect(seen).toEqual([expect.objectContaining({ code: "authentication_expired", status: 401 })]);
  });
});

describe("M35: a sign-in that began later", () => {
  it("is let in: a millisecond after the end, with and without authenticatedAt", async () => {
    const { site, begin } = await startSlow();
    await endAll(site);
    site.at("0:00.001");
    for (const options of [{}, RECEIVED]) {
      const { browser, finish } = await begin("place", options);
      expect(await finish()).toBe(200);
      expect(await browser.standing()).toBe("in");
    }
  });

  it("is let in within the same request as the end, where it leaves authenticatedAt out", async () => {
    const { site } = await startSlow({ locate: () => null });
    const browser = await site.browser();
    expect((await browser.fetch("post", "/reset", {})).status).toBe(200);
    expect(await browser.standing()).toBe("in");
  });

  it("is not disturbed by the end of one session, or of another user's", async () => {
    const { site, begin } = await startSlow();
    const { finish } = await begin("check", RECEIVED);
    const other = await site.signedIn("ann");
    const state = await other.state();
    if (state.state === "active") await site.curfew.sessions.end(state.session.ref, { actor: "ann" });
    await site.curfew.sessions.endAll({ userId: "bob", actor: "bob" });
    expect(await finish()).toBe(200);
  });
});

describe("M35: req.curfew.receivedAt", () => {
  it("is the arrival on the deciding clock in every state, and JSON leaves it out", async () => {
    const seen: unknown[] = [];
    const site = await startApp({
      configure: (app, curfew) => {
        app.post("/look", async (request, response) => {
          const look = (): unknown => seen.push([request.curfew.state, request.curfew.receivedAt]);
          look();
          site.at("0:05");
          await curfew.signIn(request, { userId: "ann" });
          look();
          await curfew.signOut(request);
          look();
          response.json(request.curfew);
        });
      },
    });
    const browser = await site.browser();
    const answer = await browser.fetch("post", "/look", {});
    expect(seen).toEqual([
      ["anonymous", T],
      ["active", T],
      ["ended", T],
    ]);
    expect(answer.body).not.toHaveProperty("receivedAt");
  });

  it.each(["sign-in", "token"])(
    "M21: lets the first %s of a process pass that has not heard of Redis's clock",
    async (kind) => {
      const site = await startApp();
      // The revocation is a minute old, so that a slow machine cannot make the sign-in older than the revocation.
      site.clock.set(Date.now() - 60_000);
      await site.signedIn("ann");
      await site.curfew.sessions.endAll({ userId: "ann" });
      const fresh = createCurfew({
        redis: await appRedis(),
        prefix: site.prefix,
        sessionPrefix: `${site.prefix}sess:`,
        log: () => undefined,
      });
      onTestFinished(() => fresh.close());
      const app = express();
      app.use(fresh.session({ secret: SECRET }));
      const arrivals: number[] = [];
      app.post("/login", async (incoming, response) => {
        arrivals.push(incoming.curfew.receivedAt);
        const options = { userId: "ann", authenticatedAt: incoming.curfew.receivedAt };
        await (kind === "token" ? fresh.bearer().issue(incoming, options) : fresh.signIn(incoming, options));
        response.json({});
      });
      const browser = new Browser(await listen(app));
      expect((await browser.fetch("post", "/login", {})).status).toBe(200);
      expect(arrivals).toEqual([0]);
    },
  );

  it("is Redis's time, a little early at most, also where Redis is slow", async () => {
    const proxy = await proxiedRedis();
    const seen: number[] = [];
    const site = await startApp({
      redis: proxy.redis,
      realClock: true,
      configure: (app) => {
        app.get("/when", (request, response) => {
          seen.push(request.curfew.receivedAt);
          response.json({});
        });
      },
    });
    const browser = await site.browser();
    proxy.latencyMs = 100;
    await browser.signIn("ann");
    const before = Date.now();
    await browser.fetch("get", "/when");
    const [at = 0] = seen;
    // Redis runs on this machine, so its clock is this process's.
    expect(at).toBeGreaterThan(before - 400);
    expect(at).toBeLessThanOrEqual(Date.now());
  });
});
