/** Limits of classes of devices: desktops, phones, tablets and other devices (rules C12 to C15). */
import { describe, expect, it, vi } from "vitest";
import * as scripts from "../../src/state/scripts.generated.js";
import { startApp, type TestApp } from "../harness/app.js";
import { FIREFOX, PASSWORD, type Browser } from "../harness/browser.js";
import { steppedClient } from "../harness/stepped-client.js";

const IPHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
const PIXEL =
  "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Mobile Safari/537.36";
const IPAD =
  "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
const TELEVISION =
  "Mozilla/5.0 (SMART-TV; Linux; Tizen 8.0) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/7.0 TV Safari/537.36";
const MONTH = { persistent: true } as const;

async function standings(browsers: readonly Browser[]): Promise<string[]> {
  const found: string[] = [];
  for (const browser of browsers) found.push(await browser.standing());
  return found;
}

/** Signs ann in from browsers with these User-Agents, one after the other. */
async function signInFrom(site: TestApp, ...userAgents: readonly string[]): Promise<Browser[]> {
  const browsers: Browser[] = [];
  for (const userAgent of userAgents) {
    const browser = await site.browser(userAgent);
    await browser.signIn("ann", MONTH);
    browsers.push(browser);
  }
  return browsers;
}

async function classesOf(site: TestApp): Promise<(string | null)[]> {
  const { sessions } = await site.curfew.sessions.list({ userId: "ann" });
  return sessions.map(({ deviceClass }) => deviceClass);
}

describe("the class of a device", () => {
  it.each([
    ["desktop", FIREFOX],
    ["phone", IPHONE],
    ["phone", PIXEL],
    ["tablet", IPAD],
    ["other", TELEVISION],
    ["other", "Googlebot/2.1 (+http://www.google.com/bot.html)"],
    ["other", "curl/8.5.0"],
    ["other", "("],
  ])("C14: is %s for the User-Agent %s", async (deviceClass, userAgent) => {
    const site = await startApp();
    await signInFrom(site, userAgent);
    expect(await classesOf(site)).toEqual([deviceClass]);
    expect(site.told("signedIn")).toMatchObject([{ deviceClass }]);
  });

  it("C14: is the class that the app names, and a program has no class", async () => {
    const site = await startApp();
    const browser = await site.browser(FIREFOX);
    await browser.signIn("ann", { deviceClass: "tablet" });
    await site.signedIn("ann", { kind: "api" });
    expect(await classesOf(site)).toEqual(["tablet", null]);
    const refused = await browser.trySignIn("ann", { deviceClass: "watch" });
    expect(refused.text).toMatch(/deviceClass.*desktop.*phone.*tablet.*other/);
  });

  it("C14: stays when the User-Agent changes after the sign-in, the session extends or authenticates again", async () => {
    const site = await startApp({ defaults: { maxSessionsPerUser: 5, maxPhonesPerUser: 1 } });
    const phone = await site.browser(IPHONE);
    await phone.signIn("ann");
    site.at("28:30");
    expect((await phone.extend()).status).toBe(200);
    const disguised = { "user-agent": FIREFOX };
    expect((await phone.get("/account", disguised)).status).toBe(200);
    expect((await phone.reauthenticate()).status).toBe(200);
    expect(await classesOf(site)).toEqual(["phone"]);
    await signInFrom(site, PIXEL);
    expect((await phone.get("/account", disguised)).status).toBe(401);
    expect(await classesOf(site)).toEqual(["phone"]);
  });
});

describe("a limit of a class", () => {
  it("C12: ends the oldest of the class alone, and the event and the trail say which limit it was", async () => {
    const site = await startApp({ defaults: { maxSessionsPerUser: 4, maxPhonesPerUser: 1 } });
    const browsers = await signInFrom(site, IPHONE, FIREFOX, IPAD, PIXEL);
    expect(await standings(browsers)).toEqual(["evicted", "in", "in", "in"]);
    const limit = "maxPhonesPerUser";
    expect(site.told("ended")).toMatchObject([
      { reason: "evicted", limit, by: { device: "Chrome on Android" } },
    ]);
    const trail = await site.curfew.audit.list({ userId: "ann", types: ["ended"] });
    expect(trail.entries).toMatchObject([{ reason: "evicted", limit }]);
  });

  it("C12: holds beside the limit of all browsers, whose event says so", async () => {
    const site = await startApp({ defaults: { maxSessionsPerUser: 2, maxPhonesPerUser: 1 } });
    const browsers = await signInFrom(site, FIREFOX, IPAD, IPHONE);
    expect(await standings(browsers)).toEqual(["evicted", "in", "in"]);
    expect(site.told("ended")).toMatchObject([{ limit: "maxSessionsPerUser" }]);
  });

  it("C12, C8: evicts a persistent session, which its cookie does not revive", async () => {
    const site = await startApp({ defaults: { maxSessionsPerUser: 9, maxTabletsPerUser: 1 } });
    const [first, second] = await signInFrom(site, IPAD, IPAD);
    first?.restart();
    expect([await first?.standing(), await second?.standing()]).toEqual(["evicted", "in"]);
  });

  it("C12, C3: lets the same browser sign in again, also as another class", async () => {
    const site = await startApp({ defaults: { maxSessionsPerUser: 9, maxPhonesPerUser: 1 } });
    const [phone] = await signInFrom(site, IPHONE);
    site.at("1:00");
    await phone?.signIn("ann", { deviceClass: "desktop" });
    await signInFrom(site, PIXEL);
    expect(await phone?.standing()).toBe("in");
    expect(await classesOf(site)).toEqual(["desktop", "phone"]);
    expect(site.told("ended")).toMatchObject([{ reason: "signed_out", limit: null }]);
  });

  it("C12: of a lowered limit ends the oldest of the class at their next request, and no sign-out revives them", async () => {
    const site = await startApp();
    const [older, desktop, newer] = await signInFrom(site, IPHONE, FIREFOX, PIXEL);
    await site.curfew.settings.update({ maxSessionsPerUser: 9, maxPhonesPerUser: 1 });
    await newer?.fetch("post", "/logout", {});
    await site.curfew.settings.update({ maxPhonesPerUser: null });
    const found = [await older?.standing(), await desktop?.standing()];
    expect(found).toEqual(["evicted", "in"]);
    const ended = site.told("ended").map(({ reason, limit }) => [reason, limit]);
    expect(ended).toContainEqual(["evicted", "maxPhonesPerUser"]);
  });

  it("C12, W16: of a lowered limit names the newest sign-in of the class as the cause", async () => {
    const site = await startApp();
    const [older] = await signInFrom(site, IPHONE, PIXEL, FIREFOX);
    await site.curfew.settings.update({ maxSessionsPerUser: 9, maxPhonesPerUser: 1 });
    expect(await older?.standing()).toBe("evicted");
    expect(site.told("ended")).toMatchObject([{ by: { device: "Chrome on Android" } }]);
  });

  it("C11, C12: waits for the next sign-in where limitOpenSessions is off", async () => {
    const site = await startApp({ limitOpenSessions: false });
    const [older, newer] = await signInFrom(site, IPHONE, PIXEL);
    await site.curfew.settings.update({ maxSessionsPerUser: 9, maxPhonesPerUser: 1 });
    expect(await older?.standing()).toBe("in");
    const [third] = await signInFrom(site, IPHONE);
    expect([await older?.standing(), await newer?.standing(), await third?.standing()]).toEqual([
      ...["evicted", "evicted", "in"],
    ]);
  });

  it("C12: newer sessions of the class that are over do not count", async () => {
    const site = await startApp({ defaults: { maxSessionsPerUser: 9, maxPhonesPerUser: 5 } });
    const [older] = await signInFrom(site, IPHONE);
    const idle = await site.browser(PIXEL);
    await idle.signIn("ann");
    site.at("31:00");
    await site.curfew.settings.update({ maxPhonesPerUser: 1 });
    expect([await older?.standing(), await idle.standing()]).toEqual(["in", "absolute"]);
  });
});

describe("an eviction by the limit of a class whose record fails", () => {
  it("C15: stays when the limit is lifted, because the session has lost its place", async () => {
    const steps = await steppedClient();
    const site = await startApp({
      redis: steps.client,
      defaults: { maxSessionsPerUser: 9, maxPhonesPerUser: 1 },
    });
    const [desktop, lost] = await signInFrom(site, FIREFOX, IPHONE);
    steps.fail(scripts.endRecord);
    const [living] = await signInFrom(site, PIXEL);
    await vi.waitFor(() => {
      expect(site.told("warning")).toMatchObject([{ code: "write_failed" }]);
    });
    await site.curfew.settings.update({ maxSessionsPerUser: null, maxPhonesPerUser: null });
    expect([await desktop?.standing(), await lost?.standing(), await living?.standing()]).toEqual([
      ...["in", "evicted", "in"],
    ]);
  });
});

describe("a limit of a class that refuses the newest", () => {
  const refusing = { maxSessionsPerUser: 3, whenLimitReached: "refuse_newest", maxPhonesPerUser: 1 } as const;

  it("C12: lists the sessions of the class and names the limit; the end of one makes room", async () => {
    const site = await startApp({ defaults: refusing });
    await signInFrom(site, IPHONE, FIREFOX);
    const next = await site.browser(PIXEL);
    const refused = await next.trySignIn("ann");
    expect(refused.status).toBe(409);
    expect(refused.json).toMatchObject({ code: "too_many_sessions", sessions: [{ deviceClass: "phone" }] });
    expect((refused.json["sessions"] as unknown[]).length).toBe(1);
    const desktop = await site.browser(FIREFOX);
    await desktop.signIn("ann");
    const [phone] = (await site.curfew.sessions.list({ userId: "ann" })).sessions;
    await site.curfew.sessions.end(phone?.ref ?? "", { actor: "ann" });
    await next.signIn("ann");
    expect(await classesOf(site)).toEqual(["desktop", "desktop", "phone"]);
  });

  it("C12: and the limit of all lists all sessions, though the class has room", async () => {
    const site = await startApp({ defaults: refusing });
    await signInFrom(site, FIREFOX, FIREFOX, IPAD);
    const answer = await (
      await site.browser(PIXEL)
    ).fetch("post", "/login", { userId: "ann", password: PASSWORD });
    expect(answer.status).toBe(409);
    expect((answer.json["sessions"] as unknown[]).length).toBe(3);
  });
});

describe("a limit of classes alone", () => {
  it("C13: limits all browsers to the sum of the classes, also browsers that claim another class", async () => {
    const site = await startApp({ defaults: { maxDesktopsPerUser: 1, maxPhonesPerUser: 1 } });
    const claimed = [IPAD, TELEVISION, IPAD, FIREFOX, "curl/8.5.0", IPHONE, IPAD];
    const browsers = await signInFrom(site, ...claimed);
    const living = (await standings(browsers)).map((standing) => standing === "in");
    expect(living).toEqual([...Array<boolean>(5).fill(false), true, true]);
    const { effective, settings } = await site.curfew.settings.get();
    expect([settings.maxSessionsPerUser, effective.maxSessionsPerUser]).toEqual([null, 2]);
  });

  it("C13: of a rule for some applies to open sessions, and explain names the rule", async () => {
    const site = await startApp();
    const guest = { ...MONTH, roles: ["guest"] };
    const browsers = [await site.browser(IPHONE), await site.browser(FIREFOX), await site.browser(IPAD)];
    for (const browser of browsers) await browser.signIn("ann", guest);
    await site.curfew.settings.rules.set({ role: "guest" }, { maxPhonesPerUser: 1, maxTabletsPerUser: 1 });
    const [newest] = (await site.curfew.sessions.list({ userId: "ann" })).sessions.slice(-1);
    const { effective, sources } = (await site.curfew.settings.explain(newest?.ref ?? "")) ?? {};
    expect(effective).toMatchObject({ maxSessionsPerUser: 2, maxTabletsPerUser: 1 });
    expect(sources?.maxSessionsPerUser).toEqual({ from: "rule", for: { role: "guest" } });
    expect(await standings(browsers)).toEqual(["evicted", "in", "in"]);
  });
});

describe("before a limit of a class is saved", () => {
  it("C12: a preview counts the sessions that it would end", async () => {
    const site = await startApp();
    await signInFrom(site, IPHONE, FIREFOX, PIXEL, IPHONE);
    const preview = await site.curfew.settings.preview({ maxSessionsPerUser: 9, maxPhonesPerUser: 1 });
    expect(preview).toMatchObject({ endedSessions: 2, endedByReason: { evicted: 2 }, countedSessions: 4 });
  });
});
