/** The event `newDevice`, with which an app tells its users of sign-ins that they may not have made. */
import { describe, expect, it, vi } from "vitest";
import type { CurfewEvents } from "../../src/index.js";
import { startApp, type TestApp, type TestAppOptions } from "../harness/app.js";
import { Browser, PASSWORD } from "../harness/browser.js";
import { testRedis } from "../harness/redis.js";

type NewDevice = CurfewEvents["newDevice"];

const COUNTRIES: Readonly<Record<string, string>> = { "192.0.2.1": "Chile", "192.0.2.2": "Peru" };

interface Watched {
  readonly site: TestApp;
  readonly told: readonly NewDevice[];
}

async function startWatched(options: TestAppOptions = {}): Promise<Watched> {
  const told: NewDevice[] = [];
  const site = await startApp({
    before: (app) => app.set("trust proxy", 1),
    locate: (ip) => ({ country: COUNTRIES[ip] ?? null }),
    ...options,
  });
  site.curfew.on("newDevice", (event) => told.push(event));
  return { site, told };
}

/** Signs in from an address, and waits until the browser is noted. */
async function signInFrom({ site }: Watched, browser: Browser, ip: string, userId = "ann"): Promise<void> {
  const redis = await testRedis();
  const before = await known(site, redis);
  const body = { userId, password: PASSWORD };
  await browser.send("/login", { headers: browser.named({ "x-forwarded-for": ip }), body });
  await vi.waitFor(async () => {
    expect(await known(site, redis)).not.toEqual(before);
  });
  // Both reads of the background work end together.
  await new Promise((resolve) => setImmediate(resolve));
  site.clock.advance({ seconds: 1 });
}

/** Returns the stored browsers with the times of their sign-ins. */
async function known(site: TestApp, redis: Awaited<ReturnType<typeof testRedis>>): Promise<string[]> {
  const keys = await redis.keys(`${site.prefix}k:*`);
  return (await Promise.all(keys.map((key) => redis.hgetall(key)))).map((hash) => JSON.stringify(hash));
}

describe("a sign-in from a new device", () => {
  it("emits an event with device and place, but not for the first or a known browser", async () => {
    const watched = await startWatched();
    const { site, told } = watched;
    const home = new Browser(site.server);
    const work = new Browser(site.server);
    await signInFrom(watched, home, "192.0.2.1");
    await signInFrom(watched, home, "192.0.2.1");
    expect(told).toEqual([]);
    await signInFrom(watched, work, "192.0.2.1");
    await expect.poll(() => told).toHaveLength(1);
    expect(told[0]).toMatchObject({
      userId: "ann",
      kind: "browser",
      isNewBrowser: true,
      isNewCountry: false,
      device: "Chrome on Windows",
      ip: null,
      place: null,
    });
    const { sessions } = await site.curfew.sessions.list({ userId: "ann" });
    expect(sessions.map(({ ref }) => ref)).toContain(told[0]?.ref);
    await signInFrom(watched, work, "192.0.2.1");
    await signInFrom(watched, new Browser(site.server), "192.0.2.1", "bob");
    expect(told).toHaveLength(1);
  });

  it.each([null, 1])(
    "emits it for a new country too, while locations are tracked (limit %j)",
    async (limit) => {
      const watched = await startWatched({ defaults: { trackLocation: true, maxSessionsPerUser: limit } });
      const { site, told } = watched;
      const browser = new Browser(site.server);
      await signInFrom(watched, browser, "192.0.2.1");
      await signInFrom(watched, browser, "192.0.2.2");
      await expect.poll(() => told).toHaveLength(1);
      expect(told[0]).toMatchObject({
        isNewBrowser: false,
        isNewCountry: true,
        place: "Peru",
        ip: "192.0.2.2",
      });
      await signInFrom(watched, browser, "192.0.2.2");
      await signInFrom(watched, browser, "203.0.113.1");
      expect(told).toHaveLength(1);
    },
  );

  it("nothing is noted while no listener waits for it, and forgetting a user forgets the browsers", async () => {
    const silent = await startApp();
    await silent.signedIn("ann");
    const redis = await testRedis();
    expect(await redis.keys(`${silent.prefix}k:*`)).toEqual([]);
    const watched = await startWatched();
    await signInFrom(watched, new Browser(watched.site.server), "192.0.2.1");
    await watched.site.curfew.sessions.forget({ userId: "ann" });
    expect(await redis.keys(`${watched.site.prefix}k:*`)).toEqual([]);
  });

  it("forgets a browser 400 days after its latest sign-in, while others stay known", async () => {
    const watched = await startWatched();
    const { site, told } = watched;
    const [home, work] = [new Browser(site.server), new Browser(site.server)];
    await signInFrom(watched, home, "192.0.2.1");
    await signInFrom(watched, work, "192.0.2.1");
    site.clock.advance({ days: 300 });
    await signInFrom(watched, work, "192.0.2.1");
    site.clock.advance({ days: 101 });
    await signInFrom(watched, home, "192.0.2.1");
    await signInFrom(watched, work, "192.0.2.1");
    await expect.poll(() => told).toHaveLength(2);
    const redis = await testRedis();
    const [key = ""] = await redis.keys(`${site.prefix}k:*`);
    expect(await redis.hlen(key)).toBe(2);
  });

  it("at most 50 browsers are known of a user; the one used longest ago is new again", async () => {
    const watched = await startWatched();
    const { site, told } = watched;
    const first = new Browser(site.server);
    await signInFrom(watched, first, "192.0.2.1");
    for (let i = 0; i < 50; i++) await signInFrom(watched, new Browser(site.server), "192.0.2.1");
    const redis = await testRedis();
    const [key = ""] = await redis.keys(`${site.prefix}k:*`);
    expect(await redis.hlen(key)).toBe(50);
    await signInFrom(watched, first, "192.0.2.1");
    await expect.poll(() => told).toHaveLength(51);
  });
});
