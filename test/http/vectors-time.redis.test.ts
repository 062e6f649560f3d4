import { describe, expect, it } from "vitest";
import { startApp, type TestApp } from "../harness/app.js";
import type { Browser } from "../harness/browser.js";
import { days, minutes, T } from "../harness/policy-fixtures.js";
import { testRedis } from "../harness/redis.js";

const fiveHours = { inactivityLogout: true, sessionMinutes: 300 } as const;

/** Works with mouse and keyboard, every ten minutes and at the end. */
async function workUntil(site: TestApp, browser: Browser, end: number): Promise<void> {
  while (site.clock() + minutes(10) < end) {
    site.clock.advance({ minutes: 10 });
    await browser.act();
  }
  site.clock.set(end);
  await browser.act();
}

const warnAt = (status: { remainingMs: number; warnMs: number }): number =>
  status.remainingMs - status.warnMs;

describe("time vectors over HTTP, inactivity logout off", () => {
  it("W1: half an hour warns at 28:00, lets in at 29:59.999 and refuses at 30:00.000 as absolute", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    expect(warnAt(await browser.status())).toBe(minutes(28));
    site.at("29:59.999");
    expect(await browser.standing()).toBe("in");
    site.at("30:00");
    expect(await browser.standing()).toBe("absolute");
    expect(await browser.state()).toMatchObject({
      state: "ended",
      reason: "absolute",
      by: null,
      endedAt: T + minutes(30),
    });
  });

  it("W2: a visit at 29:00 without an extension moves nothing", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    site.at("29:00");
    expect((await browser.visit()).status).toBe(200);
    expect(await browser.status()).toMatchObject({ remainingMs: minutes(1), action: "extend" });
    site.at("30:00");
    expect(await browser.standing()).toBe("absolute");
  });

  it("W3, D9: five minutes, extended at 3:30, end at 8:30 and warn at 6:30", async () => {
    const site = await startApp({ defaults: { sessionMinutes: 5 } });
    const browser = await site.signedIn("ann");
    expect(warnAt(await browser.status())).toBe(minutes(3));
    site.at("3:30");
    const extended = await browser.extend();
    expect(extended.status).toBe(200);
    expect(extended.body).toMatchObject({ remainingMs: minutes(5), extendMs: minutes(5) });
    expect(warnAt(await browser.status())).toBe(minutes(3)); // from 3:30 on
    expect(await browser.state()).toMatchObject({
      session: { extendedCount: 1, expiresAt: T + minutes(8.5), signedInAt: T },
    });
    site.at("8:29.999");
    expect(await browser.standing()).toBe("in");
    site.at("8:30");
    expect(await browser.standing()).toBe("absolute");
  });

  it("W4: one day, extended at 1439:00, ends at 1469:00 and continues in half hours", async () => {
    const site = await startApp({ defaults: { sessionMinutes: 1_440 } });
    const browser = await site.signedIn("ann");
    for (let click = 1_439; click < 1_700; click += 29) {
      site.at(`${click}:00`);
      expect((await browser.extend()).body).toMatchObject({ remainingMs: minutes(30) });
    }
    const state = await browser.state();
    expect(state).toMatchObject({ session: { signedInAt: T, extendedCount: 9 } });
  });

  it("W5, Q8: an extension at 10:00 is refused with 409 and says that it opens at 28:00", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    site.at("10:00");
    const early = await browser.extend();
    expect(early.status).toBe(409);
    expect(early.body).toMatchObject({
      error: "extension_too_early",
      opensAt: T + minutes(28),
      opensInMs: minutes(18),
    });
    site.at("30:00");
    expect(await browser.standing()).toBe("absolute");
  });

  it("W6, D11: an extension at 30:01 is refused as absolute while the keys exist", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    site.at("30:01");
    const late = await browser.extend();
    expect(late.status).toBe(401);
    expect(late.body).toMatchObject({ error: "session_ended", reason: "absolute" });
    expect((await browser.extend()).body).toMatchObject({ reason: "absolute" });
  });

  it("W6: an extension at 30:01 is refused when nothing is left in Redis either", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    site.at("30:01");
    const redis = await testRedis();
    for (const key of await redis.keys(`${site.prefix}*`)) await redis.del(key);
    const late = await browser.extend();
    expect(late.status).toBe(401);
    expect(late.body).toMatchObject({ error: "session_ended", reason: "unknown" });
  });

  it("W7: with the box ticked the browser may be closed; in on day 29, out at 30 days exactly", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann", { persistent: true });
    browser.restart();
    site.clock.set(T + days(29));
    expect(await browser.standing()).toBe("in");
    site.clock.set(T + days(30) - 1);
    expect(await browser.standing()).toBe("in");
    site.clock.set(T + days(30));
    expect(await browser.standing()).toBe("absolute");
  });

  it("W14: an hour lowered to ten minutes at 20:00 ends the session on its next request", async () => {
    const site = await startApp({ defaults: { sessionMinutes: 60 } });
    const browser = await site.signedIn("ann");
    site.at("20:00");
    await site.curfew.settings.update({ sessionMinutes: 10 });
    site.at("20:05");
    expect(await browser.standing()).toBe("absolute");
  });

  it("W15, Q12: an hour raised to ten does nothing for an open session, and all for the next login", async () => {
    const site = await startApp({ defaults: { sessionMinutes: 60 } });
    const browser = await site.signedIn("ann");
    site.at("20:00");
    await site.curfew.settings.update({ sessionMinutes: 600 });
    const later = await site.signedIn("bob");
    expect(await later.status()).toMatchObject({ remainingMs: minutes(600) });
    site.at("59:59.999");
    expect(await browser.standing()).toBe("in");
    site.at("60:00");
    expect(await browser.standing()).toBe("absolute");
  });
});

describe("time vectors over HTTP, inactivity logout on", () => {
  it("W8: idle from the start, the warning comes at 13:00 and the end at 15:00", async () => {
    const site = await startApp({ defaults: fiveHours });
    const browser = await site.signedIn("ann");
    expect(warnAt(await browser.status())).toBe(minutes(13));
    expect(await browser.status()).toMatchObject({ limit: "idle", action: "stay" });
    site.at("14:59.999");
    expect(await browser.standing()).toBe("in");
    site.at("15:00");
    expect(await browser.standing()).toBe("idle");
  });

  it("W9, N5: a click in tab B at 14:59 closes the dialog of tab A", async () => {
    const site = await startApp({ defaults: fiveHours });
    const browser = await site.signedIn("ann");
    site.at("14:59");
    expect(await browser.status()).toMatchObject({ remainingMs: 1_000 });
    await browser.act();
    expect(await browser.status()).toMatchObject({ remainingMs: minutes(15), limit: "idle" });
    expect(await browser.state()).toMatchObject({ session: { expiresAt: T + minutes(29) + 59_000 } });
  });

  it("W10: a page that polls each minute ends at 15:00", async () => {
    const site = await startApp({ defaults: fiveHours });
    const browser = await site.signedIn("ann");
    for (let minute = 1; minute < 15; minute++) {
      site.at(`${minute}:00`);
      expect(await browser.standing()).toBe("in");
      await browser.fetch("post", "/data", { minute });
      await browser.status();
    }
    site.at("15:00");
    expect(await browser.standing()).toBe("idle");
  });

  it("W11, N7: active up to 290:00, the re-authentication dialog comes at 298:00, the end at 300:00", async () => {
    const site = await startApp({ defaults: fiveHours });
    const browser = await site.signedIn("ann");
    await workUntil(site, browser, T + minutes(290));
    const status = await browser.status();
    expect(status).toMatchObject({ limit: "absolute", action: "reauthenticate" });
    expect(warnAt(status)).toBe(minutes(8));
    site.at("299:59.999");
    expect(await browser.standing()).toBe("in");
    site.at("300:00");
    expect(await browser.standing()).toBe("absolute");
  });

  it("W12, N10: active up to 284:00, the idle dialog comes at 297:00; staying makes it the other", async () => {
    const site = await startApp({ defaults: fiveHours });
    const browser = await site.signedIn("ann");
    await workUntil(site, browser, T + minutes(284));
    const idle = await browser.status();
    expect(idle).toMatchObject({ limit: "idle", action: "stay" });
    expect(warnAt(idle)).toBe(minutes(13));
    site.at("298:30");
    const stayed = await browser.extend();
    expect(stayed.body).toMatchObject({
      limit: "absolute",
      action: "reauthenticate",
      remainingMs: minutes(1.5),
    });
    site.at("300:00");
    expect(await browser.standing()).toBe("absolute");
  });

  it.each([
    ["2:00", "idle"],
    ["10:00", "in"],
  ])(
    "W13, Q14: inactivity logout from 20:00 on, last click at %s: %s at 20:05",
    async (lastClick, standing) => {
      const site = await startApp();
      const browser = await site.signedIn("ann");
      site.at(lastClick);
      await browser.act();
      site.at("20:00");
      await site.curfew.settings.update({ inactivityLogout: true });
      site.at("20:05");
      expect(await browser.standing()).toBe(standing);
    },
  );

  it("W13: who lives on still ends at 30:00, and is asked to sign in again", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    site.at("20:00");
    await browser.act();
    await site.curfew.settings.update({ inactivityLogout: true });
    const status = await browser.status();
    expect(status).toMatchObject({
      limit: "absolute",
      action: "reauthenticate",
      remainingMs: minutes(10),
    });
    expect(warnAt(status)).toBe(minutes(8));
    site.at("30:00");
    expect(await browser.standing()).toBe("absolute");
  });
});
