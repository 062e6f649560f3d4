import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import type { CurfewError } from "../../src/index.js";
import { startApp, type TestApp, type TestAppOptions } from "../harness/app.js";
import { Browser, PASSWORD } from "../harness/browser.js";
import { setCookiesOf, type Answer } from "../harness/http.js";
import { startRedis, type RedisServer } from "../harness/redis-server.js";
import { startTcpProxy } from "../harness/tcp-proxy.js";

const TIMEOUT_MS = 200;
let server: RedisServer;

beforeAll(async () => {
  server = await startRedis({ persistence: "aof" });
});
afterAll(() => server.stop());

/** An answer, and the time that it took. */
async function timed(answer: Promise<Pick<Answer, "status" | "headers">>) {
  const start = performance.now();
  const { status, headers } = await answer;
  return { status, retryAfter: headers["retry-after"], tookMs: performance.now() - start };
}

async function away(how: "frozen" | "killed", during: () => Promise<void>): Promise<void> {
  if (how === "killed") {
    server.signal("SIGKILL");
  } else {
    server.signal("SIGSTOP");
  }
  try {
    await during();
  } finally {
    if (how === "killed") await server.restart();
    else server.signal("SIGCONT");
  }
}

const start = (options: TestAppOptions = {}): Promise<TestApp> =>
  startApp({ redis: server.url, timeoutMs: TIMEOUT_MS, ...options });

describe.each(["frozen", "killed"] as const)("Q26: with Redis %s", (how) => {
  it("a request with a session cookie gets 503 and Retry-After in time, on every path", async () => {
    const site = await start();
    const browser = await site.signedIn("ann");
    await away(how, async () => {
      for (const ask of [
        () => browser.fetch("get", "/account"),
        () => browser.visit("/account"),
        () => browser.fetch("get", "/data"),
        () => browser.fetch("get", "/curfew/status"),
        () => browser.extend(),
        () => browser.fetch("post", "/logout", {}),
      ]) {
        const { status, retryAfter, tookMs } = await timed(ask());
        expect([status, retryAfter]).toEqual([503, "1"]);
        expect(tookMs).toBeLessThan(TIMEOUT_MS + 300);
      }
    });
    await site.curfew.ready();
    expect(await browser.standing()).toBe("in");
  });

  it("a navigation gets plain text and no redirect to the login page, because its user may be signed in", async () => {
    const site = await start();
    const browser = await site.signedIn("ann");
    await away(how, async () => {
      const page = await browser.visit();
      expect([page.status, page.type]).toEqual([503, "text/plain"]);
      expect(page.get("Cache-Control")).toBe("no-store");
    });
    await site.curfew.ready();
  });

  it("a request without a session cookie is served, and signing in is answered 503 without a cookie", async () => {
    const site = await start();
    const visitor = new Browser(site.server);
    await away(how, async () => {
      expect((await visitor.visit("/login")).status).toBe(200);
      expect(await visitor.standing()).toBe("anonymous");
      const login = visitor.fetch("post", "/login", { userId: "ann", password: PASSWORD });
      const { status, retryAfter, tookMs } = await timed(login);
      expect([status, retryAfter]).toEqual([503, "1"]);
      expect(tookMs).toBeLessThan(TIMEOUT_MS + 300);
      expect(setCookiesOf(await login)).toEqual([]);
    });
    await site.curfew.ready();
    expect((await site.curfew.sessions.list({ userId: "ann" })).sessions).toEqual([]);
  });

  it("every call of the API says so", async () => {
    const site = await start();
    await away(how, async () => {
      const calls = [
        site.curfew.settings.get(),
        site.curfew.settings.update({ sessionMinutes: 40 }),
        site.curfew.settings.preview({}),
        site.curfew.sessions.list(),
        site.curfew.sessions.endAll({ userId: "ann" }),
        site.curfew.ready({ timeoutMs: 1 }),
      ];
      for (const result of await Promise.allSettled(calls))
        expect(result).toMatchObject({
          status: "rejected",
          reason: { code: "redis_unavailable", status: 503 },
        });
    });
    await site.curfew.ready();
    expect((await site.curfew.settings.get()).version).toBe(0);
  });
});

describe("Q26: an app's own client with careless options", () => {
  it("is named at start, is not waited for, and replays nothing later", async () => {
    const client = new Redis(server.url);
    client.on("error", () => undefined);
    const site = await start({ redis: client, timeoutMs: 4_000 });
    expect(site.log.map(({ code }) => code)).toEqual(Array(site.log.length).fill("unsafe_redis_option"));
    const named = site.log.map(({ message }) => /redis option (\w+)/.exec(message)?.[1]);
    expect(named).toEqual([
      "enableOfflineQueue",
      "autoResendUnfulfilledCommands",
      "maxRetriesPerRequest",
      "reconnectOnError",
    ]);
    const browser = await site.signedIn("ann");
    const hasClosed = new Promise((resolve) => client.once("close", resolve));
    await away("killed", async () => {
      await hasClosed;
      const { status, tookMs } = await timed(browser.fetch("get", "/account"));
      expect(status).toBe(503);
      // Not queued in the client, so not waited for.
      expect(tookMs).toBeLessThan(1_000);
      expect((await browser.fetch("post", "/logout", {})).status).toBe(503);
    });
    await site.curfew.ready();
    expect(await browser.standing()).toBe("in");
    await site.curfew.close();
    expect(await client.ping()).toBe("PONG");
    client.disconnect();
  });
});

describe("Q26: an operator", () => {
  it.each(["frozen", "killed"] as const)(
    "gets one warning of an outage, Redis %s",
    async (how) => {
      const site = await start();
      const browser = await site.signedIn("ann");
      const told = (): number =>
        site.told("warning").filter(({ code }) => code === "redis_unavailable").length;
      await away(how, async () => {
        const ask = async (): Promise<boolean> => {
          expect((await browser.fetch("get", "/account")).status).toBe(503);
          return told() > 0;
        };
        await vi.waitUntil(ask, { timeout: 8_000, interval: 20 });
      });
      await site.curfew.ready();
      expect(told()).toBe(1);
    },
    15_000,
  );
});

describe("Q26: an answer that comes too late", () => {
  it("has the script sent no second time, although Redis did not know it", async () => {
    const proxy = await startTcpProxy({ target: server.url });
    onTestFinished(() => proxy.close());
    const site = await start({ redis: proxy.url });
    const browser = await site.signedIn("ann");
    const admin = new Redis(server.url);
    onTestFinished(() => admin.disconnect());
    await admin.script("FLUSH");
    proxy.seen.length = 0;
    proxy.latencyMs = TIMEOUT_MS;
    expect((await browser.fetch("get", "/account")).status).toBe(503);
    proxy.latencyMs = 0;
    // The first is answered after the late answer, the second after all commands that the late answer has sent.
    await vi.waitFor(() => site.curfew.settings.get());
    await site.curfew.settings.get();
    expect(proxy.seen).not.toContain("EVAL");
    expect(await browser.standing()).toBe("in");
  });
});

describe("starting up", () => {
  it("B5: works without Redis, answers 503 and heals when Redis comes", async () => {
    const site = await start();
    const browser = await site.signedIn("ann");
    server.signal("SIGKILL");
    const starting = startApp({
      redis: server.url,
      timeoutMs: TIMEOUT_MS,
      prefix: site.prefix,
      clock: site.clock,
    });
    await server.restart();
    const late = await starting;
    browser.server = late.server;
    expect(await browser.standing()).toBe("in");
    expect(late.told("warning").filter(({ code }) => code === "redis_unavailable").length).toBeLessThan(2);
  });

  it("B3: a Redis that has to load its data is found as soon as it has, however long it said that takes", async () => {
    // A third of a second for each 1,024 keys, between which it answers.
    const slow = await startRedis({ persistence: "aof", args: ["--key-load-delay", "330"] });
    onTestFinished(() => slow.stop());
    const filler = new Redis(slow.url);
    onTestFinished(() => filler.disconnect());
    filler.on("error", () => undefined);
    const keys = filler.pipeline();
    for (let key = 0; key < 15_000; key += 1) keys.set(`filler:${String(key)}`, "x");
    await keys.exec();

    const site = await start({ redis: slow.url });
    const browser = await site.signedIn("ann");
    const restarted = slow.restart();
    const hasten = new Redis(slow.url, { enableReadyCheck: false });
    onTestFinished(() => hasten.disconnect());
    hasten.on("error", () => undefined);
    const eta = async (): Promise<number> =>
      Number(/loading_eta_seconds:(\d+)/.exec(await hasten.info("persistence"))?.[1] ?? "0");
    await vi.waitUntil(async () => (await eta()) > 2, { timeout: 8_000, interval: 50 });
    expect((await browser.fetch("get", "/account")).status).toBe(503);
    // Redis 6 refuses that while it loads, and then takes its time.
    await hasten.config("SET", "key-load-delay", "0").catch(() => undefined);
    await restarted;
    const loadedAt = performance.now();
    await site.curfew.ready();
    expect(performance.now() - loadedAt).toBeLessThan(1_000);
    expect(await browser.standing()).toBe("in");
  }, 20_000);

  it.each([Number.NaN, 0, -1])("B5: ready() does not wait for %s ms", async (timeoutMs) => {
    const site = await start();
    await expect(site.curfew.ready({ timeoutMs })).rejects.toMatchObject({ code: "invalid_option" });
  });

  it.each(["frozen", "killed"] as const)(
    "B5: ready() tells a health route in time, Redis %s",
    async (how) => {
      const site = await start({ timeoutMs: 4_000 });
      const ask = async (): Promise<[number, number]> => {
        const startedAt = performance.now();
        const code = await site.curfew.ready({ timeoutMs: 200 }).then(
          () => 200,
          (error: unknown) => (error as CurfewError).status,
        );
        return [code, performance.now() - startedAt];
      };
      expect((await ask())[0]).toBe(200);
      await away(how, async () => {
        const [status, tookMs] = await ask();
        expect(status).toBe(503);
        expect(tookMs).toBeLessThan(1_000);
      });
      await vi.waitUntil(async () => (await ask())[0] === 200);
    },
  );

  it("close() ends the connection that the package opened", async () => {
    const site = await start();
    await site.curfew.close();
    await expect(site.curfew.settings.get()).rejects.toMatchObject({ code: "redis_unavailable" });
  });
});
