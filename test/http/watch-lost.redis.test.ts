/** Watches without news: lost subscriptions, and Redis users without the right to publish or to subscribe. */
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import type { WatchedEnd } from "../../src/index.js";
import { startApp, type TestApp } from "../harness/app.js";
import { freshPrefix } from "../harness/redis.js";
import { redisRights } from "../harness/redis-rights.js";
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

/** Starts an app whose Redis user has the package's rights, without some of them. */
async function startWithout(prefix: string, refused: readonly string[]): Promise<TestApp> {
  const keys = { prefix, sessionPrefix: `${prefix}sess:` };
  const rights = redisRights(keys).split(" ");
  await admin.call("ACL", "SETUSER", "app", "reset", "on", ">password", ...rights, ...refused);
  return startApp({ prefix, redis: `redis://app:password@127.0.0.1:${String(server.port)}` });
}

/** Watches the session of the user. The function resolves with its end. */
async function watchAnn(site: TestApp): Promise<() => Promise<WatchedEnd>> {
  const { sessions } = await site.curfew.sessions.list({ userId: "ann" });
  const told = new Promise<WatchedEnd>((resolve) => {
    site.curfew.watch(sessions[0]?.ref ?? "", resolve);
  });
  return () => told;
}

function fakeIntervals(): void {
  vi.useFakeTimers({ toFake: ["setInterval"] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
}

async function untilSubscribed({ prefix }: TestApp): Promise<void> {
  for (;;) {
    const [, heard] = (await admin.call("PUBSUB", "NUMSUB", `${prefix}ends`)) as [string, number];
    if (heard > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe("a watch", () => {
  it("finds an end within three minutes if Redis refuses PUBLISH, and the end is recorded all the same", async () => {
    fakeIntervals();
    const site = await startWithout(freshPrefix("curfew"), ["-publish"]);
    const ann = await site.signedIn("ann");
    const told = await watchAnn(site);
    await untilSubscribed(site);
    await site.curfew.sessions.endAll({ userId: "ann" });
    expect(await ann.standing()).toBe("revoked_by_admin");
    vi.advanceTimersByTime(180_000);
    expect((await told()).reason).toBe("revoked_by_admin");
  });

  it("polls every five seconds if Redis refuses the channel, and warns once", async () => {
    fakeIntervals();
    const site = await startWithout(freshPrefix("curfew"), ["resetchannels"]);
    await site.signedIn("ann");
    const told = await watchAnn(site);
    await vi.waitFor(() => {
      expect(site.log.map(({ code }) => code)).toEqual(["redis_refused"]);
    });
    await site.curfew.sessions.endAll({ userId: "ann" });
    vi.advanceTimersByTime(5_000);
    expect((await told()).reason).toBe("revoked_by_admin");
  });

  it("polls every five seconds after a subscription is lost and the next one is refused", async () => {
    fakeIntervals();
    const site = await startWithout(freshPrefix("curfew"), []);
    await site.signedIn("ann");
    const told = await watchAnn(site);
    await untilSubscribed(site);
    // Redis closes the connections of subscribers that lose the right to their channel.
    await admin.call("ACL", "SETUSER", "app", "resetchannels");
    await vi.waitFor(() => {
      expect(site.log.map(({ code }) => code)).toEqual(["redis_refused"]);
    });
    await site.curfew.sessions.endAll({ userId: "ann" });
    vi.advanceTimersByTime(5_000);
    expect((await told()).reason).toBe("revoked_by_admin");
  });

  it("judges its sessions when a lost subscription is back, without a timer", async () => {
    fakeIntervals();
    const prefix = freshPrefix("curfew");
    const site = await startApp({ prefix, redis: server.url });
    const other = await startApp({ prefix, redis: server.url });
    await site.signedIn("ann");
    const told = await watchAnn(site);
    await untilSubscribed(site);
    await admin.call("CLIENT", "KILL", "TYPE", "pubsub");
    await other.curfew.sessions.endAll({ userId: "ann" });
    expect((await told()).reason).toBe("revoked_by_admin");
  });
});
