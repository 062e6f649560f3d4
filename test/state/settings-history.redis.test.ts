/** The history of settings: unsaved changes, and its use at a process's start. */
import { describe, expect, it } from "vitest";
import { createCurfew, type Curfew } from "../../src/index.js";
import { DEFAULT_SETTINGS } from "../../src/policy/index.js";
import { keepChange, saveSettings } from "../../src/state/scripts.generated.js";
import { startApp, type TestApp } from "../harness/app.js";
import { testRedis } from "../harness/redis.js";
import { steppedClient } from "../harness/stepped-client.js";

type Started = Awaited<ReturnType<typeof startApp>>;

/** Starts another process of the same app. */
const another = (site: TestApp, options: Parameters<typeof startApp>[0] = {}): Promise<Started> =>
  startApp({ prefix: site.prefix, clock: site.clock, ...options });

/** Returns who made each change, in which version, and whether it was saved. */
async function listed(curfew: Curfew): Promise<unknown[]> {
  return (await curfew.settings.history()).map(({ version, actor, applied }) => [version, actor, applied]);
}

const corrupt = async (site: TestApp, text = "{bad"): Promise<unknown> =>
  (await testRedis()).set(`${site.prefix}settings`, text);

describe("a change that is not saved", () => {
  it("M32: is listed as not applied, and never used", async () => {
    const steps = await steppedClient();
    const site = await startApp({ redis: steps.client });
    await site.curfew.settings.update({ sessionMinutes: 20 }, { actor: "ann" });
    steps.fail(saveSettings);
    const failing = site.curfew.settings.update({ sessionMinutes: 40 }, { actor: "bob" });
    await expect(failing).rejects.toMatchObject({ code: "redis_unavailable" });
    expect(await listed(site.curfew)).toEqual([
      [2, "bob", false],
      [1, "ann", true],
    ]);
    await corrupt(site);
    const fresh = await another(site);
    expect((await fresh.curfew.settings.get()).settings.sessionMinutes).toBe(20);
  });

  it("is not listed if another change was saved first", async () => {
    const steps = await steppedClient();
    const site = await startApp({ redis: steps.client });
    const saving = steps.hold(saveSettings);
    const late = site.curfew.settings.update({ sessionMinutes: 40 }, { actor: "ann", ifVersion: 0 });
    await saving.reached;
    const other = await another(site);
    await other.curfew.settings.update({ idleMinutes: 5 }, { actor: "bob" });
    saving.release();
    await expect(late).rejects.toMatchObject({ code: "settings_conflict" });
    expect(await listed(site.curfew)).toEqual([[1, "bob", true]]);
  });
});

describe("a change whose saver could not note that it was saved", () => {
  /** Saves two changes, neither of which is noted. */
  async function saveUnnoted(): Promise<TestApp> {
    const steps = await steppedClient();
    const site = await startApp({ redis: steps.client });
    for (const [actor, sessionMinutes] of [["ann", 20] as const, ["bob", 40] as const]) {
      const saving = steps.hold(saveSettings);
      const saved = site.curfew.settings.update({ sessionMinutes }, { actor });
      await saving.reached;
      steps.fail(keepChange);
      saving.release();
      await saved;
    }
    return site;
  }

  it("counts as applied while it is in force, and after a later change has replaced it", async () => {
    const site = await saveUnnoted();
    const texts = await (await testRedis()).lrange(`${site.prefix}history`, 0, -1);
    expect(texts.filter((text) => text.includes('"applied":false'))).toHaveLength(2);
    expect(await listed(site.curfew)).toEqual([
      [2, "bob", true],
      [1, "ann", true],
    ]);
  });

  it("M32: is used if the unreadable settings still have its stamp", async () => {
    const site = await saveUnnoted();
    const redis = await testRedis();
    const text = (await redis.get(`${site.prefix}settings`)) ?? "";
    await corrupt(site, text.slice(0, -20));
    expect((await (await another(site)).curfew.settings.get()).settings.sessionMinutes).toBe(40);
    await corrupt(site);
    expect((await (await another(site)).curfew.settings.get()).settings.sessionMinutes).toBe(20);
  });
});

describe("fifty changes and more", () => {
  it("E4: of 200 at once none is lost, and the last fifty are listed as applied", async () => {
    const site = await startApp({ timeoutMs: 20_000 });
    const other = await another(site, { timeoutMs: 20_000 });
    const updates = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        (i % 2 === 0 ? site : other).curfew.settings.update({ sessionMinutes: 100 + i }),
      ),
    );
    const versions = updates.map(({ version }) => version).sort((a, b) => a - b);
    expect(versions).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    expect(await listed(site.curfew)).toEqual(Array.from({ length: 50 }, (_, i) => [200 - i, null, true]));
    expect(await (await testRedis()).llen(`${site.prefix}history`)).toBe(50);
  }, 60_000);

  it("M32: attempts that were not saved push no saved change out", async () => {
    const steps = await steppedClient();
    const site = await startApp({ redis: steps.client });
    for (let i = 1; i <= 49; i++) await site.curfew.settings.update({ sessionMinutes: 100 + i });
    for (let i = 1; i <= 10; i++) {
      steps.fail(saveSettings);
      await site.curfew.settings.update({ sessionMinutes: 5 }).catch(() => undefined);
    }
    const changes = await site.curfew.settings.history();
    expect(changes.map(({ applied }) => applied)).toEqual([false, ...Array<boolean>(49).fill(true)]);
  });

  it("a history of another type is replaced at the next change", async () => {
    const site = await startApp();
    await (await testRedis()).set(`${site.prefix}history`, "x");
    expect(await listed(site.curfew)).toEqual([]);
    await site.curfew.settings.update({ sessionMinutes: 20 });
    expect(await listed(site.curfew)).toEqual([[1, null, true]]);
  });
});

describe("a process that starts over unreadable settings", () => {
  it("M32: takes the last good settings from the history, and warns once", async () => {
    const site = await startApp();
    await site.curfew.settings.update({ sessionMinutes: 60, inactivityLogout: true, idleMinutes: 5 });
    const browser = await site.signedIn("ann");
    await corrupt(site);
    const fresh = await another(site, { defaults: { sessionMinutes: 600 } });
    browser.server = fresh.server;
    expect(await browser.status()).toMatchObject({ idleRemainingMs: 300_000 });
    site.at("10:00");
    expect(await browser.standing()).toBe("idle");
    expect(await fresh.curfew.settings.get()).toMatchObject({ version: 1, settings: { idleMinutes: 5 } });
    const [warning, ...others] = fresh.told("warning");
    expect([warning?.code, others]).toEqual(["corrupt_settings", []]);
    expect(warning?.message).toContain("the last good settings of the history are in force (version 1)");
  });

  it("M32: without a history, takes the stricter of the defaults and the system limits, and warns once", async () => {
    const site = await startApp();
    await corrupt(site);
    const fresh = await another(site, {
      defaults: { sessionMinutes: 600, idleMinutes: 7 },
      limits: { absoluteMinutes: 60, idleMinutes: 30 },
    });
    const browsers = [await fresh.signedIn("ann"), await fresh.signedIn("bob")];
    for (const browser of browsers) expect(await browser.standing()).toBe("in");
    expect(await fresh.curfew.settings.get()).toMatchObject({
      settings: { ...DEFAULT_SETTINGS, sessionMinutes: 60, idleMinutes: 7 },
      version: 0,
    });
    const [warning, ...others] = fresh.told("warning");
    expect([warning?.code, others]).toEqual(["corrupt_settings", []]);
    expect(warning?.message).toContain("the defaults are in force, within the system limits");
  });

  it("M32: answers nothing by weaker settings while the history cannot be read", async () => {
    const site = await startApp();
    await site.curfew.settings.update({ sessionMinutes: 20 });
    await corrupt(site);
    const steps = await steppedClient();
    const curfew = createCurfew({ redis: steps.client, prefix: site.prefix });
    steps.fail("LRANGE");
    await expect(curfew.settings.get()).rejects.toMatchObject({ code: "redis_unavailable" });
    expect((await curfew.settings.get()).settings.sessionMinutes).toBe(20);
    await curfew.close();
  });

  it("M32: continues with higher versions once an administrator saves settings", async () => {
    const site = await startApp();
    for (const sessionMinutes of [20, 40, 60]) await site.curfew.settings.update({ sessionMinutes });
    await corrupt(site);
    const { version } = await (await another(site)).curfew.settings.update({ sessionMinutes: 80 });
    expect(version).toBe(4);
    await (await testRedis()).del(`${site.prefix}settings`);
    expect((await site.curfew.settings.update({ sessionMinutes: 100 })).version).toBe(5);
  });
});

describe("settings of the first edition, a hash", () => {
  const old = { ...DEFAULT_SETTINGS, sessionMinutes: 50 };
  const changes = [
    { version: 2, at: 2_000, actor: "bob", settings: old },
    { version: 1, at: 1_000, actor: "ann", settings: { ...old, sessionMinutes: 70 } },
  ];
  const hash = {
    stamp: "old-stamp",
    version: "2",
    settings: JSON.stringify(old),
    history: JSON.stringify(changes),
  };

  async function overFirstEdition(fields: Readonly<Record<string, string>>): Promise<TestApp> {
    const site = await startApp();
    await (await testRedis()).hset(`${site.prefix}settings`, fields);
    return site;
  }

  it("Q27: are converted once with their history, by the request that finds them first", async () => {
    const site = await overFirstEdition(hash);
    const browser = await site.signedIn("ann");
    expect(await browser.status()).toMatchObject({ remainingMs: 50 * 60_000 });
    const redis = await testRedis();
    const text = await redis.get(`${site.prefix}settings`);
    expect(text).toBe(`{"stamp":"old-stamp","version":2,"settings":${hash.settings}}`);
    expect(await listed(site.curfew)).toEqual([
      [2, "bob", true],
      [1, "ann", true],
    ]);
    expect(site.told("warning")).toEqual([]);
    expect((await site.curfew.settings.update({ idleMinutes: 5 })).version).toBe(3);
    expect(await site.curfew.settings.history()).toHaveLength(3);
  });

  it("Q27: are found by a process that has seen no settings, and by many requests at once", async () => {
    const site = await startApp({ defaults: { sessionMinutes: 600 } });
    const browser = await site.signedIn("ann");
    await (await testRedis()).hset(`${site.prefix}settings`, hash);
    const other = await startApp({
      prefix: site.prefix,
      clock: site.clock,
      defaults: { sessionMinutes: 600 },
    });
    browser.server = other.server;
    const found = await Promise.all(Array.from({ length: 10 }, () => browser.status()));
    for (const status of found) expect(status).toMatchObject({ remainingMs: 50 * 60_000 });
    expect(await site.curfew.settings.history()).toHaveLength(2);
  });

  it("M32: whose settings are unreadable leave the last good settings of their history in effect", async () => {
    const site = await overFirstEdition({ ...hash, settings: "{bad" });
    expect(await site.curfew.settings.get()).toMatchObject({ settings: old, version: 2 });
    expect(site.told("warning").map(({ code }) => code)).toEqual(["corrupt_settings"]);
  });
});
