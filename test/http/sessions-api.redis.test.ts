import { describe, expect, it } from "vitest";
import type { SessionView } from "../../src/index.js";
import { startApp, type TestApp } from "../harness/app.js";
import { FIREFOX, type Browser } from "../harness/browser.js";
import { days, minutes, T } from "../harness/policy-fixtures.js";

async function refOf(browser: Browser): Promise<string> {
  const state = await browser.state();
  return state.state === "active" ? state.session.ref : "";
}

const listed = async (site: TestApp, userId: string): Promise<readonly SessionView[]> =>
  (await site.curfew.sessions.list({ userId })).sessions;

const refsOf = (sessions: readonly SessionView[]): string[] => sessions.map(({ ref }) => ref);

describe("listing", () => {
  it("R1, R8: shows a user's living sessions, oldest first, with all that is known and their real end", async () => {
    const site = await startApp();
    const first = await site.browser(FIREFOX);
    await first.signIn("ann", { credentialsType: "saml" });
    site.at("5:00");
    const second = await site.signedIn("ann", { persistent: true });
    await site.signedIn("bob");
    expect(await listed(site, "ann")).toEqual([
      {
        ref: await refOf(first),
        userId: "ann",
        kind: "browser",
        browser: "Firefox",
        operatingSystem: "Linux",
        deviceClass: "desktop",
        ip: null,
        city: null,
        state: null,
        country: null,
        credentialsType: "saml",
        signedInAt: T,
        lastActivityAt: T,
        expiresAt: T + minutes(30),
        limit: "absolute",
        absoluteEndsAt: T + minutes(30),
        idleEndsAt: null,
        extendedAt: null,
        extendedCount: 0,
        persistent: false,
        sudoUserId: null,
        tenant: null,
        roles: [],
        tags: [],
        metadata: {},
      },
      expect.objectContaining({
        ref: await refOf(second),
        browser: "Chrome",
        persistent: true,
        expiresAt: T + minutes(5) + days(30),
      }),
    ]);
  });

  it("R8: applies the settings of the moment to every end", async () => {
    const site = await startApp();
    await site.signedIn("ann");
    await site.curfew.settings.update({ sessionMinutes: 7 });
    expect(await listed(site, "ann")).toMatchObject([{ expiresAt: T + minutes(7) }]);
    await site.curfew.settings.update({ inactivityLogout: true, sessionMinutes: 600 });
    expect(await listed(site, "ann")).toMatchObject([{ expiresAt: T + minutes(15) }]);
    site.at("14:00");
    await site.curfew.settings.update({ inactivityLogout: false });
    expect(await listed(site, "ann")).toMatchObject([{ expiresAt: T + minutes(30) }]);
  });

  it("R8, D8: shows an extension", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    site.at("29:00");
    await browser.extend();
    expect(await listed(site, "ann")).toMatchObject([
      {
        signedInAt: T,
        expiresAt: T + minutes(59),
        extendedAt: T + minutes(29),
        extendedCount: 1,
      },
    ]);
  });

  it("N14: re-authentication keeps what describes the session, and its place in the order", async () => {
    const site = await startApp();
    const browser = await site.browser(FIREFOX);
    await browser.signIn("ann", { credentialsType: "saml" });
    site.at("1:00");
    await site.signedIn("ann");
    site.at("2:00");
    await browser.reauthenticate();
    expect(await listed(site, "ann")).toMatchObject([
      {
        ref: await refOf(browser),
        browser: "Firefox",
        operatingSystem: "Linux",
        credentialsType: "saml",
        signedInAt: T + minutes(2),
      },
      { browser: "Chrome" },
    ]);
  });

  it("R1: leaves out sessions that are over for any reason, even before a request finds the end", async () => {
    const site = await startApp();
    const [out, revoked] = [await site.signedIn("ann"), await site.signedIn("ann")];
    const lasting = await site.signedIn("ann", { persistent: true });
    await site.signedIn("ann");
    await out.fetch("post", "/logout", {});
    await site.curfew.sessions.end(await refOf(revoked));
    site.at("30:00");
    expect(refsOf(await listed(site, "ann"))).toEqual([await refOf(lasting)]);
    expect((await site.curfew.sessions.list()).sessions).toHaveLength(1);
  });

  it("lists all users' sessions page by page, each once", async () => {
    const site = await startApp();
    const lifetimes = [7, 3, 9, 3, 3, 12, 1];
    for (const [i, lifetimeMinutes] of lifetimes.entries())
      await site.signedIn(`user${i}`, { lifetimeMinutes });
    const pages: number[][] = [];
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const page = await site.curfew.sessions.list({ limit: 2, ...(cursor ? { cursor } : {}) });
      pages.push(page.sessions.map(({ expiresAt }) => (expiresAt - T) / minutes(1)));
      cursor = page.nextCursor;
    }
    expect(pages.flat().sort((a, b) => a - b)).toEqual([1, 3, 3, 3, 7, 9, 12]);
    expect(pages.slice(0, 3).map((page) => page.length)).toEqual([2, 2, 2]);
  });

  it.each([{ limit: 0 }, { limit: 501 }, { limit: 1.5 }, { cursor: "nonsense" }, { cursor: "1.2.3" }])(
    "refuses %j",
    async (options) => {
      const site = await startApp();
      await expect(site.curfew.sessions.list(options)).rejects.toMatchObject({ code: "invalid_argument" });
    },
  );
});

describe("one session", () => {
  it("R2, R6: is found by its ref while it lives, and by nothing else", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    const ref = await refOf(browser);
    expect(await site.curfew.sessions.get(ref)).toMatchObject({ ref, userId: "ann" });
    for (const other of ["", "x".repeat(22), "../settings", `${ref}x`])
      expect(await site.curfew.sessions.get(other)).toBeNull();
    site.at("30:00");
    expect(await site.curfew.sessions.get(ref)).toBeNull();
  });

  it("R9, M37: its ref is in the cookie, stays, and opens nothing", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    const ref = await refOf(browser);
    expect(ref).toMatch(/^[\w-]{21}$/);
    await browser.reauthenticate();
    await browser.standing();
    expect(await refOf(browser)).toBe(ref);
    const { value = "" } = browser.sessionCookie ?? {};
    expect(decodeURIComponent(value)).toMatch(new RegExp(`^s:${ref}\\.`));
    browser.plant("curfew.sid", ref);
    expect(await browser.standing()).toBe("anonymous");
  });

  it("R3, R6, C10: is ended by its ref; its next request is refused, a second end finds nothing", async () => {
    const site = await startApp();
    const [browser, other] = [await site.signedIn("ann"), await site.signedIn("ann")];
    const ref = await refOf(browser);
    expect(await site.curfew.sessions.end(ref, { actor: "root" })).toEqual({ ended: true, durable: null });
    expect(await site.curfew.sessions.end(ref, { actor: "root" })).toEqual({ ended: false, durable: null });
    // As a request's body names them, or does not.
    for (const none of ["x".repeat(21), "x", undefined, 7] as string[]) {
      expect(await site.curfew.sessions.end(none)).toEqual({ ended: false, durable: null });
      expect(await site.curfew.sessions.get(none)).toBeNull();
    }
    expect([await browser.standing(), await other.standing()]).toEqual(["revoked_by_admin", "in"]);
    expect(site.told("ended")).toMatchObject([{ ref, actor: "root", reason: "revoked_by_admin", by: null }]);
  });

  it("L: ended by its own user it is revoked", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    await site.curfew.sessions.end(await refOf(browser), { actor: "ann" });
    expect(await browser.standing()).toBe("revoked");
  });

  it("C10, Q12: ended while only lowered settings end it, it stays ended when they are raised again", async () => {
    const site = await startApp({ defaults: { sessionMinutes: 60 } });
    const browser = await site.signedIn("ann");
    const ref = await refOf(browser);
    site.at("20:00");
    await site.curfew.settings.update({ sessionMinutes: 10 });
    expect(await site.curfew.sessions.end(ref, { actor: "root" })).toEqual({ ended: false, durable: null });
    await site.curfew.settings.update({ sessionMinutes: 60 });
    expect(await browser.standing()).toBe("absolute");
    expect(site.told("ended")).toMatchObject([{ ref, reason: "absolute", actor: null }]);
  });

  it("C10, Q11: also for a session that only a lowered limit ends", async () => {
    const site = await startApp();
    const [older, newer] = [await site.signedIn("ann"), await site.signedIn("ann")];
    const ref = await refOf(older);
    await site.curfew.settings.update({ maxSessionsPerUser: 1 });
    expect(await site.curfew.sessions.end(ref, { actor: "ann" })).toEqual({ ended: false, durable: null });
    await site.curfew.settings.update({ maxSessionsPerUser: null });
    expect([await older.standing(), await newer.standing()]).toEqual(["evicted", "in"]);
  });
});

describe("ending all of a user's sessions", () => {
  it("ends every kind, spares the asking session, and leaves other users alone", async () => {
    const site = await startApp();
    const asking = await site.signedIn("ann");
    const others = [
      await site.signedIn("ann"),
      await site.signedIn("ann", { persistent: true }),
      await site.signedIn("ann", { kind: "api" }),
    ];
    const bob = await site.signedIn("bob");
    const except = await refOf(asking);
    expect(await site.curfew.sessions.endAll({ userId: "ann", except, actor: "ann" })).toEqual({
      ended: 3,
      durable: null,
    });
    for (const browser of others) expect(await browser.standing()).toBe("revoked");
    expect([await asking.standing(), await bob.standing()]).toEqual(["in", "in"]);
  });

  it("spares the same session twice, and none the third time", async () => {
    const site = await startApp();
    const asking = await site.signedIn("ann");
    const except = await refOf(asking);
    for (let i = 0; i < 2; i++) {
      const other = await site.signedIn("ann");
      await site.curfew.sessions.endAll({ userId: "ann", except });
      expect([await asking.standing(), await other.standing()]).toEqual(["in", "revoked_by_admin"]);
    }
    await site.curfew.sessions.endAll({ userId: "ann" });
    expect(await asking.standing()).toBe("revoked_by_admin");
  });

  it("a spared session may re-authenticate and continues", async () => {
    const site = await startApp();
    const asking = await site.signedIn("ann");
    await site.curfew.sessions.endAll({ userId: "ann", except: await refOf(asking) });
    expect((await asking.reauthenticate()).status).toBe(200);
    expect(await asking.standing()).toBe("in");
  });

  it("spares no session for another user's ref or for nonsense", async () => {
    const site = await startApp();
    const [ann, bob] = [await site.signedIn("ann"), await site.signedIn("bob")];
    await site.curfew.sessions.endAll({ userId: "ann", except: await refOf(bob) });
    expect([await ann.standing(), await bob.standing()]).toEqual(["revoked_by_admin", "in"]);
  });

  it("ends earlier sign-ins, and no later sign-in", async () => {
    const site = await startApp();
    const before = await site.signedIn("ann");
    await site.curfew.sessions.endAll({ userId: "ann" });
    const after = await site.signedIn("ann");
    expect([await before.standing(), await after.standing()]).toEqual(["revoked_by_admin", "in"]);
    expect(await site.curfew.sessions.endAll({ userId: "nobody" })).toEqual({ ended: 0, durable: null });
  });

  it("asks for a user id", async () => {
    const site = await startApp();
    await expect(site.curfew.sessions.endAll({ userId: "" })).rejects.toMatchObject({
      code: "invalid_argument",
    });
  });
});
