/** The error of ready() without a reachable Redis: the reason, not the state of a connection. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createCurfew, type CurfewError, type RedisOption } from "../../src/index.js";
import { freePort } from "../harness/free-port.js";
import { startRedis, type RedisServer } from "../harness/redis-server.js";
import { startTcpProxy } from "../harness/tcp-proxy.js";

let server: RedisServer;

beforeAll(async () => {
  server = await startRedis({ args: ["--requirepass", "right"] });
});
afterAll(() => server.stop());

async function reason(redis: RedisOption): Promise<string> {
  const curfew = createCurfew({ redis, log: () => undefined });
  onTestFinished(() => curfew.close());
  const error = await curfew.ready({ timeoutMs: 500 }).then(
    () => new Error("it is ready") as CurfewError,
    (thrown: unknown) => thrown as CurfewError,
  );
  expect(error).toMatchObject({ code: "redis_unavailable", status: 503 });
  expect((error.cause as Error).message).toBe(error.shortMessage.replace("Redis can't be reached: ", ""));
  return error.shortMessage;
}

describe("B5: ready() tells why", () => {
  it("the password is wrong", async () => {
    expect(await reason({ host: "127.0.0.1", port: server.port, password: "wrong" })).toMatch(
      /^Redis can't be reached: WRONGPASS .*127\.0\.0\.1:\d+/,
    );
  });

  it("there is none", async () => {
    expect(await reason(server.url)).toMatch(/^Redis can't be reached: NOAUTH /);
  });

  it("the database is not there", async () => {
    const redis = { host: "127.0.0.1", port: server.port, password: "right", db: 99 };
    expect(await reason(redis)).toMatch(/^Redis can't be reached: ERR .*index is out of range/);
  });

  it("no server listens", async () => {
    expect(await reason(`redis://127.0.0.1:${await freePort()}`)).toMatch(
      /^Redis can't be reached: connect ECONNREFUSED/,
    );
  });

  it("it does not answer", async () => {
    const curfew = createCurfew({ redis: `redis://:right@127.0.0.1:${server.port}`, log: () => undefined });
    onTestFinished(() => curfew.close());
    await curfew.ready();
    server.signal("SIGSTOP");
    onTestFinished(() => {
      server.signal("SIGCONT");
    });
    await expect(curfew.ready({ timeoutMs: 300 })).rejects.toMatchObject({
      message: expect.stringMatching(
        /^Redis can't be reached: (?:no answer|the server does not answer)/,
      ) as string,
    });
  });
});

describe("ready() with a long limit", () => {
  it("resolves with a distant Redis, although no timer of Node is that long", async () => {
    const target = `redis://:right@127.0.0.1:${server.port}`;
    const proxy = await startTcpProxy({ target, latencyMs: 50 });
    onTestFinished(() => proxy.close());
    const curfew = createCurfew({ redis: proxy.url });
    onTestFinished(() => curfew.close());
    await expect(curfew.ready({ timeoutMs: 2 ** 32 })).resolves.toBeUndefined();
  });

  it("rejects after close(), although Redis is still away", async () => {
    const curfew = createCurfew({ redis: `redis://127.0.0.1:${await freePort()}`, log: () => undefined });
    const isReady = curfew.ready({ timeoutMs: 60_000 });
    const rejected = expect(isReady).rejects.toMatchObject({ code: "redis_unavailable" });
    await curfew.close();
    await rejected;
  });
});
