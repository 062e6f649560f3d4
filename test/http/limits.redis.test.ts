import { randomBytes } from "node:crypto";
import request from "supertest";
import { Redis } from "ioredis";
import { describe, expect, it, onTestFinished } from "vitest";
import { lookerApi } from "../../src/dialects/looker/index.js";
import { ROUTES } from "../../src/http/routes/route-table.js";
import { startApp, type TestApp, type TestAppOptions } from "../harness/app.js";
import { PASSWORD, type Browser } from "../harness/browser.js";
import { freshPrefix, testRedis } from "../harness/redis.js";
import { startRedis } from "../harness/redis-server.js";
import { steppedClient } from "../harness/stepped-client.js";

/** Starts two processes' worth of one app: two instances on one Redis with the same keys. */
async function startTwo(options: TestAppOptions = {}): Promise<[TestApp, TestApp]> {
  const prefix = freshPrefix("curfew");
  return [await startApp({ ...options, prefix }), await startApp({ ...options, prefix })];
}

/** Sends a browser's guess to any instance. */
function guess({ server }: TestApp, browser: Browser, password: string): request.Test {
  return request(server).post("/curfew/reauth").set("Cookie", browser.cookieHeader).send({ password });
}

describe("M40: wrong tries at POST /reauth", () => {
  it("M40: are counted over all processes, say how many are left, and then get 429", async () => {
    const [one, two] = await startTwo();
    const ann = await one.signedIn("ann");
    for (const triesLeft of [4, 3, 2, 1, 0]) {
      const wrong = await guess(triesLeft % 2 === 0 ? one : two, ann, "guess");
      expect([wrong.status, wrong.body]).toEqual([
        403,
        expect.objectContaining({ error: "bad_credentials", triesLeft }),
      ]);
    }
    for (const site of [one, two]) {
      const blocked = await guess(site, ann, PASSWORD);
      expect([blocked.status, blocked.body]).toEqual([
        429,
        expect.objectContaining({ error: "too_many_tries" }),
      ]);
      expect(Number(blocked.get("Retry-After"))).toBeGreaterThan(0);
      expect(Number(blocked.get("Retry-After"))).toBeLessThanOrEqual(60);
    }
  });

  it("M40: a thief with one cookie keeps the owner neither from a sign-in nor from the owner's other session", async () => {
    const site = await startApp();
    const stolen = await site.signedIn("ann");
    const owner = await site.signedIn("ann");
    for (let i = 0; i < 100; i++) await guess(site, stolen, "guess");
    expect((await guess(site, stolen, PASSWORD)).status).toBe(429);
    expect((await guess(site, owner, PASSWORD)).status).toBe(200);
    const elsewhere = await site.signedIn("ann");
    expect((await guess(site, elsewhere, PASSWORD)).status).toBe(200);
  });

  it("M40: of all sessions of a user together have a limit, and other users are untouched", async () => {
    const site = await startApp({ routes: { verify: () => false, reauthTriesPerMinute: 1 } });
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++) statuses.push((await guess(site, await site.signedIn("ann"), "x")).status);
    expect(statuses).toEqual([403, 403, 403, 403, 429, 429]);
    expect((await guess(site, await site.signedIn("bob"), "x")).status).toBe(403);
  });

  it("M40: of one session have a limit a day too, and the user's other sessions are untouched", async () => {
    const site = await startApp({ routes: { verify: () => false, reauthTriesPerMinute: 1 } });
    const ann = await site.signedIn("ann");
    const redis = await testRedis();
    const passMinute = async (): Promise<void> => {
      const counters = await redis.keys(`${site.prefix}n:*`);
      for (const key of counters) if ((await redis.pttl(key)) <= 60_000) await redis.del(key);
    };
    for (let i = 0; i < 20; i++) {
      expect((await guess(site, ann, "x")).status).toBe(403);
      await passMinute();
    }
    const blocked = await guess(site, ann, "x");
    expect(blocked.status).toBe(429);
    expect(Number(blocked.get("Retry-After"))).toBeGreaterThan(80_000);
    expect((await guess(site, await site.signedIn("ann"), "x")).status).toBe(403);
  });

  it("M40: that are sent at once are no more than the limit", async () => {
    let asked = 0;
    const verify = async (): Promise<boolean> => {
      asked += 1;
      await new Promise(setImmediate);
      return false;
    };
    const [one, two] = await startTwo({ routes: { verify } });
    const ann = await one.signedIn("ann");
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => guess(i % 2 === 0 ? one : two, ann, "x")),
    );
    expect(asked).toBe(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(35);
  });

  it("M40: count only if they are wrong", async () => {
    const site = await startApp({
      routes: { verify: ({ body }) => JSON.stringify(body).includes("right"), reauthTriesPerMinute: 1 },
    });
    const ann = await site.signedIn("ann");
    for (let i = 0; i < 3; i++) {
      const answer = await ann.reauthenticate("right");
      expect(answer.status).toBe(200);
    }
    expect((await ann.reauthenticate("wrong")).body).toMatchObject({ triesLeft: 0 });
    expect((await ann.reauthenticate("right")).status).toBe(429);
  });
});

describe("M40: the counters in Redis", () => {
  it("M40: have a TTL, and neither a user id, an address nor a session id in their names", async () => {
    const userId = `ann-${randomBytes(6).toString("hex")}`;
    const site = await startApp({
      configure: (app, curfew) => {
        app.get("/limited", curfew.limitRequests({ name: "test", perMinute: 5 }), (_request, response) => {
          response.end();
        });
      },
    });
    const ann = await site.signedIn(userId);
    await guess(site, ann, "x");
    await ann.fetch("get", "/limited");
    const redis = await testRedis();
    const keys = await redis.keys(`${site.prefix}n:*`);
    expect(keys.length).toBe(4);
    for (const key of keys) {
      expect(await redis.pttl(key)).toBeGreaterThan(0);
      expect(key).not.toContain(userId);
      expect(key).not.toContain("127.0.0.1");
      const state = await ann.state();
      expect(key).not.toContain(state.state === "active" ? state.session.ref : "?");
    }
  });

  it("M40: that hold no number count as full until they end, and those without a TTL begin again", async () => {
    const site = await startApp();
    const ann = await site.signedIn("ann");
    await guess(site, ann, "x");
    const redis = await testRedis();
    const [key = ""] = await redis.keys(`${site.prefix}n:tries:*`);
    await redis.set(key, "many", "PX", 60_000);
    expect((await guess(site, ann, PASSWORD)).status).toBe(429);
    await redis.set(key, "many");
    await expect
      .poll(async () => (await guess(site, ann, PASSWORD)).status, { timeout: 5_000, interval: 200 })
      .toBe(200);
  });
});

describe("M40: requests to the routes", () => {
  it.each(ROUTES)(
    "G11: $method $path gets 429 with Retry-After above its limit, in each process",
    async (route) => {
      const [one, two] = await startTwo({ routes: { reauthUrl: () => "/sso", verify: () => false } });
      const ann = await one.signedIn("ann");
      const redis = await testRedis();
      const code = route.countsItself ? "too_many_tries" : "too_many_requests";
      const path = `/curfew${route.path.replace(":ref", "x".repeat(21))}`;
      const send = ({ server }: TestApp) =>
        request(server)[route.method](path).set("Cookie", ann.cookieHeader);
      const first = send(one).send(route.method === "get" ? undefined : { idleMs: -1, password: "x" });
      const answered = first.then(
        () => undefined,
        () => undefined,
      );
      const counters = (): Promise<string[]> => redis.keys(`${one.prefix}n:route-${route.handler}:*`);
      await expect.poll(counters).toHaveLength(1);
      // The answer of a stream does not end by itself.
      if (route.handler === "events") first.abort();
      await answered;
      const used = await counters();
      if (route.handler === "logout") return;
      await redis.set(used[0] ?? "", String(route.perMinute), "PX", 30_000);
      // The second answer of a process comes from its memory.
      for (const site of [one, two, one]) {
        const answer = await send(site);
        expect([answer.status, answer.body]).toEqual([429, expect.objectContaining({ error: code })]);
        expect(JSON.stringify(answer.body)).not.toMatch(/\d\.\d/);
        expect(Number(answer.get("Retry-After"))).toBeLessThanOrEqual(30);
        expect(answer.get("Cache-Control")).toBe("no-store");
      }
      expect(await ann.standing()).toBe("in");
    },
  );

  it("G11: the Looker API counts an address over all processes", async () => {
    const configure: TestAppOptions["configure"] = (app, curfew) => {
      app.use("/api/4.0", lookerApi(curfew, { authorize: () => true, requestsPerMinute: 3 }));
    };
    const [one, two] = await startTwo({ configure });
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++)
      statuses.push((await request((i % 2 === 0 ? one : two).server).get("/api/4.0/session_config")).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429, 429]);
  });

  it("G11: a flood becomes a few commands", async () => {
    const server = await startRedis();
    const site = await startApp({
      redis: server.url,
      // The test counts commands. A busy machine must not make an answer late.
      timeoutMs: 5_000,
      configure: (app, curfew) => {
        app.get("/limited", curfew.limitRequests({ name: "test", perMinute: 10 }), (_request, response) => {
          response.end();
        });
      },
    });
    const redis = new Redis(server.url);
    onTestFinished(() => {
      redis.disconnect();
    });
    const calls = async (): Promise<number> =>
      Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.info("commandstats"))?.[1] ?? 0);
    const before = await calls();
    const answers = await Promise.all(
      Array.from({ length: 300 }, () => request(site.server).get("/limited")),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(290);
    // A busy machine spreads the requests over more turns, and so over more commands.
    expect((await calls()) - before).toBeLessThan(150);
  });

  it("M40: are answered 503 while the counter can't be read", async () => {
    const redis = await startRedis();
    const site = await startApp({
      redis: redis.url,
      timeoutMs: 200,
      configure: (app, curfew) => {
        app.get("/limited", curfew.limitRequests({ name: "test", perMinute: 10 }), (_request, response) => {
          response.end();
        });
      },
    });
    await redis.stop();
    const answer = await request(site.server).get("/limited");
    expect([answer.status, answer.get("Retry-After")]).toEqual([503, "1"]);
  });
});

describe("M39: the name of a counter", () => {
  it("tells nothing of an address: two sites count one address under different names", async () => {
    const hashes: (string | undefined)[] = [];
    for (let n = 0; n < 2; n++) {
      const site = await startApp({
        configure(app, curfew) {
          app.get("/limited", curfew.limitRequests({ name: "test", perMinute: 10 }), (_request, response) => {
            response.end();
          });
        },
      });
      await request(site.server).get("/limited").expect(200);
      const [key] = await (await testRedis()).keys(`${site.prefix}n:*`);
      hashes.push(key?.split(":").at(-1));
    }
    expect(hashes[0]).toMatch(/^[\w-]+$/);
    expect(hashes[0]).not.toBe(hashes[1]);
  });
});

describe("M40: requests at once to a process that has just started", () => {
  it("read the key of the counters' names once", async () => {
    const steps = await steppedClient();
    const site = await startApp({
      redis: steps.client,
      configure(app, curfew) {
        app.get("/limited", curfew.limitRequests({ name: "test", perMinute: 100 }), (_request, response) => {
          response.end();
        });
      },
    });
    const first = steps.hold("GET tags");
    // A second read would be answered 503.
    steps.fail("GET tags");
    const answers = Promise.all(Array.from({ length: 20 }, () => request(site.server).get("/limited")));
    await first.reached;
    first.release();
    expect((await answers).map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
  });
});
