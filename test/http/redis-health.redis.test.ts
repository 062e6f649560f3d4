/** Reports of an app about its Redis: at start, in health routes, and where Redis refuses commands. */
import express from "express";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { createCurfew, type Curfew, type LogEntry } from "../../src/index.js";
import { dataOf, listen, SECRET, startApp } from "../harness/app.js";
import { proxiedRedis } from "../harness/app-proxy.js";
import { Browser } from "../harness/browser.js";
import { startPacedProxy } from "../harness/paced-proxy.js";
import { freshPrefix } from "../harness/redis.js";
import { startRedis, type RedisServer } from "../harness/redis-server.js";

let server: RedisServer;
let admin: Redis;

beforeAll(async () => {
  server = await startRedis();
  admin = new Redis(server.url);
});
afterAll(async () => {
  admin.disconnect();
  await server.stop();
});

function open(url: string): { readonly curfew: Curfew; readonly log: LogEntry[] } {
  const log: LogEntry[] = [];
  const curfew = createCurfew({ redis: url, log: (entry) => log.push(entry) });
  onTestFinished(() => curfew.close());
  return { curfew, log };
}

/** Creates a Redis user. @returns the URL with this user */
async function urlOf(user: string, ...rights: string[]): Promise<string> {
  await admin.call("ACL", "SETUSER", user, "reset", "on", ">pw", "~*", ...rights);
  return server.url.replace("redis://", `redis://${user}:pw@`);
}

describe("M29: ready()", () => {
  it.each([
    ["reads", ["+@all", "-mget"], "MGET"],
    ["asks for the time", ["+@all", "-time"], "TIME"],
    ["runs a script", ["+@all", "-evalsha"], "EVALSHA"],
    ["writes", ["+@all", "-set"], "SET"],
  ])(
    "%s as a request does, and a refused command is one warning with its cause",
    async (_what, rights, name) => {
      const { curfew, log } = open(await urlOf(`no-${name}`, ...rights));
      for (let times = 0; times < 2; times++)
        await expect(curfew.ready({ timeoutMs: 300 })).rejects.toMatchObject({
          code: "redis_unavailable",
          shortMessage: expect.stringContaining("NOPERM") as string,
        });
      expect(log).toEqual([
        {
          level: "warn",
          code: "redis_refused",
          message: expect.stringMatching(`^Redis refuses the command ${name}: NOPERM `) as string,
        },
      ]);
    },
  );

  it("fails where the memory is full, which refuses sign-ins", async () => {
    const full = await startRedis({ args: ["--maxmemory", "1"] });
    onTestFinished(() => full.stop());
    const { curfew, log } = open(full.url);
    await expect(curfew.ready({ timeoutMs: 300 })).rejects.toMatchObject({
      shortMessage: expect.stringContaining("OOM") as string,
    });
    expect(log.map(({ code }) => code)).toEqual(["redis_refused"]);
  });

  it("leaves no key", async () => {
    const empty = await startRedis();
    onTestFinished(() => empty.stop());
    await open(empty.url).curfew.ready();
    const client = new Redis(empty.url);
    onTestFinished(() => client.disconnect());
    await vi.waitFor(async () => expect(await client.dbsize()).toBe(0));
  });
});

describe("M29: a connection that Redis closes because it is idle", () => {
  it("is opened again without a warning", async () => {
    const { curfew, log } = open(server.url);
    await curfew.ready();
    await admin.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await curfew.ready();
    expect(log).toEqual([]);
  });
});

describe("M21: in the first moment of an app", () => {
  it("a change of settings and an end of sessions work without ready()", async () => {
    const { curfew } = open(server.url);
    await expect(curfew.settings.update({ sessionMinutes: 7 })).resolves.toMatchObject({ version: 1 });
    const other = open(server.url).curfew;
    await expect(other.sessions.endAll({ userId: "ann" })).resolves.toMatchObject({ ended: 0 });
  });

  it("a sign-in, and a signed-in user's page in a process that has just started, work without ready()", async () => {
    const proxy = await proxiedRedis();
    proxy.latencyMs = 50;
    const prefix = freshPrefix("first");
    const browser = new Browser();
    const statuses: number[] = [];
    for (let process = 0; process < 2; process++) {
      const app = express();
      const curfew = createCurfew({ redis: proxy.redis, prefix, log: () => undefined });
      onTestFinished(() => curfew.close());
      app.use(curfew.session({ secret: SECRET }));
      app.post("/login", (request, response, next) => {
        curfew.signIn(request, { userId: "ann" }).then(() => response.json({}), next);
      });
      app.get("/page", curfew.requireSignIn(), (_request, response) => {
        response.json({});
      });
      browser.server = await listen(app);
      if (process === 0) statuses.push((await browser.fetch("post", "/login", {})).status);
      else statuses.push((await browser.fetch("get", "/page")).status);
    }
    expect(statuses).toEqual([200, 200]);
  });

  it("an app without Redis answers as soon as the connection is refused", async () => {
    const { curfew } = open("redis://127.0.0.1:1");
    const start = performance.now();
    await expect(curfew.settings.get()).rejects.toMatchObject({ code: "redis_unavailable" });
    expect(performance.now() - start).toBeLessThan(900);
  });

  it("a Redis that never greets is waited for once, half of timeoutMs", async () => {
    const frozen = await startRedis();
    onTestFinished(() => frozen.stop());
    frozen.signal("SIGSTOP");
    const curfew = createCurfew({ redis: frozen.url, timeoutMs: 1_000, log: () => undefined });
    onTestFinished(() => curfew.close());
    const took: number[] = [];
    for (let times = 0; times < 2; times++) {
      const start = performance.now();
      await expect(curfew.settings.get()).rejects.toMatchObject({ code: "redis_unavailable" });
      took.push(performance.now() - start);
    }
    expect(took[0]).toBeGreaterThan(400);
    expect(took[0]).toBeLessThan(1_000);
    expect(took[1]).toBeLessThan(200);
  });
});

describe("M31: a reply that is still arriving", () => {
  /** Opens two sessions, one with large data, on an app whose Redis is behind a slow network. */
  async function start() {
    // Eight megabytes take 800 ms; a silent Redis is waited for 750 ms.
    const proxy = await startPacedProxy(server.url, 10_000);
    onTestFinished(() => {
      proxy.close();
    });
    const addRoute: NonNullable<Parameters<typeof startApp>[0]>["configure"] = (app) => {
      app.post("/fill", (request, response) => {
        dataOf(request)["data"] = "x".repeat(8e6);
        response.json({});
      });
    };
    const near = await startApp({ redis: server.url, configure: addRoute });
    const far = await startApp({
      redis: proxy.url,
      prefix: near.prefix,
      timeoutMs: 1_500,
      clock: near.clock,
    });
    const [big, small] = [await near.signedIn("big"), await near.signedIn("small")];
    await big.fetch("post", "/fill", {});
    for (const browser of [big, small]) browser.server = far.server;
    return { big, small, near };
  }

  it("leaves its user the time for an extension, a re-authentication and a sign-out", async () => {
    const { big, near } = await start();
    near.at("28:30");
    const statuses: number[] = [];
    for (const ask of [
      () => big.extend(),
      () => big.reauthenticate(),
      () => big.fetch("post", "/logout", {}),
    ])
      statuses.push((await ask()).status);
    expect(statuses).toEqual([200, 200, 200]);
    expect(await big.standing()).toBe("signed_out");
  });

  it("is waited for, and other requests are served", async () => {
    const { big, small } = await start();
    const pages = [big.fetch("get", "/account")];
    for (let times = 0; times < 20; times++) {
      pages.push(small.fetch("get", "/account"));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect((await Promise.all(pages)).map(({ status }) => status)).toEqual(pages.map(() => 200));
  });
});
