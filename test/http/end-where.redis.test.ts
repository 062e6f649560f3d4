/** Ends of many sessions in one write. */
import { describe, expect, it } from "vitest";
import type { EndTarget, SignInOptions } from "../../src/index.js";
import { claimSignIn, offerSecret, saveSettings, setFields } from "../../src/state/scripts.generated.js";
import { startApp, type TestApp } from "../harness/app.js";
import type { Browser } from "../harness/browser.js";
import { at } from "../harness/policy-fixtures.js";
import { testRedis } from "../harness/redis.js";
import { steppedClient } from "../harness/stepped-client.js";

/** Starts another process of the same app. */
const another = (site: TestApp): Promise<TestApp> => startApp({ prefix: site.prefix, clock: site.clock });

const standings = (browsers: readonly Browser[]): Promise<string[]> =>
  Promise.all(browsers.map((browser) => browser.standing()));

async function refOf(browser: Browser): Promise<string> {
  const state = await browser.state();
  return state.state === "active" ? state.session.ref : "";
}

describe("endWhere", () => {
  const PEOPLE: readonly Partial<SignInOptions>[] = [
    { tenant: "acme" },
    { roles: ["reader", "admin"] },
    { credentialsType: "saml" },
    {},
  ];

  it.each<[EndTarget, string[]]>([
    [{ all: true }, ["revoked_by_admin", "revoked_by_admin", "revoked_by_admin", "revoked_by_admin"]],
    [{ tenant: "acme" }, ["revoked_by_admin", "in", "in", "in"]],
    [{ role: "admin" }, ["in", "revoked_by_admin", "in", "in"]],
    [{ credentialsType: "saml" }, ["in", "in", "revoked_by_admin", "in"]],
    [{ signedInBefore: at("2:00") }, ["revoked_by_admin", "revoked_by_admin", "in", "in"]],
    [{ tenant: "other" }, ["in", "in", "in", "in"]],
  ])("%j ends these sessions in every process, and no others", async (where, expected) => {
    const site = await startApp();
    const other = await another(site);
    const browsers: Browser[] = [];
    for (const [index, labels] of PEOPLE.entries()) {
      site.at(`${String(index)}:00`);
      browsers.push(await site.signedIn(`user-${String(index)}`, labels));
    }
    for (const browser of browsers) browser.server = other.server;
    expect(await standings(browsers)).toEqual(["in", "in", "in", "in"]);
    const ends = expected.filter((standing) => standing !== "in").length;
    const preview = await site.curfew.sessions.previewEndWhere(where);
    expect(preview).toMatchObject({
      endedSessions: ends,
      affectedUsers: ends,
      countedSessions: 4,
      complete: true,
    });
    await site.curfew.sessions.endWhere(where, { actor: "boss" });
    expect((await other.curfew.sessions.list()).sessions).toHaveLength(4 - ends);
    expect(await standings(browsers)).toEqual(expected);
    const again = await Promise.all(
      PEOPLE.map((labels, index) => site.signedIn(`user-${String(index)}`, labels)),
    );
    expect(await standings(again)).toEqual(["in", "in", "in", "in"]);
    const told = [...site.told("ended"), ...other.told("ended")];
    expect(told.map(({ reason, actor }) => [reason, actor])).toEqual(
      Array.from({ length: ends }, () => ["revoked_by_admin", "boss"]),
    );
  });

  it("ends an actor's own sessions as revoked", async () => {
    const site = await startApp();
    const boss = await site.signedIn("boss");
    await site.curfew.sessions.endWhere({ all: true }, { actor: "boss" });
    expect(await boss.standing()).toBe("revoked");
  });

  it("ends API and embed sessions too", async () => {
    const site = await startApp();
    const api = await site.signedIn("ann", { kind: "api", tenant: "acme" });
    await site.curfew.sessions.endWhere({ tenant: "acme" });
    expect(await api.standing()).toBe("revoked_by_admin");
  });

  it("makes room under a limit: an ended session counts no more", async () => {
    const site = await startApp({ defaults: { maxSessionsPerUser: 1, whenLimitReached: "refuse_newest" } });
    await site.signedIn("ann");
    await expect(site.signedIn("ann")).rejects.toThrow(/409/);
    await site.curfew.sessions.endWhere({ all: true });
    expect(await (await site.signedIn("ann")).standing()).toBe("in");
  });

  it("is noted in the history, which keeps the settings and rules", async () => {
    const site = await startApp();
    await site.curfew.settings.rules.set({ tenant: "acme" }, { sessionMinutes: 20 });
    const { version } = await site.curfew.sessions.endWhere(
      { role: "admin" },
      { actor: "boss", from: "192.0.2.1" },
    );
    const [latest] = await site.curfew.settings.history();
    expect(latest).toMatchObject({
      version,
      actor: "boss",
      from: "192.0.2.1",
      ended: { role: "admin" },
      rule: null,
    });
    expect((await site.curfew.settings.rules.list()).rules).toHaveLength(1);
    expect(site.told("settingsChanged").at(-1)).toMatchObject({ ended: { role: "admin" } });
  });

  it("stays in force when rules and settings change later, and in a fresh process", async () => {
    const site = await startApp();
    const [ann, bob] = [
      await site.signedIn("ann", { tenant: "acme" }),
      await site.signedIn("bob", { tenant: "acme" }),
    ];
    await site.curfew.sessions.endWhere({ tenant: "acme" });
    await site.curfew.settings.update({ sessionMinutes: 60 });
    await site.curfew.settings.rules.set({ tenant: "acme" }, { sessionMinutes: 20 });
    ann.server = (await another(site)).server;
    expect(await standings([ann, bob])).toEqual(["revoked_by_admin", "revoked_by_admin"]);
  });

  it.each([
    [{}, /exactly one of all, tenant, role, credentialsType and signedInBefore/],
    [{ all: true, tenant: "a" }, /exactly one of all, tenant/],
    [{ all: false }, /all must be true/],
    [{ userId: "ann" }, /userId is not a target/],
    [{ signedInBefore: "yesterday" }, /signedInBefore must be a Date/],
    [{ signedInBefore: Number.MAX_SAFE_INTEGER }, /signedInBefore must be a Date/],
    [{ signedInBefore: -Number.MAX_SAFE_INTEGER }, /signedInBefore must be a Date/],
  ])("refuses %j", async (where, message) => {
    const site = await startApp();
    await expect(site.curfew.sessions.endWhere(where as unknown as EndTarget)).rejects.toThrow(message);
    const preview = site.curfew.sessions.previewEndWhere(where as unknown as EndTarget);
    await expect(preview).rejects.toThrow(message);
  });

  it("ends a session that leaves the tenant at the same moment", async () => {
    const steps = await steppedClient();
    const site = await startApp({ redis: steps.client, timeoutMs: 5_000 });
    const ann = await site.signedIn("ann", { tenant: "acme" });
    const leaving = steps.hold(setFields);
    const left = site.curfew.sessions.update(await refOf(ann), { tenant: "other" });
    await leaving.reached;
    await (await another(site)).curfew.sessions.endWhere({ tenant: "acme" });
    leaving.release();
    expect(await left).toBeNull();
    expect(await ann.standing()).toBe("revoked_by_admin");
  });

  it("ends an earlier session that enters the tenant later, and lets a later session enter", async () => {
    const site = await startApp();
    const ann = await site.signedIn("ann", { tenant: "other", roles: ["reader"] });
    await site.curfew.sessions.endWhere({ tenant: "acme" }, { actor: "root" });
    site.clock.advance({ seconds: 1 });
    const bob = await site.signedIn("bob");
    const { update } = site.curfew.sessions;
    expect(await update(await refOf(bob), { tenant: "acme" })).toMatchObject({ tenant: "acme" });
    expect(await update(await refOf(ann), { roles: [] })).toMatchObject({ tenant: "other" });
    expect(await update(await refOf(ann), { tenant: "acme" })).toBeNull();
    expect(site.told("ended")).toMatchObject([{ userId: "ann", reason: "revoked_by_admin", actor: "root" }]);
    expect(await standings([ann, bob])).toEqual(["revoked_by_admin", "in"]);
  });

  it("H5: forget takes the actor's name out of it, and the end stays", async () => {
    const site = await startApp();
    const ann = await site.signedIn("ann");
    await site.curfew.sessions.endWhere({ all: true }, { actor: "boss" });
    await site.curfew.sessions.forget({ userId: "boss" });
    const redis = await testRedis();
    const keys = await redis.keys(`${site.prefix}r:*`);
    const lives = await Promise.all(keys.map(async (key) => ({ key, ms: await redis.pttl(key) })));
    for (const { key } of lives.filter(({ ms }) => ms === -1))
      expect(await redis.get(key)).not.toContain("boss");
    expect(await ann.standing()).toBe("revoked_by_admin");
  });
});

describe("endWhere and what happens at the same time", () => {
  it("M35: refuses a sign-in whose authentication began before, at equal milliseconds too", async () => {
    const site = await startApp();
    site.at("1:00");
    await site.curfew.sessions.endWhere({ tenant: "acme" });
    const from = (time: string, tenant: string) =>
      site.signedIn("ann", { tenant, authenticatedAt: at(time) });
    await expect(from("0:59", "acme")).rejects.toThrow(/authentication_expired/);
    await expect(from("1:00", "acme")).rejects.toThrow(/authentication_expired/);
    expect(await (await from("0:59", "other")).standing()).toBe("in");
    expect(await (await site.signedIn("ann", { tenant: "acme" })).standing()).toBe("in");
  });

  it("ends a sign-in that had begun but was stored after the write", async () => {
    const steps = await steppedClient();
    const site = await startApp({ redis: steps.client });
    const claiming = steps.hold(claimSignIn);
    const signingIn = site.signedIn("ann");
    await claiming.reached;
    await (await another(site)).curfew.sessions.endWhere({ all: true });
    claiming.release();
    expect(await (await signingIn).standing()).toBe("revoked_by_admin");
  });

  it("ends a session that signed in while the end was being written", async () => {
    const steps = await steppedClient();
    const site = await startApp({ redis: steps.client, realClock: true });
    const saving = steps.hold(saveSettings);
    const ending = site.curfew.sessions.endWhere({ all: true });
    await saving.reached;
    const other = await startApp({ prefix: site.prefix, realClock: true });
    const ann = await other.signedIn("ann");
    expect(await ann.standing()).toBe("in");
    saving.release();
    await ending;
    expect(await ann.standing()).toBe("revoked_by_admin");
  });

  it("ends a session whose re-authentication was under way", async () => {
    const steps = await steppedClient();
    const site = await startApp({ redis: steps.client });
    const ann = await site.signedIn("ann");
    const offering = steps.hold(offerSecret);
    const reauthenticating = ann.reauthenticate();
    await offering.reached;
    const other = await another(site);
    await other.curfew.sessions.endWhere({ all: true });
    site.at("0:01");
    offering.release();
    await reauthenticating;
    expect(await ann.standing()).toBe("revoked_by_admin");
  });

  it("in two processes and with Redis's clock: later sign-ins live, earlier sessions never answer again", async () => {
    const site = await startApp({ realClock: true });
    const other = await startApp({ prefix: site.prefix, realClock: true });
    const before = await Promise.all(
      Array.from({ length: 12 }, (_, i) => site.signedIn(`before-${String(i)}`)),
    );
    const ending = site.curfew.sessions.endWhere({ all: true });
    const during = Array.from({ length: 12 }, async (_, i) => {
      const browser = await other.browser();
      return { browser, answer: await browser.trySignIn(`during-${String(i)}`) };
    });
    await ending;
    const after = await Promise.all(
      Array.from({ length: 12 }, (_, i) => other.signedIn(`after-${String(i)}`)),
    );
    const tried = await Promise.all(during);
    // Sign-ins that began before the end, and were to be stored after it, are refused.
    const refused = tried.filter(({ answer }) => answer.status !== 303);
    for (const { answer } of refused)
      expect([answer.status, answer.body]).toMatchObject([401, { code: "authentication_expired" }]);
    const concurrent = tried.filter((one) => !refused.includes(one)).map(({ browser }) => browser);
    for (const browser of before) browser.server = other.server;
    expect(new Set(await standings(before))).toEqual(new Set(["revoked_by_admin"]));
    expect(new Set(await standings(after))).toEqual(new Set(["in"]));
    // A sign-in during the write is before it or after it, and stays so.
    const first = await standings(concurrent);
    expect(await standings(concurrent)).toEqual(first);
    for (const standing of first) expect(["in", "revoked_by_admin"]).toContain(standing);
  });

  it("tells watched sessions in another process at once", async () => {
    const site = await startApp();
    const other = await another(site);
    const [ann, bob] = [await site.signedIn("ann", { tenant: "acme" }), await site.signedIn("bob")];
    const ended: string[] = [];
    const [annsRef, bobsRef] = [await refOf(ann), await refOf(bob)];
    for (const ref of [annsRef, bobsRef])
      other.curfew.watch(ref, (end) => {
        ended.push(`${end.ref} ${end.reason}`);
      });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const startedAt = performance.now();
    await site.curfew.sessions.endWhere({ tenant: "acme" });
    while (ended.length === 0 && performance.now() - startedAt < 3_000)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(ended).toEqual([`${annsRef} revoked_by_admin`]);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
