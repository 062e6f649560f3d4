import { describe, expect, it } from "vitest";
import type { SettingsPatch } from "../../src/index.js";
import { startApp, type TestApp } from "../harness/app.js";
import { minutes, T } from "../harness/policy-fixtures.js";
import { testRedis } from "../harness/redis.js";

/** Two processes of one app on one Redis. */
async function twoApps(): Promise<[TestApp, TestApp]> {
  const first = await startApp();
  return [first, await startApp({ prefix: first.prefix, clock: first.clock })];
}

describe("two processes", () => {
  it("L13: a change made in one holds on the very next request of the other", async () => {
    const [first, second] = await twoApps();
    const browser = await first.signedIn("ann");
    browser.server = second.server;
    expect(await browser.standing()).toBe("in");
    for (let sessionMinutes = 29; sessionMinutes >= 20; sessionMinutes--) {
      await first.curfew.settings.update({ sessionMinutes });
      expect(await browser.status()).toMatchObject({ remainingMs: minutes(sessionMinutes) });
    }
  });

  it("L13: holds for sign-ins, for visitors' sessions and for reading the settings as well", async () => {
    const [first, second] = await twoApps();
    await first.curfew.settings.update({ sessionMinutes: 99, allowPersistentSessions: false });
    const browser = await second.signedIn("ann", { persistent: true });
    expect(await browser.status()).toMatchObject({ remainingMs: minutes(99), persistent: false });
    const { settings, version } = await second.curfew.settings.get();
    expect([settings.sessionMinutes, version]).toEqual([99, 1]);
  });

  it("shares sessions, revocations and evictions", async () => {
    const [first, second] = await twoApps();
    const browser = await first.signedIn("ann");
    browser.server = second.server;
    expect(await browser.standing()).toBe("in");
    await first.curfew.sessions.endAll({ userId: "ann" });
    expect(await browser.standing()).toBe("revoked_by_admin");
    expect([...first.told("ended"), ...second.told("ended")]).toHaveLength(1);
  });

  it("E4: changes of different fields made at once are all kept", async () => {
    const [first, second] = await twoApps();
    const patches: SettingsPatch[] = [
      { sessionMinutes: 77 },
      { maxSessionsPerUser: 7 },
      { trackLocation: true },
      { idleMinutes: 17 },
      { whenLimitReached: "refuse_newest" },
      { allowPersistentSessions: false },
    ];
    await Promise.all(
      patches.map((patch, i) => (i % 2 === 0 ? first : second).curfew.settings.update(patch)),
    );
    const { settings, version } = await first.curfew.settings.get();
    expect(settings).toMatchObject(Object.assign({}, ...patches) as object);
    expect(version).toBe(6);
  });
});

describe("updating", () => {
  it("L12, Q20: a fresh store has the defaults, in version 0", async () => {
    const site = await startApp();
    expect(await site.curfew.settings.get()).toMatchObject({
      settings: {
        allowPersistentSessions: true,
        sessionMinutes: 30,
        maxSessionsPerUser: null,
        whenLimitReached: "end_oldest",
        inactivityLogout: false,
        idleMinutes: 15,
        trackLocation: false,
      },
      version: 0,
    });
  });

  it("A4: shows the saved values, those that apply, and the limit that overrides them", async () => {
    const site = await startApp({ limits: { absoluteMinutes: 600, idleMinutes: 30 } });
    await site.curfew.settings.update({ sessionMinutes: 900, idleMinutes: 20 });
    const { settings, effective, clamps } = await site.curfew.settings.get();
    expect([settings.sessionMinutes, effective.sessionMinutes, effective.idleMinutes]).toEqual([
      900, 600, 20,
    ]);
    expect(clamps).toEqual([
      { field: "sessionMinutes", configured: 900, effective: 600, by: "limits.absoluteMinutes" },
    ]);
  });

  it.each([{ from: "" }, { from: "x".repeat(256) }])("refuses a wrong place: %o", async (options) => {
    const { curfew } = await startApp();
    await expect(curfew.settings.update({ sessionMinutes: 60 }, options)).rejects.toThrow(
      /from must be a text/,
    );
  });

  it("I1, I2: tells what inactivity logout has changed on the way", async () => {
    const site = await startApp();
    const updated = await site.curfew.settings.update({ inactivityLogout: true });
    expect(updated).toMatchObject({
      settings: { inactivityLogout: true, allowPersistentSessions: false, sessionMinutes: 1_440 },
      version: 1,
      coercions: [
        { field: "allowPersistentSessions", saved: false, because: "inactivity_logout" },
        { field: "sessionMinutes", saved: 1_440, because: "inactivity_logout" },
      ],
    });
  });

  it("L7, L8: names every bad field, and saves nothing of a patch that has one", async () => {
    const site = await startApp();
    const patch = { sessionMinutes: 3, allowPersistentSessions: "yes", trackLocation: true } as never;
    await expect(site.curfew.settings.update(patch)).rejects.toMatchObject({
      code: "invalid_settings",
      status: 422,
      details: {
        fields: [
          { field: "allowPersistentSessions", code: "invalid" },
          { field: "sessionMinutes", code: "invalid", problem: "must be between 5 and 43200" },
        ],
      },
    });
    expect(await site.curfew.settings.get()).toMatchObject({
      version: 0,
      settings: { trackLocation: false },
    });
  });

  it.each([null, [], "x", 7])("refuses %j as a patch", async (patch) => {
    const site = await startApp();
    await expect(site.curfew.settings.update(patch as never)).rejects.toMatchObject({
      code: "invalid_settings",
    });
    await expect(site.curfew.settings.preview(patch as never)).rejects.toMatchObject({
      code: "invalid_settings",
    });
  });

  it("E4: with ifVersion, only the version it names is changed", async () => {
    const site = await startApp();
    await site.curfew.settings.update({ sessionMinutes: 40 }, { ifVersion: 0 });
    const stale = site.curfew.settings.update({ sessionMinutes: 50 }, { ifVersion: 0 });
    await expect(stale).rejects.toMatchObject({ code: "settings_conflict", details: { version: 1 } });
    const both = [60, 70].map((sessionMinutes) =>
      site.curfew.settings.update({ sessionMinutes }, { ifVersion: 1 }),
    );
    const results = await Promise.allSettled(both);
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it("Q5: a patch that changes nothing makes no version, no history and no event", async () => {
    const site = await startApp();
    await site.curfew.settings.update({ sessionMinutes: 40 });
    await site.curfew.settings.update({});
    await site.curfew.settings.update({ sessionMinutes: 40 });
    expect(await site.curfew.settings.get()).toMatchObject({ version: 1 });
    expect(await site.curfew.settings.history()).toHaveLength(1);
    expect(site.told("settingsChanged")).toHaveLength(1);
  });

  it("keeps who changed what, newest first, the last fifty", async () => {
    const site = await startApp();
    for (let sessionMinutes = 31; sessionMinutes <= 85; sessionMinutes++) {
      site.clock.advance({ minutes: 1 });
      await site.curfew.settings.update({ sessionMinutes }, { actor: `admin${sessionMinutes}` });
    }
    const history = await site.curfew.settings.history();
    expect(history).toHaveLength(50);
    expect(history[0]).toMatchObject({
      version: 55,
      at: T + minutes(55),
      actor: "admin85",
      settings: { sessionMinutes: 85 },
    });
    expect(history.map((change) => change.version)).toEqual(Array.from({ length: 50 }, (_, i) => 55 - i));
  });
});

describe("previewing", () => {
  it("Q14: counts what a change would end, by reason, and changes nothing", async () => {
    const site = await startApp({ defaults: { sessionMinutes: 120 } });
    const [idle, active] = [await site.signedIn("ann"), await site.signedIn("bob")];
    await site.signedIn("bob");
    site.at("20:00");
    await active.act();
    expect(await site.curfew.settings.preview({ inactivityLogout: true })).toMatchObject({
      settings: { inactivityLogout: true, sessionMinutes: 1_440 },
      countedSessions: 3,
      endedSessions: 2,
      affectedUsers: 2,
      endedByReason: { idle: 2 },
      complete: true,
    });
    expect(await site.curfew.settings.preview({ sessionMinutes: 10 })).toMatchObject({
      endedSessions: 3,
      affectedUsers: 2,
      endedByReason: { absolute: 3 },
    });
    expect(await site.curfew.settings.preview({ maxSessionsPerUser: 1 })).toMatchObject({
      endedByReason: { evicted: 1 },
    });
    expect(await site.curfew.settings.get()).toMatchObject({ version: 0 });
    expect([await idle.standing(), await active.standing()]).toEqual(["in", "in"]);
  });
});

/** Ways to make saved settings unreadable. */
const DAMAGES: Readonly<Record<string, (redis: Redis, key: string) => Promise<unknown>>> = {
  "broken JSON": (redis, key) => redis.set(key, "{bad"),
  "an empty text": (redis, key) => redis.set(key, ""),
  "bytes that are no text": (redis, key) => redis.set(key, Buffer.from([0xff, 0xfe, 0])),
  "a lost version": async (redis, key) =>
    redis.set(
      key,
      ((await redis.get(key)) ?? "").replace('"version":1,', "").replace('"stamp":"', '"stamp":"x'),
    ),
  "a list": async (redis, key) => {
    await redis.del(key);
    await redis.rpush(key, "x");
  },
  "a hash of something else": async (redis, key) => {
    await redis.del(key);
    await redis.hset(key, "x", "y");
  },
  "a value out of range": (redis, key) =>
    redis.set(key, '{"stamp":"x","version":1,"settings":{"sessionMinutes":1e9,"inactivityLogout":false}}'),
};

describe("stored settings that are missing or damaged", () => {
  it("Q27: missing settings mean the app's defaults, and one warning", async () => {
    const site = await startApp({ defaults: { sessionMinutes: 45 } });
    await site.curfew.settings.update({ sessionMinutes: 90 });
    const browser = await site.signedIn("ann");
    await (await testRedis()).del(`${site.prefix}settings`);
    for (let i = 0; i < 3; i++) expect(await browser.status()).toMatchObject({ remainingMs: minutes(45) });
    expect(site.told("warning")).toEqual([expect.objectContaining({ code: "settings_lost" })]);
  });

  it.each(Object.entries(DAMAGES))(
    "Q27, M32: %s leaves the last good settings in force, in a process that has just started too",
    async (_title, damage) => {
      const [first, second] = await twoApps();
      await first.curfew.settings.update({ sessionMinutes: 10 });
      const browser = await first.signedIn("ann");
      await damage(await testRedis(), `${first.prefix}settings`);
      expect(await browser.status()).toMatchObject({ remainingMs: minutes(10) });
      expect(await browser.status()).toMatchObject({ remainingMs: minutes(10) });
      expect(first.told("warning").map(({ code }) => code)).toEqual(["corrupt_settings"]);
      const fresh = await second.signedIn("bob");
      expect(await fresh.status()).toMatchObject({ remainingMs: minutes(10) });
      expect(second.told("warning")).toMatchObject([{ code: "corrupt_settings" }]);

      await first.curfew.settings.update({ sessionMinutes: 8 });
      fresh.server = first.server;
      expect(await fresh.status()).toMatchObject({ remainingMs: minutes(8) });
      expect(await second.curfew.settings.get()).toMatchObject({
        version: 2,
        settings: { sessionMinutes: 8 },
      });
    },
  );
});

type Redis = Awaited<ReturnType<typeof testRedis>>;

describe("what settings.update takes beside the settings", () => {
  it.each<object | null>([
    { ifVersion: "0" },
    { ifVersion: -1 },
    { ifVersion: 0.5 },
    { ifVersion: null },
    { actr: "root" },
    { actor: 7 },
    null,
  ])("refuses %j as a mistake of the app's, not as a conflict", async (options) => {
    const { curfew } = await startApp();
    const updating = curfew.settings.update({ sessionMinutes: 40 }, options as never);
    await expect(updating).rejects.toMatchObject({ code: "invalid_argument" });
    expect((await curfew.settings.get()).version).toBe(0);
  });

  it("Q5: still ignores settings that it does not know", async () => {
    const { curfew } = await startApp();
    const { version } = await curfew.settings.update({ sesionMinutes: 5 } as never, { ifVersion: 0 });
    expect(version).toBe(0);
  });
});
