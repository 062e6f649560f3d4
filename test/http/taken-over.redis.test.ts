/** Rule M44: the rules decide about a session that was taken over from express-session. */
import { describe, expect, it } from "vitest";
import type { TestApp } from "../harness/app.js";
import { DAY_MS, startBoth, sessionsOf, moveIn, forgetNewCookie, me, OLD_NAME } from "../harness/moving.js";
import { Browser } from "../harness/browser.js";
import { T } from "../harness/policy-fixtures.js";
import { testRedis } from "../harness/redis.js";

/** Commands that read. Writes in the background may come at any time. */
const READS = new Set(["get", "mget", "pttl"]);

describe("M44: a session that was taken over", () => {
  it("ends with its old key's end at the latest, and no extension passes that", async () => {
    const both = await startBoth();
    const { site, browser, oldKey } = both;
    await (await testRedis()).pexpire(oldKey, 600_000);
    await moveIn(both);
    const state = await browser.state();
    expect(state).toMatchObject({ state: "active", action: "sign_in" });
    if (state.state === "active") expect(state.remainingMs).toBeLessThanOrEqual(600_000);
    site.at("9:00");
    expect((await browser.extend()).status).not.toBe(200);
    site.at("10:00");
    expect(await browser.standing()).toBe("absolute");
  });

  it.each(["end_oldest", "refuse_newest"] as const)(
    "counts in a limit of 1 with %s",
    async (whenLimitReached) => {
      const both = await startBoth({ defaults: { maxSessionsPerUser: 1, whenLimitReached } });
      const { site, browser } = both;
      const other = await site.signedIn("ann");
      await moveIn(both);
      expect(await browser.standing()).toBe("in");
      expect(await other.standing()).toBe("evicted");
      expect(await sessionsOf(site)).toHaveLength(1);
    },
  );

  it("is evicted by a later sign-in elsewhere, and its old cookie does not bring it back", async () => {
    const both = await startBoth({ defaults: { maxSessionsPerUser: 1 } });
    const { site, browser } = both;
    await moveIn(both);
    const other = await site.signedIn("ann");
    forgetNewCookie(browser);
    expect(await browser.standing()).toBe("evicted");
    expect(await other.standing()).toBe("in");
  });

  it("is one browser's: a sign-in in this browser replaces it under refuse_newest, and signs out there", async () => {
    const both = await startBoth({ defaults: { maxSessionsPerUser: 1, whenLimitReached: "refuse_newest" } });
    const { site, old, browser } = both;
    const ref = await moveIn(both);
    await browser.signIn("ann");
    expect(await browser.standing()).toBe("in");
    expect(await site.curfew.sessions.get(ref)).toBeNull();
    browser.server = old;
    await expect.poll(() => me(browser)).toBeNull();
    browser.server = site.server;
    expect(await browser.standing()).toBe("in");
  });

  it("is not fresh until its user authenticates again, and still follows the old session after that", async () => {
    const both = await startBoth({
      configure: (app, curfew) => {
        app.get("/fresh", curfew.requireFresh({ withinMinutes: 5 }), (_request, response) => {
          response.json({});
        });
      },
    });
    const { site, old, browser } = both;
    const ref = await moveIn(both);
    const fresh = async (): Promise<number> => (await browser.fetch("get", "/fresh")).status;
    expect(await fresh()).toBe(403);
    expect(await browser.state()).toMatchObject({ session: { signedInAt: 0 } });
    await browser.reauthenticate();
    expect(await fresh()).toBe(200);
    expect(await browser.state()).toMatchObject({ session: { ref, signedInAt: T } });
    expect(await fresh()).toBe(200);
    browser.server = old;
    await browser.fetch("post", "/logout");
    browser.server = site.server;
    expect(await browser.standing()).not.toBe("in");
  });

  it("takes a new secret at a re-authentication: the old cookie alone is worth nothing after that", async () => {
    const both = await startBoth();
    const { site, browser } = both;
    await moveIn(both);
    const thief = new Browser(site.server);
    thief.plant(OLD_NAME, browser.cookie(OLD_NAME) ?? "");
    expect(await thief.standing()).toBe("in");
    forgetNewCookie(thief);
    await browser.reauthenticate();
    expect(await browser.standing()).toBe("in");
    await expect
      .poll(async () => {
        site.clock.advance({ seconds: 11 });
        forgetNewCookie(thief);
        return thief.standing();
      })
      .toBe("unknown");
    expect(await browser.standing()).toBe("in");
  });

  it.each([
    ["an administrator", (site: TestApp, ref: string) => site.curfew.sessions.end(ref), "revoked_by_admin"],
    [
      "time",
      (site: TestApp) => {
        site.at("30:00");
      },
      "absolute",
    ],
  ])("stays ended if %s has ended it, for as long as sessions are taken over", async (_by, end, reason) => {
    const both = await startBoth();
    const { site, old, browser, oldKey } = both;
    const redis = await testRedis();
    const stored = await redis.get(oldKey);
    const ref = await moveIn(both);
    await end(site, ref);
    forgetNewCookie(browser);
    expect(await browser.standing()).toBe(reason);
    browser.server = old;
    await expect.poll(() => me(browser)).toBeNull();
    await redis.set(oldKey, stored ?? "");
    expect(await redis.pttl(`${site.prefix}s:${ref}`)).toBeGreaterThan(2 * DAY_MS - 3_600_000);
    site.at("2000:00");
    browser.server = site.server;
    expect(await browser.standing()).toBe(reason);
  });

  it("needs one MGET a request, as any other", async () => {
    const both = await startBoth();
    const { site, browser } = both;
    await moveIn(both);
    const monitor = await (await testRedis()).duplicate().monitor();
    const seen: string[] = [];
    const wanted = (args: readonly string[]): boolean =>
      READS.has(args[0] ?? "") && args.some((each) => each.startsWith(site.prefix));
    monitor.on("monitor", (_time: string, args: string[]) => {
      if (wanted(args)) seen.push(args[0] ?? "");
    });
    expect(await browser.standing()).toBe("in");
    await (await testRedis()).get(`${site.prefix}done`);
    await expect.poll(() => seen.at(-1)).toBe("get");
    monitor.disconnect();
    expect(seen).toEqual(["mget", "get"]);
  });
});
