/** Tags of users are keyed with a random key that Redis keeps. */
import type { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { startApp, type TestApp, type TestAppOptions } from "../harness/app.js";
import type { Browser } from "../harness/browser.js";
import { freshPrefix, testRedis } from "../harness/redis.js";
import { userKeyOf } from "../harness/user-key.js";

const tagIn = (browser: Browser): string =>
  decodeURIComponent(browser.sessionCookie?.value ?? "").split(".")[1] ?? "";

/** Starts processes of one app, which share their keys in Redis. */
async function startProcesses(count: number, options: TestAppOptions = {}) {
  const prefix = freshPrefix("curfew");
  const start = () => startApp({ ...options, prefix });
  const sites = await Promise.all(Array.from({ length: count }, start));
  return { sites, key: `${prefix}tags`, redis: await testRedis(), start };
}

async function startOne() {
  const { sites, ...rest } = await startProcesses(1);
  const [site] = sites as [TestApp];
  return { site, ...rest };
}

/** Returns how another process finds the browser's session. */
async function standingAt(site: TestApp, browser: Browser): Promise<string> {
  browser.server = site.server;
  return browser.standing();
}

describe("M39: a user's tag", () => {
  it("differs from site to site, in the cookie and in the status", async () => {
    const [one, other] = [await startApp(), await startApp()];
    const [here, there] = [await one.signedIn("482913"), await other.signedIn("482913")];
    expect(tagIn(here)).not.toBe(tagIn(there));
    expect((await here.status()).userTag).not.toBe((await there.status()).userTag);
  });

  it("is one tag in all sessions and processes of a site", async () => {
    const { sites } = await startProcesses(2);
    const people = await Promise.all(sites.map((site) => site.signedIn("ann")));
    const [first, second] = await Promise.all(people.map((browser) => browser.status()));
    expect(new Set(people.map(tagIn)).size).toBe(1);
    expect(first?.userTag).toBe(second?.userTag);
  });

  it("comes from one key, which has no TTL, however many processes want the first one", async () => {
    const { sites, key, redis } = await startProcesses(4);
    const wanted = sites.flatMap((site) => [site, site, site]);
    const people = await Promise.all(wanted.map((site, index) => site.signedIn(`user-${String(index)}`)));
    for (const site of sites)
      for (const browser of people) expect(await standingAt(site, browser)).toBe("in");
    expect(await redis.pttl(key)).toBe(-1);
    expect(await redis.get(key)).toMatch(/^[\w-]{43}$/);
  });
});

describe("M39: a tag key that is lost", () => {
  it("is put back by a process that knows it, and every session continues", async () => {
    const { site, key, redis, start } = await startOne();
    const browser = await site.signedIn("ann");
    const text = await redis.get(key);
    await redis.del(key);
    expect(await browser.standing()).toBe("in");
    expect(await redis.get(key)).toBe(text);
    expect(await standingAt(await start(), browser)).toBe("in");
  });

  it("is put back by a sign-in and by endAll, which reach the user's earlier sessions", async () => {
    const { site, key, redis } = await startOne();
    const browser = await site.signedIn("ann");
    await redis.del(key);
    await site.signedIn("ann");
    await redis.del(key);
    expect(await site.curfew.sessions.endAll({ userId: "ann" })).toMatchObject({ ended: 2 });
    expect(await browser.standing()).toBe("revoked_by_admin");
  });

  it("ends the sessions as unknown if no process knows it, and signing in works", async () => {
    const { site, key, redis, start } = await startOne();
    const browser = await site.signedIn("ann");
    await redis.del(key);
    const fresh = await start();
    expect(await standingAt(fresh, browser)).toBe("unknown");
    browser.server = fresh.server;
    await browser.signIn("ann");
    expect(await browser.standing()).toBe("in");
  });

  it("and replaced ends the sessions in processes that know the earlier one, too", async () => {
    const { site, key, redis } = await startOne();
    const browser = await site.signedIn("ann");
    await redis.set(key, "k".repeat(43));
    expect(await browser.standing()).toBe("unknown");
    expect(site.told("warning")).toContainEqual(expect.objectContaining({ code: "tag_key_lost" }));
    // The first end stays.
    await site.signedIn("bob");
    expect(await browser.standing()).toBe("unknown");
  });

  it("and replaced does not mislead a process that has not read it yet: its sign-in and its endAll follow", async () => {
    const { sites, key, redis } = await startProcesses(2);
    const [one, other] = sites as [TestApp, TestApp];
    await one.signedIn("ann");
    await redis.set(key, "k".repeat(43));
    const browser = await other.signedIn("ann");
    expect(await one.curfew.sessions.endAll({ userId: "ann" })).toMatchObject({ ended: 1 });
    expect(await browser.standing()).toBe("revoked_by_admin");
    await redis.set(key, "j".repeat(43));
    expect(await (await one.signedIn("ann")).standing()).toBe("in");
  });

  it("with all other keys signs every user out as unknown, and brings no key back before a sign-in", async () => {
    const { site, redis } = await startOne();
    const browser = await site.signedIn("ann");
    // One by one, because the keys are on several nodes of a Cluster.
    for (const key of await redis.keys(`${site.prefix}*`)) await redis.del(key);
    expect(await browser.standing()).toBe("unknown");
    expect(await redis.keys(`${site.prefix}*`)).toEqual([]);
    await browser.signIn("ann");
    expect(await browser.standing()).toBe("in");
  });
});

describe("M39: a tag key that makes no sense", () => {
  const damages: readonly [string, (redis: Redis, key: string) => Promise<unknown>][] = [
    ["a text", (redis, key) => redis.set(key, "x")],
    ["an empty text", (redis, key) => redis.set(key, "")],
    ["a longer key", (redis, key) => redis.append(key, "x")],
    ["another type", async (redis, key) => [await redis.del(key), await redis.hset(key, "a", "1")]],
  ];

  it.each(damages)("(%s) ends sessions, and the next sign-in replaces it", async (_title, damage) => {
    const { sites, key, redis } = await startProcesses(2);
    const [one, other] = sites as [TestApp, TestApp];
    const [ann, bob] = [await one.signedIn("ann"), await one.signedIn("bob")];
    await damage(redis, key);
    // One process knows the key, the other has never read it.
    expect(await standingAt(one, ann)).toBe("unknown");
    expect(await standingAt(other, bob)).toBe("unknown");
    expect(one.told("warning")).toContainEqual(expect.objectContaining({ code: "tag_key_lost" }));
    expect(other.told("warning")).toContainEqual(expect.objectContaining({ code: "tag_key_lost" }));
    const again = await other.signedIn("ann");
    expect(await standingAt(one, again)).toBe("in");
    expect(await redis.get(key)).toMatch(/^[\w-]{43}$/);
  });
});

describe("a record of another user", () => {
  it("M39: ends the session, whose tag does not fit", async () => {
    const site = await startApp();
    const [ann, bob] = [await site.signedIn("ann"), await site.signedIn("bob")];
    const redis = await testRedis();
    const refOf = async (browser: Browser): Promise<string> => {
      const state = (await browser.state()) as { session: { ref: string } };
      return state.session.ref;
    };
    const [from, to] = [await refOf(ann), await refOf(bob)];
    expect(await redis.exists(await userKeyOf(redis, site.prefix, "ann"))).toBe(1);
    const text = (await redis.get(`${site.prefix}s:${to}`)) ?? "";
    await redis.set(`${site.prefix}s:${to}`, text.replace("bob", "ann"), "KEEPTTL");
    expect(await bob.standing()).toBe("unknown");
    expect(from).not.toBe(to);
    expect(await ann.standing()).toBe("in");
  });
});
