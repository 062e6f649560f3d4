/** `settings.observe`: proposed settings count the sessions that they would end, and end none. */
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Curfew } from "../../src/index.js";
import { replaceText } from "../../src/state/scripts.generated.js";
import { startApp, type TestApp } from "../harness/app.js";
import { testRedis } from "../harness/redis.js";
import { steppedClient } from "../harness/stepped-client.js";

afterEach(() => {
  vi.useRealTimers();
});

/** Returns the counts, once the writes after the answers are done. */
async function counted(curfew: Curfew, sessions: number): Promise<unknown> {
  await vi.waitFor(async () => {
    expect((await curfew.settings.observed())?.sessions).toBe(sessions);
  });
  return (await curfew.settings.observed())?.ends;
}

/** Starts the app with a duration of one day, and observes one hour with inactivity logout. */
async function startObserved(): Promise<TestApp> {
  const site = await startApp();
  await site.curfew.settings.update({ sessionMinutes: 1440 });
  await site.curfew.settings.observe({ sessionMinutes: 60, inactivityLogout: true }, { actor: "root" });
  return site;
}

describe("observing settings", () => {
  it("counts a session once, by the reason of its first end, and ends no session", async () => {
    const site = await startObserved();
    const [ann, bob, eve] = await Promise.all(["ann", "bob", "eve"].map((user) => site.signedIn(user)));
    site.at("14:59");
    for (const browser of [ann, bob, eve]) expect((await browser?.visit())?.status).toBe(200);
    site.at("29:59"); // 15 minutes after the last click: idle
    for (let i = 0; i < 3; i++) expect((await ann?.visit())?.status).toBe(200);
    for (const minute of ["28:00", "41:00", "54:00"]) {
      site.at(minute);
      await bob?.visit();
    }
    site.at("60:00"); // absolute
    for (const browser of [bob, ann]) expect((await browser?.visit())?.status).toBe(200);
    expect(await counted(site.curfew, 2)).toEqual([
      { day: "2026-01-05", reason: "idle", sessions: 1 },
      { day: "2026-01-05", reason: "absolute", sessions: 1 },
    ]);
    expect(site.told("ended")).toEqual([]);
    expect((await site.curfew.settings.get()).settings).toMatchObject({ sessionMinutes: 1440 });
  });

  it("counts a browser that a limit would have evicted", async () => {
    const site = await startApp();
    await site.curfew.settings.observe({ maxSessionsPerUser: 1 });
    const first = await site.signedIn("ann");
    const second = await site.signedIn("ann");
    for (const browser of [first, second]) expect((await browser.visit()).status).toBe(200);
    expect(await counted(site.curfew, 1)).toMatchObject([{ reason: "evicted", sessions: 1 }]);
  });

  it("C11: a newer browser that is idle for too long evicts none, in the counts and in a preview", async () => {
    const site = await startApp({ defaults: { inactivityLogout: true, idleMinutes: 15 } });
    const first = await site.signedIn("ann");
    const second = await site.signedIn("ann");
    site.at("14:00");
    expect((await first.visit()).status).toBe(200);
    site.at("20:00"); // the second is over, and no request has found it
    const { endedSessions, countedSessions } = await site.curfew.settings.preview({ maxSessionsPerUser: 1 });
    expect([endedSessions, countedSessions]).toEqual([0, 1]);
    await site.curfew.settings.observe({ maxSessionsPerUser: 1 });
    for (let i = 0; i < 3; i++) expect((await first.visit()).status).toBe(200);
    const third = await site.signedIn("ann");
    expect((await first.visit()).status).toBe(200);
    expect(await counted(site.curfew, 1)).toMatchObject([{ reason: "evicted", sessions: 1 }]);
    expect([await second.standing(), await third.standing()]).toEqual(["idle", "in"]);
  });

  it("begins in another process within ten seconds, and each session is counted once by both", async () => {
    vi.useFakeTimers({ toFake: ["setInterval"] });
    const site = await startApp();
    const { prefix } = site;
    const other = await startApp({ prefix, clock: site.clock });
    const ann = await site.signedIn("ann");
    await site.curfew.settings.observe({ sessionMinutes: 15 });
    site.at("16:00");
    const visitOther = async () => {
      ann.server = other.server;
      expect((await ann.visit()).status).toBe(200);
      ann.server = site.server;
    };
    await visitOther();
    expect(await counted(site.curfew, 0)).toEqual([]);
    vi.advanceTimersByTime(10_000);
    await vi.waitFor(async () => {
      await visitOther();
      expect((await site.curfew.settings.observed())?.sessions).toBe(1);
    });
    await ann.visit();
    const redis = await testRedis();
    const [key = ""] = await redis.keys(`${prefix}w:*`);
    await vi.waitFor(async () => {
      expect(await redis.hlen(key)).toBe(2);
    });
    expect(await counted(site.curfew, 1)).toMatchObject([{ reason: "absolute", sessions: 1 }]);
  });

  it("ends after its days, or at once, and the counts stay", async () => {
    const site = await startApp();
    await site.curfew.settings.update({ sessionMinutes: 60 * 24 * 30 });
    const ann = await site.signedIn("ann");
    const bob = await site.signedIn("bob");
    await site.curfew.settings.observe({ sessionMinutes: 30 }, { days: 1 });
    site.at("60:00");
    await ann.visit();
    await counted(site.curfew, 1);
    site.clock.advance({ hours: 23 });
    await bob.visit();
    expect(await site.curfew.settings.observed()).toMatchObject({ isRunning: false, sessions: 1 });
    await site.curfew.settings.observe({ sessionMinutes: 30 }, { days: 1 });
    expect(await site.curfew.settings.stopObserving()).toMatchObject({ isRunning: false, sessions: 0 });
    await bob.visit();
    expect(await site.curfew.settings.observed()).toMatchObject({ isRunning: false, sessions: 0 });
  });

  it("runs on if it began while another one was being ended", async () => {
    const steps = await steppedClient();
    const site = await startApp({ redis: steps.client, timeoutMs: 5_000 });
    const other = await startApp({ prefix: site.prefix, clock: site.clock });
    await site.curfew.settings.observe({ sessionMinutes: 15 });
    const ending = steps.hold(replaceText);
    const stopped = site.curfew.settings.stopObserving();
    await ending.reached;
    await other.curfew.settings.observe({ sessionMinutes: 20 });
    ending.release();
    expect(await stopped).toMatchObject({ isRunning: false, patch: { sessionMinutes: 15 } });
    expect(await site.curfew.settings.observed()).toMatchObject({
      isRunning: true,
      patch: { sessionMinutes: 20 },
    });
    expect(await site.curfew.settings.stopObserving()).toMatchObject({ isRunning: false });
  });

  it("shows the settings as they would be saved, and who began", async () => {
    const site = await startObserved();
    expect(await site.curfew.settings.observed()).toMatchObject({
      actor: "root",
      isRunning: true,
      complete: true,
      patch: { sessionMinutes: 60, inactivityLogout: true },
      settings: { sessionMinutes: 60, inactivityLogout: true, allowPersistentSessions: false },
      coercions: [{ field: "allowPersistentSessions" }],
    });
  });

  it("there is none at first, and an unreadable one counts as none", async () => {
    const site = await startApp();
    expect(await site.curfew.settings.observed()).toBeNull();
    expect(await site.curfew.settings.stopObserving()).toBeNull();
    const redis = await testRedis();
    for (const text of [
      "x",
      "{}",
      '{"id":1}',
      '{"id":"a","since":1,"until":2,"patch":{"sessionMinutes":-1}}',
    ]) {
      await redis.set(`${site.prefix}observed`, text);
      expect(await site.curfew.settings.observed()).toBeNull();
    }
    await redis.del(`${site.prefix}observed`);
    await redis.hset(`${site.prefix}observed`, "a", "b");
    expect(await site.curfew.settings.observed()).toBeNull();
  });

  it.each<[unknown, unknown, RegExp]>([
    [{ sessionMinutes: 1 }, {}, /sessionMinutes/],
    [{}, {}, /needs at least one setting/],
    [{ sessionMinutes: 30 }, { days: 91 }, /from 1 to 90/],
    [{ sessionMinutes: 30 }, { dayz: 1 }, /dayz/],
  ])("refuses %j with %j", async (patch, options, message) => {
    const site = await startApp();
    await expect(site.curfew.settings.observe(patch as never, options as never)).rejects.toThrow(message);
    expect(await site.curfew.settings.observed()).toBeNull();
  });
});
