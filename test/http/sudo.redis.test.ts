import { describe, expect, it } from "vitest";
import type { TestApp } from "../harness/app.js";
import type { Browser } from "../harness/browser.js";
import { minutes, T } from "../harness/policy-fixtures.js";
import { testRedis } from "../harness/redis.js";
import { asAnn, refOf, start, sudo } from "./sudo-site.js";

describe("an administrator who is signed in as another user", () => {
  it("U1: has a session of the user that names the administrator, and keeps the own session", async () => {
    const site = await start();
    const { browser, own } = await asAnn(site);
    expect(await browser.state()).toMatchObject({
      state: "active",
      session: { userId: "ann", kind: "sudo", sudoUserId: "root", signedInAt: 0, persistent: false },
    });
    expect(await own.state()).toMatchObject({
      session: { userId: "root", kind: "browser", sudoUserId: null },
    });
    const { sessions } = await site.curfew.sessions.list({ userId: "ann" });
    expect(sessions).toMatchObject([{ userId: "ann", kind: "sudo", sudoUserId: "root" }]);
    expect(site.told("signedIn").at(-1)).toMatchObject({ userId: "ann", kind: "sudo", sudoUserId: "root" });
  });

  it("U1: brings no data of the own session along", async () => {
    const site = await start();
    const browser = await site.signedIn("root");
    await browser.post("/note");
    await sudo(browser, "ann");
    expect((await browser.get("/data")).body).toEqual({});
  });

  it.each([
    ["as the same user", "root", "root"],
    ["from a sudo session", "ann", "bob"],
  ])("U1: is refused %s, and stays signed in as before", async (_title, first, second) => {
    const site = await start();
    const browser = await site.signedIn("root");
    if (first !== "root") await sudo(browser, first);
    const answer = await sudo(browser, second);
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ code: "sudo_refused" });
    expect(await browser.state()).toMatchObject({ session: { userId: first } });
  });

  it("U1: must be signed in, in a browser", async () => {
    const site = await start();
    expect((await sudo(await site.browser(), "ann")).status).toBe(401);
    expect((await sudo(await site.signedIn("root", { kind: "api" }), "ann")).status).toBe(403);
  });
});

describe("U4: the warning of a sudo session", () => {
  it("offers to stay where only the administrator's rule has an idle limit, and staying works", async () => {
    const site = await start();
    await site.curfew.settings.rules.set({ userId: "root" }, { inactivityLogout: true });
    const { browser, own } = await asAnn(site);
    site.at("13:30");
    expect(await browser.status()).toMatchObject({ limit: "idle", action: "stay" });
    expect((await browser.extend()).status).toBe(200);
    site.at("15:00");
    expect([await browser.standing(), await own.standing()]).toEqual(["in", "in"]);
  });
});

describe("U2: the administrator's own session", () => {
  it.each([
    ["signs out", "signed_out", (own: Browser) => own.post("/logout")],
    [
      "is ended",
      "revoked_by_admin",
      (_own: Browser, site: TestApp, ref: string) => site.curfew.sessions.end(ref),
    ],
    [
      "is ended with all others",
      "revoked",
      (_o: Browser, site: TestApp) => site.curfew.sessions.endAll({ userId: "root", actor: "root" }),
    ],
    [
      "is forgotten",
      "revoked_by_admin",
      (_o: Browser, site: TestApp) => site.curfew.sessions.forget({ userId: "root" }),
    ],
    [
      "is ended with its tenant",
      "revoked_by_admin",
      (_o: Browser, site: TestApp) => site.curfew.sessions.endWhere({ tenant: "staff" }),
    ],
  ] as const)("%s: the sudo session ends with it as %s", async (title, reason, end) => {
    const site = await start();
    const { browser, own } = await asAnn(site, { tenant: "staff" });
    await end(own, site, await refOf(own));
    expect(await browser.standing()).toBe(reason);
    expect((await site.curfew.sessions.list({ userId: "ann" })).sessions).toEqual([]);
    expect(site.told("ended").find(({ userId }) => userId === "ann")).toMatchObject({
      reason,
      kind: "sudo",
      sudoUserId: title === "is forgotten" ? null : "root",
      by: null,
    });
  });

  it("is evicted by a newer browser: the sudo session ends, without the newer browser", async () => {
    const site = await start({ defaults: { maxSessionsPerUser: 1 } });
    const { browser } = await asAnn(site);
    await site.signedIn("root");
    expect(await browser.standing()).toBe("evicted");
    expect(await browser.state()).toMatchObject({ state: "ended", by: null });
  });

  it("is evicted by a browser that is over itself: both continue (rule C11)", async () => {
    const site = await start();
    const { browser, own } = await asAnn(site);
    await site.signedIn("root", { lifetimeMinutes: 1 });
    await site.signedIn("root");
    await site.curfew.settings.update({ maxSessionsPerUser: 2 });
    site.at("2:00");
    expect([await own.standing(), await browser.standing()]).toEqual(["in", "in"]);
  });

  it.each(["record", "user's key"])("is unreadable by its %s: the sudo session ends", async (which) => {
    const site = await start();
    const { browser, own } = await asAnn(site);
    const redis = await testRedis();
    const [handle = "", tag = ""] = decodeURIComponent(own.sessionCookie?.value ?? "")
      .slice(2)
      .split(".");
    await redis.set(`${site.prefix}${which === "record" ? `s:${handle}` : `u:${tag}`}`, "nonsense");
    expect(await browser.standing()).toBe("unknown");
  });

  it("ends while a watch follows the sudo session: the watch hears of it", async () => {
    const site = await start();
    const { browser, own } = await asAnn(site);
    const ref = await refOf(browser);
    const ended = new Promise((resolve) => site.curfew.watch(ref, resolve));
    // The first check, from which on messages about the administrator count.
    await site.curfew.sessions.get(ref);
    await own.post("/logout");
    expect(await ended).toEqual({ ref, reason: "signed_out", by: null });
  });
});

describe("U3: a sudo session", () => {
  it("lives no longer than the own session, also with a longer lifetime of its own", async () => {
    const site = await start({ defaults: { sessionMinutes: 60 } });
    const browser = await site.signedIn("root");
    site.at("50:00");
    await sudo(browser, "ann", { lifetimeMinutes: 500 });
    const state = await browser.state();
    expect(state).toMatchObject({ limit: "absolute", session: { expiresAt: T + minutes(60) } });
    site.at("59:59");
    expect(await browser.standing()).toBe("in");
    site.at("60:00");
    expect(await browser.standing()).toBe("absolute");
  });

  it("ends earlier under settings that shorten the own session", async () => {
    const site = await start({ defaults: { sessionMinutes: 60 } });
    const browser = await site.signedIn("root");
    site.at("20:00");
    await sudo(browser, "ann");
    await site.curfew.settings.update({ sessionMinutes: 25 });
    expect(await browser.state()).toMatchObject({ session: { expiresAt: T + minutes(25) } });
    site.at("25:00");
    expect(await browser.standing()).toBe("absolute");
  });

  it("ends when its administrator is idle, and its activity keeps the own session", async () => {
    const site = await start({ defaults: { inactivityLogout: true, sessionMinutes: 300 } });
    const { browser, own } = await asAnn(site);
    site.at("14:00");
    await browser.visit();
    expect(await browser.state()).toMatchObject({ limit: "idle", session: { expiresAt: T + minutes(29) } });
    site.at("28:00");
    expect((await browser.act()).status).toBe(200);
    expect(await own.state()).toMatchObject({ session: { expiresAt: T + minutes(43) } });
    site.at("42:59");
    expect(await browser.standing()).toBe("in");
    site.at("43:00");
    expect(await browser.standing()).toBe("idle");
    expect(await own.standing()).toBe("idle");
  });

  it("neither evicts the user's browsers nor is evicted by them", async () => {
    const site = await start({ defaults: { maxSessionsPerUser: 1, whenLimitReached: "refuse_newest" } });
    const ann = await site.signedIn("ann");
    const { browser } = await asAnn(site);
    expect([await ann.standing(), await browser.standing()]).toEqual(["in", "in"]);
    await ann.post("/logout");
    await site.signedIn("ann");
    expect(await browser.standing()).toBe("in");
  });

  it("ends with all sessions of the user", async () => {
    const site = await start();
    const { browser, own } = await asAnn(site);
    await site.curfew.sessions.endAll({ userId: "ann", actor: "ann" });
    expect(await browser.standing()).toBe("revoked");
    expect(await own.standing()).toBe("in");
  });
});
