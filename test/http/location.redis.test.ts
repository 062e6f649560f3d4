import { recordField } from "../harness/record-fields.js";
import { describe, expect, it } from "vitest";
import { startApp, type TestApp, type TestAppOptions } from "../harness/app.js";
import { Browser, PASSWORD } from "../harness/browser.js";
import { testRedis } from "../harness/redis.js";
import { storedText } from "../harness/stored-text.js";

const ZURICH = { city: "Zürich", state: "ZH", country: "Switzerland" };
const NOWHERE = { city: null, state: null, country: null };
const tracking: TestAppOptions = {
  defaults: { trackLocation: true },
  before: (app) => app.set("trust proxy", 1),
};

/** Signs in from that address, as the proxy in front of the app tells it. */
async function signInFrom(site: TestApp, ip: string): Promise<Browser> {
  const browser = new Browser(site.server);
  const body = { userId: "ann", password: PASSWORD };
  await browser.send("/login", { headers: browser.named({ "x-forwarded-for": ip }), body });
  return browser;
}

const listed = async (site: TestApp) => (await site.curfew.sessions.list({ userId: "ann" })).sessions;

describe("locations", () => {
  it("T1, T5: are looked up once at sign-in by req.ip, stored, and shown", async () => {
    const asked: string[] = [];
    const locate = (ip: string) => (asked.push(ip), Promise.resolve(ZURICH));
    const site = await startApp({ ...tracking, locate });
    const browser = await signInFrom(site, "192.0.2.7");
    await browser.visit();
    expect(asked).toEqual(["192.0.2.7"]);
    expect(await listed(site)).toMatchObject([{ ip: "192.0.2.7", ...ZURICH }]);
  });

  it("T2, Q19, Q20: off, as at the start, nothing is looked up and nothing is stored", async () => {
    const asked: string[] = [];
    const locate = (ip: string) => (asked.push(ip), ZURICH);
    const site = await startApp({ before: (app) => app.set("trust proxy", 1), locate });
    await signInFrom(site, "192.0.2.7");
    expect(asked).toEqual([]);
    expect(await listed(site)).toMatchObject([{ ip: null, ...NOWHERE }]);
    const redis = await testRedis();
    for (const key of await redis.keys(`${site.prefix}*`))
      expect(await storedText(redis, key)).not.toContain("192.0.2.7");
  });

  it("T3: later requests from another address change nothing", async () => {
    const site = await startApp({ ...tracking, locate: (ip) => ({ city: ip }) });
    const browser = await signInFrom(site, "192.0.2.7");
    expect((await browser.get("/account", { "x-forwarded-for": "203.0.113.9" })).status).toBe(200);
    expect(await listed(site)).toMatchObject([{ ip: "192.0.2.7", city: "192.0.2.7" }]);
  });

  it("T3: nor does re-authenticating", async () => {
    const site = await startApp({ ...tracking, locate: () => ZURICH });
    const browser = await signInFrom(site, "192.0.2.7");
    await browser.reauthenticate();
    expect(await listed(site)).toMatchObject([{ ip: "192.0.2.7", ...ZURICH }]);
  });

  it.each<[string, TestAppOptions["locate"]]>([
    ["knows nothing", () => null],
    ["has empty names", () => ({ city: "", state: "", country: "" })],
    ["answers nonsense", () => ({ city: 7, state: {}, country: [] }) as never],
    [
      "throws",
      () => {
        throw new Error("no database");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no database"))],
    ["is not given", undefined],
  ])("T4: a look-up that %s fails no login", async (_title, locate) => {
    const site = await startApp({ ...tracking, ...(locate ? { locate } : {}) });
    const browser = await signInFrom(site, "10.0.0.1");
    expect(await browser.standing()).toBe("in");
    expect(await listed(site)).toMatchObject([{ ip: "10.0.0.1", ...NOWHERE }]);
  });

  it("T4: a look-up that never answers is given up after half a second", async () => {
    const site = await startApp({ ...tracking, locate: () => new Promise(() => undefined) });
    const start = performance.now();
    const browser = await signInFrom(site, "192.0.2.7");
    expect(performance.now() - start).toBeLessThan(1_500);
    expect(await browser.standing()).toBe("in");
    expect(site.told("warning")).toEqual([expect.objectContaining({ code: "locate_failed" })]);
  });

  it("T5: X-Forwarded-For of visitors is not believed without trust proxy", async () => {
    const site = await startApp({ defaults: { trackLocation: true } });
    await signInFrom(site, "192.0.2.7");
    const [session] = await listed(site);
    expect(session?.ip).toMatch(/127\.0\.0\.1$/);
  });

  it("Q19: switched off, stored places stay until they are purged", async () => {
    const site = await startApp({ ...tracking, locate: () => ZURICH });
    const browser = await signInFrom(site, "192.0.2.7");
    await site.curfew.settings.update({ trackLocation: false });
    expect(await listed(site)).toMatchObject([{ ip: "192.0.2.7", ...ZURICH }]);
    expect(await site.curfew.sessions.purgeLocations()).toBe(1);
    expect(await listed(site)).toMatchObject([{ ip: null, ...NOWHERE }]);
    expect(await browser.standing()).toBe("in");
  });

  it("H4: goes with the session when that ends", async () => {
    const site = await startApp({ ...tracking, locate: () => ZURICH });
    const browser = await signInFrom(site, "192.0.2.7");
    await browser.fetch("post", "/logout", {});
    const redis = await testRedis();
    for (const key of await redis.keys(`${site.prefix}s:*`)) {
      for (const name of ["ip", "city", "state", "country"] as const)
        expect(await recordField(redis, key, name)).toBe("");
    }
    expect(await browser.standing()).toBe("signed_out");
  });

  it("names browser and system by the app's own function, and by none that fails", async () => {
    const own = await startApp({ describeAgent: () => ({ browser: "Lynx", operatingSystem: null }) });
    await own.signedIn("ann");
    expect(await listed(own)).toMatchObject([{ browser: "Lynx", operatingSystem: null }]);
    const failing = await startApp({
      describeAgent: () => {
        throw new Error("what is this?");
      },
    });
    await failing.signedIn("ann");
    expect(await listed(failing)).toMatchObject([{ browser: null, operatingSystem: null }]);
  });

  it.each(["", " ", "x".repeat(5_000), "<script>alert(1)</script>"])(
    "takes any User-Agent: %.20s",
    async (agent) => {
      const site = await startApp();
      const browser = await site.browser(agent);
      await browser.signIn("ann");
      expect(await browser.standing()).toBe("in");
    },
  );
});
