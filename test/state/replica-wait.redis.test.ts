import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { ActiveState } from "../../src/index.js";
import { startApp, type TestApp, type TestAppOptions } from "../harness/app.js";
import { configure, everyChange, saying } from "../harness/durable-changes.js";
import { follows } from "../harness/redis-sentinel.js";
import { startRedis, type RedisServer } from "../harness/redis-server.js";
import { startTcpProxy } from "../harness/tcp-proxy.js";

const WAIT_MS = 300;
/** The answer comes as soon as it is known, so the long time-out matters only on a failure. */
const PATIENTLY = { timeoutMs: 5_000 };
const args = ["--repl-diskless-sync-delay", "0"];
let master: RedisServer;
let replica: RedisServer;

beforeAll(async () => {
  master = await startRedis({ args });
  replica = await startRedis({ args: ["--replicaof", "127.0.0.1", String(master.port), ...args] });
});
beforeEach(() => follows(replica));
afterAll(() => Promise.all([master.stop(), replica.stop()]));

const start = (options: TestAppOptions = {}): Promise<TestApp> =>
  startApp({
    redis: master.url,
    waitForReplicas: { count: 1, timeoutMs: WAIT_MS },
    configure,
    ...options,
  });

async function startReplicaOf({ port }: RedisServer): Promise<RedisServer> {
  const server = await startRedis({ args: ["--replicaof", "127.0.0.1", String(port), ...args] });
  onTestFinished(() => server.stop());
  await follows(server);
  return server;
}

/** A write's WAIT also covers all earlier writes. */
async function untilReplicasHaveAll(count: number): Promise<void> {
  const client = new Redis(master.url);
  await client.set("until-replicas-have-all", "1");
  expect(await client.wait(count, 5_000)).toBeGreaterThanOrEqual(count);
  client.disconnect();
}

async function whileFrozen(task: () => Promise<void>): Promise<void> {
  replica.signal("SIGSTOP");
  try {
    await task();
  } finally {
    replica.signal("SIGCONT");
  }
}

describe.each([
  ["the package's own connection", () => master.url],
  [
    "the app's own client",
    () => {
      const client = new Redis(master.url, { enableOfflineQueue: true });
      onTestFinished(() => {
        client.disconnect();
      });
      return client;
    },
  ],
] as const)("Q30: over %s a change is", (_name, redis) => {
  it("durable once a replica has it", async () => {
    const site = await start({ redis: redis(), waitForReplicas: PATIENTLY });
    expect(await everyChange(site)).toEqual(saying(true));
  });

  it(
    "made, but not durable, while no replica receives it; one warning says so",
    { timeout: 20_000 },
    async () => {
      const site = await start({ redis: redis() });
      await whileFrozen(async () => {
        expect(await everyChange(site)).toEqual(saying(false));
      });
      expect(site.told("warning").filter(({ code }) => code === "replication_unconfirmed")).toHaveLength(1);
      await follows(replica);
      await expect.poll(() => everyChange(site), { timeout: 8_000 }).toEqual(saying(true));
    },
  );
});

describe("Q30: a caller", () => {
  it("waits no longer than timeoutMs, even if many callers ask at once", async () => {
    const site = await start();
    await Promise.all(Array.from({ length: 20 }, (_, index) => site.signedIn(`user-${index}`)));
    await whileFrozen(async () => {
      const startedAt = performance.now();
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, index) => site.curfew.sessions.endAll({ userId: `user-${index}` })),
      );
      expect(results).toEqual(Array(20).fill({ ended: 1, durable: false }));
      expect(performance.now() - startedAt).toBeLessThan(WAIT_MS + 1_000);
    });
  });

  it("gets the answer for the same change from one wait for all callers", async () => {
    const proxy = await startTcpProxy({ target: master.url });
    onTestFinished(() => proxy.close());
    const site = await start({ redis: proxy.url });
    await site.signedIn("ann");
    proxy.seen.length = 0;
    await Promise.all(Array.from({ length: 20 }, () => site.curfew.sessions.endAll({ userId: "ann" })));
    const waits = proxy.seen.filter((name) => name === "WAIT").length;
    expect(waits).toBeGreaterThan(0);
    expect(waits).toBeLessThan(20);
  });

  it("delays no request", async () => {
    const site = await start({ waitForReplicas: { timeoutMs: 2_000 } });
    const browser = await site.signedIn("ann");
    await whileFrozen(async () => {
      const ending = site.curfew.sessions.endAll({ userId: "nobody" });
      const startedAt = performance.now();
      expect(await browser.standing()).toBe("in");
      expect(performance.now() - startedAt).toBeLessThan(1_000);
      expect(await ending).toEqual({ ended: 0, durable: false });
    });
  });

  it("does not get `durable: true` for a change that the asked server does not have", async () => {
    // Right after a failover requests still go to the old master, but the question goes to the new one.
    const promoted = await startReplicaOf(master);
    await startReplicaOf(promoted);
    const client = new Redis(master.url);
    onTestFinished(() => {
      client.disconnect();
    });
    const duplicate = client.duplicate.bind(client);
    client.duplicate = ((options: object) => duplicate({ ...options, port: promoted.port })) as never;
    const site = await start({ redis: client });
    const browser = await site.browser();
    await browser.fetch("post", "/durable/login");
    const [first, second] = [await site.signedIn("bob"), await site.signedIn("bob")];
    const { session } = (await first.state()) as ActiveState;
    const admin = new Redis(promoted.url);
    await untilReplicasHaveAll(2);
    await admin.replicaof("NO", "ONE");
    admin.disconnect();

    expect((await browser.fetch("post", "/durable/logout")).body).toEqual({ ended: true, durable: false });
    expect(await site.curfew.sessions.end(session.ref)).toEqual({ ended: true, durable: false });
    expect(await site.curfew.sessions.endAll({ userId: "bob" })).toEqual({ ended: 1, durable: false });
    expect((await browser.fetch("post", "/durable/login")).body).toEqual({ durable: false });
    expect(await site.curfew.settings.update({ sessionMinutes: 99 })).toMatchObject({ durable: false });
    expect(await second.standing()).toBe("revoked_by_admin");
  });

  it("gets no answer without the option, and nothing more is sent", async () => {
    const proxy = await startTcpProxy({ target: master.url });
    onTestFinished(() => proxy.close());
    const site = await startApp({ redis: proxy.url, configure });
    expect(await everyChange(site)).toEqual(saying(null));
    expect(proxy.connectionCount).toBe(1);
    expect(proxy.seen).not.toContain("WAIT");
  });
});
