/** Limits of a user's sessions, and the cost of many sessions. */
import { describe, expect, it } from "vitest";
import { endRecord, evictOthers, removeOthers } from "../../src/state/scripts.generated.js";
import { startApp, type TestApp } from "../harness/app.js";
import { proxiedRedis, type AppProxy } from "../harness/app-proxy.js";
import { PASSWORD, type Browser } from "../harness/browser.js";
import { testRedis } from "../harness/redis.js";
import { steppedClient } from "../harness/stepped-client.js";

const MANY = 60;
const MOST_BROWSERS = 100;
const MOST_OTHERS = 1_000;

async function signInMany(site: TestApp, count: number): Promise<[Browser, ...Browser[]]> {
  const browsers: [Browser, ...Browser[]] = [await site.signedIn("ann")];
  for (let i = 1; i < count; i++) browsers.push(await site.signedIn("ann"));
  return browsers;
}

const list = async (site: TestApp) => (await site.curfew.sessions.list({ userId: "ann" })).sessions;

/** Two apps over the same keys, of which one has Redis far away. */
async function startNearAndFar(): Promise<{ near: TestApp; far: TestApp; proxy: AppProxy }> {
  const near = await startApp({ defaults: { sessionMinutes: 300 } });
  const proxy = await proxiedRedis();
  const { prefix, clock } = near;
  const far = await startApp({ redis: proxy.redis, prefix, clock, defaults: { sessionMinutes: 300 } });
  return { near, far, proxy };
}

describe.each([50, 200])("M26: with Redis %i ms away and 60 sessions", { timeout: 60_000 }, (latencyMs) => {
  it("a session that a lowered limit ended gets its 401 evicted in time", async () => {
    const { near, far, proxy } = await startNearAndFar();
    const [first] = await signInMany(near, MANY);
    const browser = first.at(far.server);
    await near.curfew.settings.update({ maxSessionsPerUser: 1 });
    proxy.latencyMs = latencyMs;
    const refused = await browser.fetch("get", "/account");
    expect(refused.status).toBe(401);
    expect(refused.body).toMatchObject({ reason: "evicted", by: { device: "Chrome on Windows" } });
  });

  it("the browser of a session that a lowered limit ended can sign in", async () => {
    const { near, far, proxy } = await startNearAndFar();
    const [first] = await signInMany(near, 2);
    const browser = first.at(far.server);
    await near.curfew.settings.update({ maxSessionsPerUser: 1 });
    proxy.latencyMs = latencyMs;
    const signedIn = await browser.fetch("post", "/login", { userId: "ann", password: PASSWORD });
    expect(signedIn.status).toBeLessThan(400);
    expect(await browser.standing()).toBe("in");
  });

  it("a session with 59 idle newer sessions continues", async () => {
    const { near, far, proxy } = await startNearAndFar();
    const [first, ...others] = await signInMany(near, MANY);
    const browser = first.at(far.server);
    near.at("14:00");
    await first.act();
    near.at("17:00");
    await near.curfew.settings.update({ inactivityLogout: true, sessionMinutes: 300, maxSessionsPerUser: 1 });
    proxy.latencyMs = latencyMs;
    expect((await browser.fetch("get", "/account")).status).toBe(200);
    proxy.latencyMs = 0;
    expect(await list(near)).toHaveLength(1);
    expect(await others[0]?.standing()).toBe("idle");
  });

  it("a sign-in over the limit gets its 409 with all living sessions in time", async () => {
    const { near, far, proxy } = await startNearAndFar();
    await signInMany(near, MANY);
    await near.curfew.settings.update({ maxSessionsPerUser: MANY, whenLimitReached: "refuse_newest" });
    const browser = await far.browser();
    proxy.latencyMs = latencyMs;
    const refused = await browser.fetch("post", "/login", { userId: "ann", password: PASSWORD });
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ code: "too_many_sessions" });
    expect((refused.body as { sessions: unknown[] }).sessions).toHaveLength(MANY);
  });
});

describe("M26: API sessions", () => {
  it("add nothing to the key that a page request reads", async () => {
    const site = await startApp({ defaults: { maxSessionsPerUser: 1 } });
    const browser = await site.signedIn("ann");
    const redis = await testRedis();
    const [userKey = ""] = await redis.keys(`${site.prefix}u:*`);
    const length = await redis.strlen(userKey);
    for (let i = 0; i < 5; i++) await site.signedIn("ann", { kind: i % 2 ? "embed" : "api" });
    expect(await redis.strlen(userKey)).toBe(length);
    expect(await browser.standing()).toBe("in");
    expect(await list(site)).toHaveLength(6);
  });
});

// A hundred sign-ins take seconds where the machine is busy.
describe("M36: the browser session beyond 100", { timeout: 60_000 }, () => {
  it.each(["end_oldest", "refuse_newest"] as const)(
    "ends the oldest, under %s without a limit, and all that live are listed and forgotten",
    async (whenLimitReached) => {
      const site = await startApp({ defaults: { whenLimitReached } });
      const browsers = await signInMany(site, MOST_BROWSERS);
      expect(await list(site)).toHaveLength(MOST_BROWSERS);
      expect(site.told("ended")).toEqual([]);
      browsers.push(await site.signedIn("ann"));
      const [oldest, next] = browsers;
      expect([await oldest.standing(), await next?.standing()]).toEqual(["evicted", "in"]);
      expect(await list(site)).toHaveLength(MOST_BROWSERS);
      await browsers.at(-1)?.fetch("post", "/logout", {});
      expect(await oldest.standing()).toBe("evicted");
      expect(await site.curfew.sessions.forget({ userId: "ann" })).toMatchObject({ ended: 99 });
      expect(await next?.standing()).toBe("revoked_by_admin");
    },
  );

  it("ends no session while older sessions are over, or when the same browser signs in again", async () => {
    const site = await startApp({ defaults: { sessionMinutes: 300 } });
    const [idle, oldest, ...others] = await signInMany(site, MOST_BROWSERS);
    site.at("14:00");
    for (const browser of [oldest, ...others]) await browser?.act();
    site.at("17:00");
    await site.curfew.settings.update({ inactivityLogout: true, sessionMinutes: 300 });
    await site.signedIn("ann");
    expect([await idle.standing(), await oldest?.standing()]).toEqual(["idle", "in"]);
    const again = others.at(-1);
    again?.cookies.delete("curfew.sid");
    await again?.signIn("ann");
    expect([await oldest?.standing(), await again?.standing()]).toEqual(["in", "in"]);
    expect(await list(site)).toHaveLength(MOST_BROWSERS);
  });
});

describe("M36: the API or embed session beyond 1,000", () => {
  const digits = (number: number) => number.toString(36).padStart(9, "0");
  const numberOfPlaces = async (site: TestApp): Promise<number> => {
    const redis = await testRedis();
    const [othersKey = ""] = await redis.keys(`${site.prefix}a:*`);
    return redis.hlen(othersKey);
  };

  /** Adds places of sessions that begin a millisecond later than now, and end then. */
  async function addPlaces(site: TestApp, count: number, endsAt: number): Promise<void> {
    const redis = await testRedis();
    const [othersKey = ""] = await redis.keys(`${site.prefix}a:*`);
    const value = digits(site.clock() + 1) + digits(endsAt);
    const places = Array.from({ length: count }, (_, i) => [`r${i}`.padEnd(21, "-"), value]);
    await redis.hset(othersKey, Object.fromEntries(places) as Record<string, string>);
  }

  const later = (site: TestApp): number => site.clock() + 60_000;

  it("ends the oldest, as evicted, and leaves browsers alone", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    const oldest = await site.signedIn("ann", { kind: "embed" });
    site.clock.advance({ minutes: 1 });
    const next = await site.signedIn("ann", { kind: "api" });
    await addPlaces(site, MOST_OTHERS - 2, later(site));
    expect(await numberOfPlaces(site)).toBe(MOST_OTHERS);
    const newest = await site.signedIn("ann", { kind: "api" });
    await expect.poll(() => numberOfPlaces(site)).toBe(MOST_OTHERS);
    const all = [browser, oldest, next, newest];
    const standings: string[] = [];
    for (const each of all) standings.push(await each.standing());
    expect(standings).toEqual(["in", "evicted", "in", "in"]);
    expect(await list(site)).toHaveLength(3);
  });

  it("leaves the oldest listed if the step that ends it fails, and the next session ends it", async () => {
    const steps = await steppedClient();
    const site = await startApp({ redis: steps.client });
    const oldest = await site.signedIn("ann", { kind: "api" });
    await addPlaces(site, MOST_OTHERS - 1, later(site));
    steps.fail(evictOthers);
    const browser = await site.browser();
    const refused = await browser.fetch("post", "/login", { userId: "ann", password: PASSWORD, kind: "api" });
    expect(refused.status).toBe(503);
    await expect.poll(() => numberOfPlaces(site)).toBe(MOST_OTHERS);
    expect([await oldest.standing(), (await list(site)).length]).toEqual(["in", 1]);
    await site.signedIn("ann", { kind: "api" });
    expect([await oldest.standing(), (await list(site)).length]).toEqual(["evicted", 1]);
  });

  it.each([
    ["the record of its end", endRecord],
    ["the removal of the place", removeOthers],
  ])(
    "keeps the place of the oldest if %s fails, and the next session repeats the step",
    async (_what, step) => {
      const steps = await steppedClient();
      const site = await startApp({ redis: steps.client });
      const oldest = await site.signedIn("ann", { kind: "api" });
      await addPlaces(site, MOST_OTHERS - 1, later(site));
      steps.fail(step);
      await site.signedIn("ann", { kind: "api" });
      await expect.poll(() => site.told("warning")).toMatchObject([{ code: "write_failed" }]);
      expect(await numberOfPlaces(site)).toBe(MOST_OTHERS + 1);
      await site.signedIn("ann", { kind: "api" });
      await expect.poll(() => numberOfPlaces(site)).toBe(MOST_OTHERS);
      expect(site.told("ended")).toMatchObject([{ reason: "evicted", userId: "ann" }]);
      expect(await oldest.standing()).toBe("evicted");
    },
  );

  it("ends as many of the oldest as begin at once, also more than one sign-in cleans up after", async () => {
    const site = await startApp({ timeoutMs: 10_000 });
    const token = () => site.signedIn("ann", { kind: "api" });
    const oldest: Browser[] = [];
    for (let i = 0; i < 20; i++) oldest.push(await token());
    site.clock.advance({ minutes: 1 });
    await addPlaces(site, MOST_OTHERS - 20, later(site));
    const newest = await Promise.all(Array.from({ length: 15 }, token));
    const standings: string[] = [];
    for (const each of [...oldest, ...newest]) standings.push(await each.standing());
    expect(standings).toEqual([...Array<string>(15).fill("evicted"), ...Array<string>(20).fill("in")]);
    expect(await list(site)).toHaveLength(20);
    await expect.poll(() => site.told("ended").length).toBe(15);
  });

  it("ends none while places are taken by sessions that are over", async () => {
    const site = await startApp();
    const oldest = await site.signedIn("ann", { kind: "api" });
    await addPlaces(site, MOST_OTHERS, site.clock());
    const newest = await site.signedIn("ann", { kind: "api" });
    expect(await numberOfPlaces(site)).toBe(2);
    expect([await oldest.standing(), await newest.standing()]).toEqual(["in", "in"]);
  });

  it("ends those before it where the order is damaged", async () => {
    const site = await startApp();
    const before = await site.signedIn("ann", { kind: "api" });
    const redis = await testRedis();
    const [othersKey = ""] = await redis.keys(`${site.prefix}a:*`);
    await redis.set(othersKey, "damaged");
    expect(await list(site)).toEqual([]);
    const after = await site.signedIn("ann", { kind: "api" });
    expect([await before.standing(), await after.standing()]).toEqual(["evicted", "in"]);
    await after.fetch("post", "/logout", {});
    expect(await after.standing()).toBe("signed_out");
  });
});
