/** Rules for some: tenants, roles and persons. */
import { describe, expect, it } from "vitest";
import type { RuleSettings, RuleTarget } from "../../src/index.js";
import { startApp, type TestApp } from "../harness/app.js";
import type { Browser } from "../harness/browser.js";
import { minutes } from "../harness/policy-fixtures.js";
import { testRedis } from "../harness/redis.js";

const ADMINS: RuleSettings = {
  inactivityLogout: true,
  idleMinutes: 10,
  sessionMinutes: 480,
  maxSessionsPerUser: 1,
};

/** General settings with a longer time than the rules. */
const HOURS = { sessionMinutes: 600 };

async function refOf(browser: Browser): Promise<string> {
  const state = await browser.state();
  return state.state === "active" ? state.session.ref : "";
}

const remaining = async (browser: Browser): Promise<number | undefined> =>
  (await browser.status()).remainingMs;

/** Starts another process of the same app. */
const another = (site: TestApp): Promise<TestApp> =>
  startApp({ prefix: site.prefix, clock: site.clock, defaults: HOURS });

describe("a rule for some", () => {
  it("applies to open sessions of its tenant or role in every process, from the next request", async () => {
    const site = await startApp({ defaults: HOURS });
    const other = await another(site);
    const [admin, acme, plain] = await Promise.all([
      site.signedIn("ann", { roles: ["reader", "admin"] }),
      site.signedIn("bob", { tenant: "acme" }),
      site.signedIn("cem", { tenant: "other", roles: ["reader"] }),
    ]);
    for (const browser of [admin, acme, plain]) browser.server = other.server;
    expect(await remaining(admin)).toBe(minutes(600));
    await site.curfew.settings.rules.set({ role: "admin" }, ADMINS);
    await site.curfew.settings.rules.set({ tenant: "acme" }, { sessionMinutes: 60 });
    expect(await Promise.all([admin, acme, plain].map(remaining))).toEqual([10, 60, 600].map(minutes));
  });

  it("applies to a person's open and later sessions in every process, and to no other user", async () => {
    const site = await startApp({ defaults: HOURS });
    const other = await another(site);
    const [ann, bob] = [await site.signedIn("ann"), await site.signedIn("bob")];
    ann.server = other.server;
    await site.curfew.settings.rules.set({ userId: "ann" }, { sessionMinutes: 45 });
    expect(await remaining(ann)).toBe(minutes(45));
    expect(await remaining(bob)).toBe(minutes(600));
    site.at("10:00");
    expect(await remaining(await other.signedIn("ann"))).toBe(minutes(45));
    await site.curfew.settings.rules.set({ userId: "new" }, { sessionMinutes: 5 });
    expect(await remaining(await other.signedIn("new"))).toBe(minutes(5));
  });

  it("ends a session whose time under the rule is over, and no removal of the rule revives it", async () => {
    const site = await startApp({ defaults: HOURS });
    const ann = await site.signedIn("ann", { tenant: "acme" });
    site.at("30:00");
    await site.curfew.settings.rules.set({ tenant: "acme" }, { sessionMinutes: 30 });
    expect(await ann.standing()).toBe("absolute");
    await site.curfew.settings.rules.remove({ tenant: "acme" });
    expect(await ann.standing()).toBe("absolute");
  });

  it("A6: gives an open session no more time when it is removed or when the session loses the role", async () => {
    const site = await startApp({ defaults: HOURS });
    await site.curfew.settings.rules.set({ role: "admin" }, { sessionMinutes: 60 });
    const [ann, bob] = [
      await site.signedIn("ann", { roles: ["admin"] }),
      await site.signedIn("bob", { roles: ["admin"] }),
    ];
    await site.curfew.sessions.update(await refOf(ann), { roles: [] });
    expect(await remaining(ann)).toBe(minutes(60));
    await site.curfew.settings.rules.remove({ role: "admin" });
    expect(await remaining(bob)).toBe(minutes(60));
    expect(await remaining(await site.signedIn("cem", { roles: ["admin"] }))).toBe(minutes(600));
  });

  it("follows sessions.update from the next request", async () => {
    const site = await startApp({ defaults: HOURS });
    await site.curfew.settings.rules.set({ role: "admin" }, { sessionMinutes: 60 });
    const ann = await site.signedIn("ann");
    await site.curfew.sessions.update(await refOf(ann), { roles: ["admin"] });
    expect(await remaining(ann)).toBe(minutes(60));
  });

  it("C11: limits the browsers of its sessions, and the sign-in's rules limit a sign-in", async () => {
    const site = await startApp();
    await site.curfew.settings.rules.set({ role: "admin" }, { maxSessionsPerUser: 1 });
    const [first, plain] = [await site.signedIn("ann", { roles: ["admin"] }), await site.signedIn("bob")];
    const second = await site.signedIn("ann", { roles: ["admin"] });
    expect([await first.standing(), await second.standing()]).toEqual(["evicted", "in"]);
    await site.signedIn("bob");
    expect(await plain.standing()).toBe("in");
    await site.curfew.settings.rules.set(
      { userId: "bob" },
      { maxSessionsPerUser: 2, whenLimitReached: "refuse_newest" },
    );
    await expect(site.signedIn("bob")).rejects.toThrow(/409.*too_many_sessions/);
  });

  it("refuses a persistent sign-in where the rule forbids it", async () => {
    const site = await startApp();
    await site.curfew.settings.rules.set({ tenant: "acme" }, { allowPersistentSessions: false });
    const persistent = async (tenant: string) =>
      (await (await site.signedIn("ann", { tenant, persistent: true })).status()).persistent;
    expect([await persistent("acme"), await persistent("other")]).toEqual([false, true]);
  });

  it("counts in lists and previews", async () => {
    const site = await startApp({ defaults: HOURS });
    await site.signedIn("ann", { tenant: "acme" });
    await site.signedIn("bob");
    await site.curfew.settings.rules.set({ tenant: "acme" }, { sessionMinutes: 30 });
    site.at("20:00");
    const preview = await site.curfew.settings.preview({ sessionMinutes: 60 });
    expect(preview).toMatchObject({ countedSessions: 2, endedSessions: 0, shortenedSessions: 1 });
    site.at("30:00");
    const { sessions } = await site.curfew.sessions.list();
    expect(sessions.map(({ userId }) => userId)).toEqual(["bob"]);
  });
});

describe("changing rules", () => {
  it("keeps both of two changes at once, and lists them by name", async () => {
    const site = await startApp();
    const other = await another(site);
    const names = Array.from({ length: 8 }, (_, index) => `tenant-${String(index)}`);
    await Promise.all(
      names.map((tenant, index) =>
        (index % 2 === 0 ? site : other).curfew.settings.rules.set(
          { tenant },
          { sessionMinutes: 30 + index },
        ),
      ),
    );
    const { rules, version } = await other.curfew.settings.rules.list();
    expect(rules.map((rule) => rule.for)).toEqual(names.map((tenant) => ({ tenant })));
    expect(version).toBe(8);
  });

  it("refuses a change of rules that someone else has changed meanwhile", async () => {
    const site = await startApp();
    const { rules } = site.curfew.settings;
    for (const target of [{ role: "admin" }, { userId: "ann" }] as const) {
      const { version } = await rules.get(target);
      const saved = await rules.set(target, { sessionMinutes: 60 }, { ifVersion: version });
      const late = rules.set(target, { sessionMinutes: 90 }, { ifVersion: version });
      await expect(late).rejects.toMatchObject({ code: "settings_conflict" });
      expect(await rules.get(target)).toMatchObject({
        settings: { sessionMinutes: 60 },
        version: saved.version,
      });
      await expect(rules.remove(target, { ifVersion: version })).rejects.toMatchObject({
        code: "settings_conflict",
      });
      await rules.remove(target, { ifVersion: saved.version });
      expect((await rules.get(target)).settings).toBeNull();
    }
  });

  it("notes each change in the history with its actor, and keeps the rules when the settings change", async () => {
    const site = await startApp();
    const { rules } = site.curfew.settings;
    await rules.set({ tenant: "acme" }, { sessionMinutes: 60 }, { actor: "boss", from: "192.0.2.1" });
    await site.curfew.settings.update({ sessionMinutes: 90 }, { actor: "boss" });
    await rules.set({ userId: "ann" }, { sessionMinutes: 20 }, { actor: "boss" });
    const [own, general, tenant] = await site.curfew.settings.history();
    expect(own).toMatchObject({ actor: "boss", applied: true, rule: { for: { userId: "ann" } } });
    expect(general).toMatchObject({ version: 2, rule: null });
    expect(tenant).toMatchObject({
      from: "192.0.2.1",
      rule: { for: { tenant: "acme" }, settings: { sessionMinutes: 60 } },
    });
    expect((await rules.list()).rules).toHaveLength(1);
    expect(site.told("settingsChanged").map(({ rule }) => rule?.for)).toEqual([
      { tenant: "acme" },
      undefined,
      { userId: "ann" },
    ]);
  });

  it("L7: names every wrong field, saves nothing then, and refuses a rule that limits nothing", async () => {
    const { curfew } = await startApp();
    const { rules } = curfew.settings;
    const wrong = rules.set({ role: "admin" }, { sessionMinutes: 4, idleMinutes: 0 });
    await expect(wrong).rejects.toMatchObject({
      code: "invalid_settings",
      details: { fields: [{ field: "sessionMinutes" }, { field: "idleMinutes" }] },
    });
    await expect(rules.set({ role: "admin" }, {})).rejects.toThrow(/limits nothing/);
    expect((await rules.list()).rules).toEqual([]);
  });

  it.each([
    [{}, /one of tenant, role and userId/],
    [{ tenant: "a", role: "b" }, /one of tenant, role and userId/],
    [{ tenant: "" }, /tenant must be a string of 1 to 100 characters/],
    [{ team: "a" }, /team is not a target/],
  ])("refuses the target %j", async (target, message) => {
    const { curfew } = await startApp();
    const set = curfew.settings.rules.set(target as unknown as RuleTarget, { sessionMinutes: 60 });
    await expect(set).rejects.toThrow(message);
  });

  it("refuses a setting that no rule has", async () => {
    const { curfew } = await startApp();
    const settings = { trackLocation: false } as RuleSettings;
    await expect(curfew.settings.rules.set({ tenant: "a" }, settings)).rejects.toThrow(
      /trackLocation is not a rule setting; the rule settings are allowPersistentSessions, /,
    );
  });

  it("H5: forget removes a person's own rule", async () => {
    const site = await startApp();
    await site.curfew.settings.rules.set({ userId: "ann" }, { sessionMinutes: 20 });
    await site.curfew.sessions.forget({ userId: "ann" });
    expect((await site.curfew.settings.rules.get({ userId: "ann" })).settings).toBeNull();
    const [change] = await site.curfew.settings.history();
    expect(change?.rule).toBeNull();
    const redis = await testRedis();
    expect(await redis.lrange(`${site.prefix}history`, 0, -1)).not.toContainEqual(
      expect.stringContaining('"ann"'),
    );
  });
});

describe("settings.explain", () => {
  it("names the source of each value of one session", async () => {
    const site = await startApp({
      defaults: HOURS,
      limits: { absoluteMinutes: 43_200, idleMinutes: 5 },
    });
    const { settings } = site.curfew;
    await settings.rules.set({ role: "admin" }, ADMINS);
    await settings.rules.set({ userId: "ann" }, { sessionMinutes: 45 });
    const ann = await site.signedIn("ann", { roles: ["admin"] });
    const explained = await settings.explain(await refOf(ann));
    expect(explained?.effective).toMatchObject({ sessionMinutes: 45, idleMinutes: 5, maxSessionsPerUser: 1 });
    expect(explained?.sources).toMatchObject({
      sessionMinutes: { from: "rule", for: { userId: "ann" } },
      maxSessionsPerUser: { from: "rule", for: { role: "admin" } },
      idleMinutes: { from: "limits.idleMinutes" },
      whenLimitReached: { from: "general" },
    });
    expect(await settings.explain("nobody")).toBeNull();
  });
});
