import { describe, expect, it } from "vitest";
import { startApp } from "../harness/app.js";
import { proxiedRedis } from "../harness/app-proxy.js";
import { minutes, T } from "../harness/policy-fixtures.js";

describe("an extension", () => {
  it("D8: three at once extend once", async () => {
    // All of them have read the session before the first has extended it.
    const proxy = await proxiedRedis();
    const site = await startApp({ redis: proxy.redis });
    const browser = await site.signedIn("ann");
    site.at("29:00");
    proxy.latencyMs = 100;
    const answers = await Promise.all([browser.extend(), browser.extend(), browser.extend()]);
    proxy.latencyMs = 0;
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
    expect(await browser.state()).toMatchObject({ session: { extendedCount: 1 } });
    expect(site.told("extended")).toMatchObject([
      { userId: "ann", extendedCount: 1, endsAt: T + minutes(59) },
    ]);
  });

  it("Q8: is granted early where the app says so", async () => {
    const site = await startApp({ allowEarlyExtension: true });
    const browser = await site.signedIn("ann");
    site.at("10:00");
    expect((await browser.extend()).body).toMatchObject({ remainingMs: minutes(30) });
  });

  it("N3: with inactivity logout on it is only a sign of life", async () => {
    const site = await startApp({ defaults: { inactivityLogout: true } });
    const browser = await site.signedIn("ann");
    site.at("14:00");
    expect((await browser.extend()).body).toMatchObject({ idleRemainingMs: minutes(15) });
    expect(await browser.state()).toMatchObject({ session: { extendedCount: 0 } });
  });

  it("Q9: a persistent session must authenticate again", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann", { persistent: true });
    site.clock.advance({ days: 30, minutes: -1 });
    const refused = await browser.extend();
    expect([refused.status, refused.body]).toEqual([
      409,
      expect.objectContaining({ error: "reauthentication_required" }),
    ]);
  });

  it("Q10: reaches no further than the system limit", async () => {
    const site = await startApp({ limits: { absoluteMinutes: 40 } });
    const browser = await site.signedIn("ann");
    site.at("29:00");
    expect((await browser.extend()).body).toMatchObject({
      remainingMs: minutes(11),
      action: "reauthenticate",
    });
    site.at("39:00");
    expect((await browser.extend()).status).toBe(409);
    site.at("40:00");
    expect(await browser.standing()).toBe("absolute");
  });

  it("D6: by the settings of the moment of the click", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    await site.curfew.settings.update({ sessionMinutes: 300 });
    site.at("29:00");
    expect((await browser.extend()).body).toMatchObject({ remainingMs: minutes(30) });
    await site.curfew.settings.update({ sessionMinutes: 10 });
    // Q13: the extension shrinks to the length of an extension now.
    expect(await browser.status()).toMatchObject({ remainingMs: minutes(10) });
  });

  it.each([
    [5, 5],
    [29, 29],
    [30, 30],
    [31, 30],
    [1_440, 30],
    [43_199, 30],
  ])("D3, D5: of %i minutes adds %i, from two minutes before the end on", async (sessionMinutes, adds) => {
    const site = await startApp({ defaults: { sessionMinutes } });
    const browser = await site.signedIn("ann");
    site.clock.set(T + minutes(sessionMinutes - 2) - 1);
    expect((await browser.extend()).status).toBe(409);
    site.clock.set(T + minutes(sessionMinutes - 2));
    expect(await browser.status()).toMatchObject({ remainingMs: minutes(2), warnMs: minutes(2) });
    const granted = await browser.extend();
    // The very longest one meets the system limit of thirty days (rule Q10).
    const most = 43_200 - (sessionMinutes - 2);
    expect(granted.body).toMatchObject({ remainingMs: minutes(Math.min(adds, most)) });
  });

  it("Q10: the longest duration of all is the system limit, and is not extended", async () => {
    const site = await startApp({ defaults: { sessionMinutes: 43_200 } });
    const browser = await site.signedIn("ann");
    site.clock.set(T + minutes(43_199));
    const refused = await browser.extend();
    expect([refused.status, refused.body]).toEqual([
      409,
      expect.objectContaining({ error: "reauthentication_required" }),
    ]);
  });

  it("Q7: never shortens, when granted early", async () => {
    const site = await startApp({ allowEarlyExtension: true, defaults: { sessionMinutes: 300 } });
    const browser = await site.signedIn("ann");
    site.at("10:00");
    await browser.extend();
    expect(await browser.status()).toMatchObject({ remainingMs: minutes(290) });
  });

  it("D7: may follow extension, as long as a person asks", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    for (let click = 29; click < 600; click += 29) {
      site.at(`${click}:00`);
      expect((await browser.extend()).status).toBe(200);
    }
    expect(await browser.state()).toMatchObject({ session: { extendedCount: 20, signedInAt: T } });
  });

  it("Q25: is nothing for programs, whose lifetime is the app's to say", async () => {
    const site = await startApp();
    const api = await site.signedIn("ann", { kind: "api" });
    site.at("59:00");
    expect((await api.extend()).body).toMatchObject({ error: "reauthentication_required" });
  });
});
