/** Saves of settings whose reply is lost. */
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { saveSettings } from "../../src/state/scripts.generated.js";
import { proxiedRedis, type AppProxy } from "../harness/app-proxy.js";
import { startApp, type TestApp } from "../harness/app.js";
import { freshPrefix, testRedis } from "../harness/redis.js";

const isSave = ([, script]: readonly string[]): boolean =>
  script === saveSettings.sha1 || script === saveSettings.lua;

/** Starts an app behind a proxy, and an app with the same keys. Redis knows all scripts. */
async function startTwo(): Promise<{ proxy: AppProxy; site: TestApp; other: TestApp }> {
  const prefix = freshPrefix("curfew");
  const proxy = await proxiedRedis();
  const other = await startApp({ prefix });
  const site = await startApp({ prefix, redis: proxy.redis });
  await site.curfew.settings.update({ sessionMinutes: 40 });
  return { proxy, site, other };
}

const told = (site: TestApp): number[] =>
  site.told("settingsChanged").map((event) => (event as { version: number }).version);

/** Waits for the event of a version, closes the app, and returns the versions of the audit trail. */
async function audited(site: TestApp, other: TestApp, version: number): Promise<number[]> {
  await vi.waitFor(
    () => {
      expect(told(site)).toContain(version);
    },
    { timeout: 5_000 },
  );
  await site.curfew.close();
  const { entries } = await other.curfew.audit.list({ types: ["settingsChanged"] });
  return entries.map((entry) => (entry as unknown as { version: number }).version);
}

describe("a save whose reply is lost", () => {
  it("has one event, although the caller repeats the change", async () => {
    const { proxy, site, other } = await startTwo();
    proxy.inject({ on: isSave, action: "cutAfter" });
    const update = () => site.curfew.settings.update({ sessionMinutes: 50 }, { actor: "root" });
    await update().catch(() => undefined);
    await site.curfew.ready();
    expect((await update()).version).toBe(2);
    expect(await audited(site, other, 2)).toEqual([2, 1]);
    expect(told(site)).toEqual([1, 2]);
    expect((await other.curfew.settings.history())[0]).toMatchObject({ applied: true, actor: "root" });
  });

  it("has an event, although a later change has replaced the settings", async () => {
    const { proxy, site, other } = await startTwo();
    proxy.inject({ on: isSave, action: "cutAfter" });
    await site.curfew.sessions.endWhere({ all: true }, { actor: "root" }).catch(() => undefined);
    await other.curfew.settings.update({ sessionMinutes: 60 });
    expect((await audited(site, other, 2)).sort()).toEqual([1, 2, 3]);
    expect(told(site)).toEqual([1, 2]);
    expect((await other.curfew.settings.get()).settings.sessionMinutes).toBe(60);
  });

  it("has no event if Redis has not applied the save", async () => {
    const { proxy, site, other } = await startTwo();
    proxy.inject({ on: isSave, action: "cut" });
    await site.curfew.settings.update({ sessionMinutes: 50 }).catch(() => undefined);
    await site.curfew.ready();
    await site.curfew.settings.update({ sessionMinutes: 70 });
    expect(await audited(site, other, 2)).toEqual([2, 1]);
    expect((await other.curfew.settings.get()).settings.sessionMinutes).toBe(70);
  });

  it("succeeds if Redis answers again", async () => {
    const redis = await testRedis();
    const site = await startApp({ redis });
    await site.curfew.settings.update({ sessionMinutes: 40 });
    const evalsha = redis.evalsha.bind(redis) as (...args: unknown[]) => Promise<unknown>;
    const spy = vi.spyOn(redis, "evalsha").mockImplementation(async (...args: unknown[]) => {
      const reply = await evalsha(...args);
      if (args[0] === saveSettings.sha1) throw new Error("Connection is closed.");
      return reply;
    });
    onTestFinished(() => {
      spy.mockRestore();
    });
    const { version } = await site.curfew.settings.update({ sessionMinutes: 50 });
    expect([version, told(site)]).toEqual([2, [1, 2]]);
  });
});
