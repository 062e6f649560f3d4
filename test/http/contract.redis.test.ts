/** Behaviour with every supported Express and Redis client. */
import express from "express";
import { describe, expect, it } from "vitest";
import type { CurfewOptions } from "../../src/index.js";
import { express4, startApp, type TestApp, type TestAppOptions } from "../harness/app.js";
import type { Browser } from "../harness/browser.js";
import { minutes } from "../harness/policy-fixtures.js";
import { asCluster, ioredis5, ioredis6 } from "../harness/redis-clients.js";
import { appRedis } from "../harness/redis.js";
import { slowRoute } from "../harness/slow-route.js";

interface World {
  readonly title: string;
  readonly framework: typeof express;
  readonly redis: () => Promise<CurfewOptions["redis"]>;
}

const WORLDS: readonly World[] = [
  { title: "Express 5, what the tests give every app", framework: express, redis: appRedis },
  { title: "Express 5, a client of ioredis 6", framework: express, redis: () => ioredis6() },
  { title: "Express 5, a client of ioredis 5", framework: express, redis: ioredis5 },
  { title: "Express 4, a client of ioredis 6", framework: express4, redis: () => ioredis6() },
  { title: "Express 4, a client of ioredis 5", framework: express4, redis: ioredis5 },
  {
    title: "Express 5, a cluster's client, one key at a time",
    framework: express,
    redis: async () => asCluster(await ioredis6()),
  },
];

describe.each(WORLDS)("$title", ({ framework, redis }) => {
  const start = async (options: TestAppOptions = {}): Promise<TestApp> =>
    startApp({ express: framework, redis: await redis(), ...options });

  it("D1, D2: signs in, lets in, and ends at the session duration exactly", async () => {
    const site = await start();
    const browser = await site.browser();
    expect(await browser.standing()).toBe("anonymous");
    await browser.signIn("ann");
    expect(await browser.state()).toMatchObject({ state: "active", session: { userId: "ann" } });
    site.at("29:59.999");
    expect(await browser.standing()).toBe("in");
    site.at("30:00");
    expect(await browser.standing()).toBe("absolute");
  });

  it("D5, D8, W3: extends in the last two minutes, not before", async () => {
    const site = await start();
    const browser = await site.signedIn("ann");
    expect((await browser.extend()).status).toBe(409);
    site.at("28:00");
    expect((await browser.extend()).body).toMatchObject({ remainingMs: minutes(30) });
    site.at("57:59.999");
    expect(await browser.standing()).toBe("in");
    expect(await browser.state()).toMatchObject({ session: { extendedCount: 1 } });
    site.at("58:00");
    expect(await browser.standing()).toBe("absolute");
  });

  it("N1, N2, N5: ends when idle, and activity in any tab keeps all", async () => {
    const site = await start({ defaults: { inactivityLogout: true } });
    const browser = await site.signedIn("ann");
    site.at("14:00");
    await browser.act();
    site.at("28:59.999");
    expect(await browser.standing()).toBe("in");
    site.at("29:00");
    expect(await browser.standing()).toBe("idle");
  });

  it("N14: re-authentication gives a new id and a new window, and keeps the app's data", async () => {
    const site = await start();
    const browser = await site.signedIn("ann");
    await browser.fetch("post", "/data", { cart: [1] });
    const former = browser.sessionCookie?.value;
    site.at("29:00");
    expect((await browser.reauthenticate("wrong")).status).toBe(403);
    expect((await browser.reauthenticate()).body).toMatchObject({ remainingMs: minutes(30) });
    expect(browser.sessionCookie?.value).not.toBe(former);
    expect((await browser.fetch("get", "/data")).body).toEqual({ cart: [1] });
    site.at("58:59.999");
    expect(await browser.standing()).toBe("in");
  });

  it("P2, Q16, W20: persistent for thirty days, until that is switched off", async () => {
    const site = await start();
    const browser = await site.signedIn("ann", { persistent: true });
    expect(browser.sessionCookie?.attributes["max-age"]).toBe(String(30 * 86_400));
    site.clock.advance({ minutes: 20 });
    await site.curfew.settings.update({ allowPersistentSessions: false });
    expect(await browser.standing()).toBe("in");
    expect(browser.sessionCookie?.attributes).not.toHaveProperty("max-age");
    site.clock.advance({ days: 1 });
    expect(await browser.standing()).toBe("absolute");
  });

  it("C2, C5, W16: with one session a user, the newest sign-in wins and others are left alone", async () => {
    const site = await start({ defaults: { maxSessionsPerUser: 1 } });
    const [first, other] = [await site.signedIn("ann"), await site.signedIn("bob")];
    site.at("5:00");
    const second = await site.signedIn("ann");
    expect(await first.standing()).toBe("evicted");
    expect(await first.state()).toMatchObject({ by: { device: "Chrome on Windows" } });
    expect([await second.standing(), await other.standing()]).toEqual(["in", "in"]);
  });

  it("C7, C11: of thirty simultaneous sign-ins as many live as the limit says", async () => {
    const site = await start({ defaults: { maxSessionsPerUser: 3 } });
    const browsers = await Promise.all(Array.from({ length: 30 }, () => site.browser()));
    await Promise.all(browsers.map((browser) => browser.signIn("ann")));
    const standings = await Promise.all(browsers.map((browser) => browser.standing()));
    expect(standings.filter((standing) => standing === "in")).toHaveLength(3);
    expect(standings.filter((standing) => standing === "evicted")).toHaveLength(27);
    expect((await site.curfew.sessions.list({ userId: "ann" })).sessions).toHaveLength(3);
  });

  it("C9, X2: a write under way when the session is evicted brings nothing back", async () => {
    const slow = slowRoute();
    const site = await start({ defaults: { maxSessionsPerUser: 1 }, configure: slow.configure });
    const browser = await site.signedIn("ann");
    const answer = browser.fetch("post", "/slow", {});
    await slow.entered;
    await site.signedIn("ann");
    slow.open();
    expect((await answer).status).toBe(200);
    expect(await browser.standing()).toBe("evicted");
    expect((await browser.fetch("get", "/data")).body).toEqual({});
  });

  it("C10, L: signing out, revoking and an administrator's end have different reasons", async () => {
    const site = await start();
    const browsers: Browser[] = [];
    for (let i = 0; i < 3; i++) browsers.push(await site.signedIn("ann"));
    const [signedOut, revoked, ended] = browsers as [Browser, Browser, Browser];
    await signedOut.fetch("post", "/logout", {});
    const state = await revoked.state();
    if (state.state === "active") await site.curfew.sessions.end(state.session.ref, { actor: "ann" });
    expect([await signedOut.standing(), await revoked.standing()]).toEqual(["signed_out", "revoked"]);
    expect(await ended.standing()).toBe("in");
    await site.curfew.sessions.endAll({ userId: "ann", actor: "root" });
    expect(await ended.standing()).toBe("revoked_by_admin");
  });

  it("Q12: settings hold on the very next request", async () => {
    const site = await start();
    const browser = await site.signedIn("ann");
    site.at("10:00");
    await site.curfew.settings.update({ sessionMinutes: 11 });
    expect(await browser.status()).toMatchObject({ remainingMs: minutes(1), configVersion: 1 });
    await site.curfew.settings.update({ sessionMinutes: 10 });
    expect(await browser.standing()).toBe("absolute");
  });

  it("keeps an anonymous session's data through the sign-in, under a new id", async () => {
    const site = await start();
    const browser = await site.browser();
    await browser.fetch("post", "/data", { cart: [7] });
    const planted = browser.sessionCookie?.value;
    await browser.signIn("ann");
    expect(browser.sessionCookie?.value).not.toBe(planted);
    expect((await browser.fetch("get", "/data")).body).toEqual({ cart: [7] });
    browser.plant("curfew.sid", planted ?? "");
    expect((await browser.fetch("get", "/data")).body).toEqual({});
  });
});
