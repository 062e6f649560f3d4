/** `redis: "embedded:"` and `createTestRedis()`. These tests need no Redis. */
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import express from "express";
import { Redis } from "ioredis";
import request from "supertest";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createCurfew, CurfewError, type Curfew, type LogEntry } from "../../src/index.js";
import { createTestRedis, type TestRedis } from "../../src/testing/index.js";
import { listeningAddresses } from "../harness/listening.js";

function embedded(log: (entry: LogEntry) => void = () => undefined): Curfew {
  const curfew = createCurfew({ redis: "embedded:", log });
  onTestFinished(() => curfew.close());
  return curfew;
}

async function testRedis(): Promise<TestRedis> {
  const redis = await createTestRedis();
  onTestFinished(() => redis.close());
  return redis;
}

const thrownBy = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
};

describe('redis: "embedded:"', () => {
  it("warns once in a process that it loses its data and serves one process", async () => {
    vi.resetModules();
    const { createCurfew: freshCreateCurfew } = await import("../../src/index.js");
    const entries: LogEntry[] = [];
    for (let times = 0; times < 2; times++) {
      const curfew = freshCreateCurfew({ redis: "embedded:", log: (entry) => entries.push(entry) });
      onTestFinished(() => curfew.close());
      await curfew.ready();
    }
    expect(entries).toEqual([
      {
        level: "warn",
        code: "embedded_redis",
        message: expect.stringMatching(/forgets everything at exit and serves this process only/) as string,
      },
    ]);
  });

  it("signs in, keeps the app's data and signs out", async () => {
    const curfew = embedded();
    const app = express();
    app.use(curfew.session({ secret: "for tests only, and 32 characters long" }));
    app.post("/login", async (req, res) => {
      await curfew.signIn(req, { userId: "ann" });
      Object.assign(req.session, { note: "tea" });
      res.sendStatus(204);
    });
    app.get("/note", curfew.requireSignIn(), (req, res) => {
      res.json(req.session);
    });
    await curfew.ready();
    const browser = request.agent(app);
    await browser.post("/login").expect(204);
    expect((await browser.get("/note").expect(200)).body).toMatchObject({ note: "tea" });
    expect(await curfew.sessions.endAll({ userId: "ann" })).toMatchObject({ ended: 1 });
    await browser.get("/note").expect(401);
  });

  it("is empty at every start", async () => {
    const first = embedded();
    await first.ready();
    await first.settings.update({ sessionMinutes: 7 });
    const second = embedded();
    await second.ready();
    expect(await second.settings.get()).toMatchObject({ version: 0 });
  });

  it("is refused with NODE_ENV=production, because a restart would lose every session", () => {
    vi.stubEnv("NODE_ENV", "production");
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    expect(thrownBy(() => createCurfew({ redis: "embedded:" }))).toMatchObject({
      code: "invalid_option",
      details: { option: "redis" },
      shortMessage: expect.stringContaining("NODE_ENV is production") as string,
    });
  });

  it("names the package to install if js-redis-server is missing", async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), "curfew-missing-"));
    onTestFinished(() => rm(elsewhere, { recursive: true }));
    vi.resetModules();
    vi.doMock("node:module", () => ({
      createRequire: () => createRequire(join(elsewhere, "package.json")),
    }));
    onTestFinished(() => {
      vi.doUnmock("node:module");
      vi.resetModules();
    });
    const fresh = await import("../../src/index.js");
    const error = thrownBy(() => fresh.createCurfew({ redis: "embedded:" }));
    expect(error).toBeInstanceOf(CurfewError);
    expect(error).toMatchObject({ code: "embedded_missing", status: 500 });
    const { message } = error as CurfewError;
    expect(message).toContain("npm i -D js-redis-server@0.3.0");
    expect(message).toContain('"overrides": { "js-redis-server": { "ioredis": "$ioredis" } }');
  });
});

describe("createTestRedis", () => {
  it("serves several apps and clients", async () => {
    const { url } = await testRedis();
    const [one, other] = [createCurfew({ redis: url }), createCurfew({ redis: url })];
    for (const curfew of [one, other]) onTestFinished(() => curfew.close());
    await Promise.all([one.ready(), other.ready()]);
    await one.settings.update({ sessionMinutes: 7 });
    expect((await other.settings.get()).settings.sessionMinutes).toBe(7);
  });

  it("is empty after clear()", async () => {
    const redis = await testRedis();
    const client = new Redis(redis.url);
    onTestFinished(() => client.disconnect());
    await client.set("a", 1);
    await redis.clear();
    expect(await client.get("a")).toBeNull();
  });

  it("listens on the loopback interface only", async (context) => {
    const port = Number(new URL((await testRedis()).url).port);
    const addresses = await listeningAddresses(process.pid);
    context.skip(addresses === null, "this system has no /proc/net/tcp");
    expect(addresses?.filter((address) => address.endsWith(`:${port}`))).toEqual([`127.0.0.1:${port}`]);
  });

  it("cannot be reached at another address of this machine", async (context) => {
    const others = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const outside = others.filter(({ internal, family }) => !internal && family === "IPv4");
    context.skip(outside.length === 0, "this machine has no other address");
    const port = Number(new URL((await testRedis()).url).port);
    for (const { address } of outside) expect(await isReachable(address, port)).toBe(false);
    expect(await isReachable("127.0.0.1", port)).toBe(true);
  });
});

function isReachable(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1_000 });
    const settle = (reached: boolean) => () => {
      socket.destroy();
      resolve(reached);
    };
    socket.once("connect", settle(true)).once("error", settle(false)).once("timeout", settle(false));
  });
}
