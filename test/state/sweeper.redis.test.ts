/** Ends that no request finds: deadlines, and recorded ends whose process died. No test waits for a clock. */
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { parseOptions } from "../../src/options.js";
import { Sweeper } from "../../src/state/ends/sweeper.js";
import { openStorage } from "../../src/state/open-storage.js";
import type { Storage } from "../../src/state/storage.js";
import { endRecord } from "../../src/state/scripts.generated.js";
import { APP_FACTS } from "../harness/app-facts.js";
import { proxiedRedis } from "../harness/app-proxy.js";
import { startApp, type TestApp, type TestAppOptions } from "../harness/app.js";
import { appRedis, freshPrefix, testRedis } from "../harness/redis.js";

const IDLE = { inactivityLogout: true, allowPersistentSessions: false, sessionMinutes: 300 };
/** Interval of a process's tries to sweep, in milliseconds. */
const EVERY_MS = 15_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
});

/** Lets all instances sweep, and waits for the sweep's mark in Redis. */
async function sweep(site: TestApp): Promise<void> {
  const redis = await testRedis();
  await redis.del(`${site.prefix}swept`);
  vi.advanceTimersByTime(EVERY_MS);
  while ((await redis.exists(`${site.prefix}swept`)) === 0)
    await new Promise((resolve) => setTimeout(resolve, 5));
}

async function refOf(site: TestApp, userId = "ann"): Promise<string> {
  return (await site.curfew.sessions.list({ userId })).sessions.at(-1)?.ref ?? "";
}

/** Opens the state of an app a second time, as another process does. */
async function storageOf({ prefix, clock }: TestApp): Promise<Storage> {
  const opened = openStorage(
    parseOptions({
      redis: await appRedis(),
      prefix,
      sessionPrefix: `${prefix}sess:`,
      clock,
      log: () => undefined,
    }),
  );
  onTestFinished(() => opened.close());
  await opened.ready();
  return opened.storage;
}

async function dueKeys({ prefix }: TestApp): Promise<string[]> {
  return (await testRedis()).keys(`${prefix}d:*`);
}

/** Starts two instances of one app. */
async function startTwo(options: TestAppOptions = {}): Promise<[TestApp, TestApp]> {
  const prefix = freshPrefix("curfew");
  return [await startApp({ ...options, prefix }), await startApp({ ...options, prefix })];
}

describe("the sweep", () => {
  it("M45: tells a deadline at most a minute later, without a request", async () => {
    const site = await startApp();
    await site.signedIn("ann");
    const ref = await refOf(site);
    site.at("29:59");
    await sweep(site);
    expect(site.told("ended")).toEqual([]);
    // The slot of the deadline ends within 30 seconds. A sweep comes every 15 seconds, and a dead process delays it by 14.
    site.at("30:30");
    await sweep(site);
    expect(site.told("ended")).toMatchObject([
      { id: `ended-${ref}`, ref, userId: "ann", reason: "absolute" },
    ]);
  });

  it("F1, M45: goes past a slot and a mark of another type", async () => {
    const site = await startApp();
    const redis = await testRedis();
    await site.signedIn("ann");
    const storage = await storageOf(site);
    const sweeper = new Sweeper(storage, () => APP_FACTS);
    await redis.lpush(`${site.prefix}swept`, "x");
    const now = site.clock();
    await redis.set(storage.keys.due(Math.floor(now / 30_000)), "x");
    site.at("30:30");
    await sweeper.sweep();
    await vi.waitFor(async () => {
      expect(await (await testRedis()).get(`${site.prefix}swept`)).toMatch(/^\d+$/);
    });
    expect((await site.curfew.sessions.list()).sessions).toEqual([]);
  });

  it("M45: notes a session for a later slot if the clock of its node is behind", async () => {
    const site = await startApp();
    await site.signedIn("ann");
    const storage = await storageOf(site);
    const deadline = site.clock() + 30 * 60_000;
    const slot = Math.ceil(deadline / 30_000);
    let readings = 0;
    // The first reading comes with the settings. The clock of the other node catches up later.
    const clock = (): number => {
      readings += 1;
      return readings > 1 && readings < 40 ? deadline - 1 : slot * 30_000;
    };
    await new Sweeper({ ...storage, clock }, () => APP_FACTS).sweep();
    expect(await dueKeys(site)).toEqual([storage.keys.due(slot + 1)]);
  });

  it("N1, M45: looks again at the next deadline of a session with activity, and tells the end once", async () => {
    const site = await startApp({ defaults: IDLE });
    const ann = await site.signedIn("ann");
    site.at("10:00");
    await ann.visit();
    site.at("15:30");
    await sweep(site);
    expect(site.told("ended")).toEqual([]);
    expect(await dueKeys(site)).toHaveLength(1);
    site.at("25:30");
    await sweep(site);
    site.at("27:30");
    await sweep(site);
    expect(site.told("ended")).toMatchObject([{ reason: "idle" }]);
    expect(await dueKeys(site)).toEqual([]);
  });

  it("M46: tells a session's end in one of several processes only", async () => {
    const [one, two] = await startTwo();
    await one.signedIn("ann");
    for (const site of [one, two]) site.at("30:30");
    await sweep(one);
    await sweep(two);
    expect([...one.told("ended"), ...two.told("ended")]).toHaveLength(1);
  });

  it("M46: continues in another process when the process with the turn is gone", async () => {
    const redis = await testRedis();
    const prefix = freshPrefix("curfew");
    const turn = `${prefix}sweeper`;
    const one = await startApp({ prefix });
    await one.signedIn("ann");
    await sweep(one);
    const owner = await redis.get(turn);
    await one.curfew.close();
    const two = await startApp({ prefix });
    two.at("30:30");
    vi.advanceTimersByTime(EVERY_MS);
    await two.curfew.sessions.list();
    expect(await redis.get(turn)).toBe(owner);
    expect(two.told("ended")).toEqual([]);
    // The key of the turn ends by itself after 14 seconds.
    expect(await redis.pttl(turn)).toBeLessThanOrEqual(14_000);
    await redis.del(turn);
    await sweep(two);
    expect(two.told("ended")).toHaveLength(1);
    expect(await redis.get(turn)).not.toBe(owner);
  });

  it("M46: waits for its turn: a process without the turn reads no slot", async () => {
    const redis = await testRedis();
    const site = await startApp();
    await site.signedIn("ann");
    site.at("30:30");
    const sweeper = new Sweeper(await storageOf(site), () => APP_FACTS);
    await redis.set(`${site.prefix}sweeper`, "another process", "PX", 60_000);
    await sweeper.sweep();
    expect(site.told("ended")).toEqual([]);
    expect(await redis.exists(`${site.prefix}swept`)).toBe(0);
    const [slot, ...others] = await dueKeys(site);
    expect(others).toEqual([]);
    await redis.del(`${site.prefix}sweeper`);
    await sweeper.sweep();
    expect(await redis.exists(`${site.prefix}swept`)).toBe(1);
    expect(await dueKeys(site)).not.toContain(slot);
  });

  it("M47: emits the event of an end, under the same id, whose process died before the event", async () => {
    const prefix = freshPrefix("curfew");
    const proxy = await proxiedRedis();
    const dying = await startApp({ prefix, redis: proxy.redis });
    const site = await startApp({ prefix });
    await dying.signedIn("ann");
    const ref = await refOf(site);
    const isEnd = ([command, sha1]: readonly string[]): boolean =>
      command === "EVALSHA" && sha1 === endRecord.sha1;
    proxy.inject({ on: isEnd, action: "cutAfter" });
    await expect(dying.curfew.sessions.end(ref, { actor: "root" })).rejects.toThrow();
    await dying.curfew.close();
    expect(dying.told("ended")).toEqual([]);
    await sweep(site);
    expect(site.told("ended")).toEqual([]);
    for (const time of ["1:31", "3:00"]) {
      site.at(time);
      await sweep(site);
    }
    const event = { id: `ended-${ref}`, ref, userId: "ann", reason: "revoked_by_admin", actor: null };
    expect(site.told("ended")).toMatchObject([event]);
  });

  it("M47: emits no second event of an end", async () => {
    const [one, two] = await startTwo();
    const ann = await one.signedIn("ann");
    await ann.fetch("post", "/logout", {});
    for (const time of ["1:31", "3:00", "30:30"]) {
      for (const site of [one, two]) site.at(time);
      await sweep(two);
    }
    expect(one.told("ended")).toHaveLength(1);
    expect(two.told("ended")).toEqual([]);
    expect(await dueKeys(one)).toEqual([]);
  });

  it("M46: finds the deadlines of a time in which no process ran", async () => {
    const site = await startApp();
    await site.signedIn("ann");
    await sweep(site);
    site.at("600:00");
    await sweep(site);
    expect(site.told("ended")).toHaveLength(1);
  });

  it("case D6: leaves no key without an end", async () => {
    const site = await startApp();
    await site.signedIn("ann", { persistent: true });
    await sweep(site);
    const redis = await testRedis();
    const keys = [...(await dueKeys(site)), `${site.prefix}sweeper`, `${site.prefix}swept`];
    expect(keys).toHaveLength(3);
    for (const key of keys) expect(await redis.pttl(key)).toBeGreaterThan(0);
  });
});
