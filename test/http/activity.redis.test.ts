import { recordField } from "../harness/record-fields.js";
import { describe, expect, it } from "vitest";
import { NAVIGATION_HEADERS } from "../../src/testing/index.js";
import { startApp, type TestAppOptions } from "../harness/app.js";
import type { Browser } from "../harness/browser.js";
import { minutes, T } from "../harness/policy-fixtures.js";
import { testRedis } from "../harness/redis.js";

const idle: TestAppOptions = { defaults: { inactivityLogout: true, sessionMinutes: 300 } };

async function lastActivity(browser: Browser): Promise<number> {
  const state = await browser.state();
  return state.state === "active" ? (state.session.lastActivityAt - T) / minutes(1) : Number.NaN;
}

describe("activity", () => {
  it("N8: in the request itself it counts at once", async () => {
    const site = await startApp(idle);
    const browser = await site.signedIn("ann");
    site.at("10:00");
    expect((await browser.visit()).body).toMatchObject({ idleRemainingMs: minutes(15) });
  });

  it("D1: it is noted while inactivity logout is off, too (Q14)", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    site.at("10:00");
    await browser.visit();
    expect(await lastActivity(browser)).toBe(10);
  });

  it("is stored at most once a second", async () => {
    const site = await startApp(idle);
    const browser = await site.signedIn("ann");
    site.clock.advance({ milliseconds: 999 });
    await browser.visit();
    expect(await lastActivity(browser)).toBe(0);
    site.clock.advance({ milliseconds: 1 });
    await browser.visit();
    expect(await lastActivity(browser)).toBe(1 / 60);
  });

  it("is stored at most once a second when it is reported, too", async () => {
    const site = await startApp(idle);
    const browser = await site.signedIn("ann");
    const redis = await testRedis();
    const [record = ""] = await redis.keys(`${site.prefix}s:*`);
    const stored = async () => Number(await recordField(redis, record, "lastActivityAt"));
    site.clock.advance({ milliseconds: 999 });
    expect((await browser.act()).body).toMatchObject({ idleRemainingMs: minutes(15) });
    expect(await stored()).toBe(0);
    site.clock.advance({ milliseconds: 1 });
    await browser.act();
    expect(await stored()).toBe(1_000);
  });

  it("never revives: a click that comes a moment too late is refused", async () => {
    const site = await startApp(idle);
    const browser = await site.signedIn("ann");
    site.at("15:00");
    expect((await browser.visit()).get("Location")).toBe("/login?reason=idle&return_to=%2Faccount");
    expect(await browser.standing()).toBe("idle");
  });

  it("a refused cross-site request is not activity", async () => {
    const site = await startApp({
      ...idle,
      configure: (app, curfew) => {
        app.post("/change", curfew.requireSameSite(), (_q, response) => {
          response.json({});
        });
      },
    });
    const browser = await site.signedIn("ann");
    site.at("10:00");
    const forged = { ...NAVIGATION_HEADERS, "sec-fetch-site": "cross-site", origin: "https://evil.example" };
    const answer = await browser.send("/change", { method: "POST", headers: forged });
    expect(answer.status).toBe(403);
    expect(await lastActivity(browser)).toBe(0);
  });
});

describe("inactivity logout", () => {
  it("N6: keeps one browser of a user in and the other out", async () => {
    const site = await startApp(idle);
    const [here, there] = [await site.signedIn("ann"), await site.signedIn("ann")];
    site.at("10:00");
    await here.act();
    site.at("15:00");
    expect([await here.standing(), await there.standing()]).toEqual(["in", "idle"]);
  });

  it("N11: with a duration of fifteen minutes both ends coincide, and the absolute one is named", async () => {
    const site = await startApp({ defaults: { inactivityLogout: true, sessionMinutes: 15 } });
    const browser = await site.signedIn("ann");
    expect(await browser.status()).toMatchObject({ limit: "absolute", action: "reauthenticate" });
    site.at("15:00");
    expect(await browser.standing()).toBe("absolute");
  });

  it("N12: signing in and re-authenticating are activity", async () => {
    const site = await startApp(idle);
    const browser = await site.signedIn("ann");
    site.at("14:59");
    await browser.reauthenticate();
    site.at("29:58.999");
    expect(await browser.standing()).toBe("in");
    site.at("29:59");
    expect(await browser.standing()).toBe("idle");
  });

  it("N13: programs are not logged out by silence, and do not keep the user's browser awake", async () => {
    const site = await startApp(idle);
    const browser = await site.signedIn("ann");
    const api = await site.signedIn("ann", { kind: "api" });
    site.at("14:00");
    await api.get("/account");
    site.at("59:00");
    expect([await api.standing(), await browser.standing()]).toEqual(["in", "idle"]);
    expect(await api.status()).toMatchObject({ idleRemainingMs: null, action: "none" });
  });

  it("Q15: switched on, it ends who lives by an extension", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    site.at("29:00");
    await browser.extend();
    site.at("31:00");
    await browser.act();
    await site.curfew.settings.update({ inactivityLogout: true, sessionMinutes: 30 });
    expect(await browser.standing()).toBe("absolute");
  });
});
