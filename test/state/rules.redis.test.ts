/** Rules for some in Redis: interrupted writes, lost texts and races. */
import { describe, expect, it } from "vitest";
import { claimSignIn, saveSettings, setOwnRule } from "../../src/state/scripts.generated.js";
import { startApp, type TestApp } from "../harness/app.js";
import { minutes } from "../harness/policy-fixtures.js";
import { testRedis } from "../harness/redis.js";
import { storedText } from "../harness/stored-text.js";
import { steppedClient } from "../harness/stepped-client.js";
import { changeText, userKeyOf } from "../harness/user-key.js";

const another = (site: TestApp, options: Parameters<typeof startApp>[0] = {}): Promise<TestApp> =>
  startApp({ prefix: site.prefix, clock: site.clock, ...options });

const rulesKeys = async (site: TestApp): Promise<string[]> => (await testRedis()).keys(`${site.prefix}r:*`);

const ACME = { tenant: "acme" } as const;

describe("an interrupted change", () => {
  it("leaves the rules as they were if the settings that name the new rules are not saved", async () => {
    const steps = await steppedClient();
    const site = await startApp({ redis: steps.client });
    await site.curfew.settings.rules.set(ACME, { sessionMinutes: 20 });
    steps.fail(saveSettings);
    const failing = site.curfew.settings.rules.set(ACME, { sessionMinutes: 10 });
    await expect(failing).rejects.toMatchObject({ code: "redis_unavailable" });
    const fresh = await another(site);
    expect(await (await fresh.signedIn("ann", ACME)).status()).toMatchObject({ remainingMs: minutes(20) });
  });

  it("takes the rules of the change that was first, and repeats the other one on them", async () => {
    const steps = await steppedClient();
    const site = await startApp({ redis: steps.client });
    const saving = steps.hold(saveSettings);
    const late = site.curfew.settings.rules.set(ACME, { sessionMinutes: 20 });
    await saving.reached;
    const other = await another(site);
    await other.curfew.settings.rules.set({ role: "admin" }, { sessionMinutes: 10 });
    saving.release();
    await late;
    expect((await other.curfew.settings.rules.list()).rules).toHaveLength(2);
  });

  it("of a person's rule applies from the next sign-in if the user's key does not get it", async () => {
    const steps = await steppedClient();
    const site = await startApp({ redis: steps.client });
    steps.fail(setOwnRule);
    const failing = site.curfew.settings.rules.set({ userId: "ann" }, { sessionMinutes: 10 });
    await expect(failing).rejects.toMatchObject({ code: "redis_unavailable" });
    expect(await (await site.signedIn("ann")).status()).toMatchObject({ remainingMs: minutes(10) });
  });
});

describe("a person's rule that the user's key has not got", () => {
  it("replaces the earlier rule there at the next sign-in", async () => {
    const steps = await steppedClient();
    const site = await startApp({ redis: steps.client });
    await site.curfew.settings.rules.set({ userId: "ann" }, { sessionMinutes: 25 });
    await site.signedIn("ann");
    steps.fail(setOwnRule);
    const failing = site.curfew.settings.rules.set({ userId: "ann" }, { sessionMinutes: 10 });
    await expect(failing).rejects.toMatchObject({ code: "redis_unavailable" });
    expect(await (await site.signedIn("ann")).status()).toMatchObject({ remainingMs: minutes(10) });
  });
});

describe("replaced rules", () => {
  it("leave Redis after a minute", async () => {
    const site = await startApp();
    const redis = await testRedis();
    for (const sessionMinutes of [20, 30, 40]) await site.curfew.settings.rules.set(ACME, { sessionMinutes });
    const lives = await Promise.all((await rulesKeys(site)).map((key) => redis.pttl(key)));
    expect(lives.filter((ms) => ms === -1)).toHaveLength(1);
    expect(lives.filter((ms) => ms > 0 && ms <= 60_000)).toHaveLength(2);
    await site.curfew.settings.rules.remove(ACME);
    const left = await Promise.all((await rulesKeys(site)).map((key) => redis.pttl(key)));
    expect(left).not.toContain(-1);
  });
});

describe("a process that cannot read the rules", () => {
  it.each([
    ["missing", async (key: string) => (await testRedis()).del(key)],
    [
      "unreadable",
      async (key: string) => (await testRedis()).set(key, '{"rules":[{"for":{"tenant":"acme"}}]}'),
    ],
    [
      "of another type",
      async (key: string) => {
        const redis = await testRedis();
        await redis.del(key);
        await redis.lpush(key, "x");
      },
    ],
  ])("answers 503 where they are %s, and a process that knows them continues", async (_name, damage) => {
    const site = await startApp();
    await site.curfew.settings.rules.set(ACME, { sessionMinutes: 20 });
    const ann = await site.signedIn("ann", ACME);
    const [key = ""] = await rulesKeys(site);
    await damage(key);
    const fresh = await another(site);
    expect((await ann.visit()).status).toBe(200);
    ann.server = fresh.server;
    for (let i = 0; i < 3; i++) expect((await ann.visit()).status).toBe(503);
    expect(fresh.log.filter(({ code }) => code === "rules_lost")).toHaveLength(1);
    await expect(fresh.curfew.settings.get()).rejects.toThrow(
      /^The settings can't be read: the rules of tenants and roles are missing/,
    );
    await expect(fresh.signedIn("bob")).rejects.toThrow(/503/);
  });

  it("serves again after reset, without rules", async () => {
    const site = await startApp();
    await site.curfew.settings.rules.set(ACME, { sessionMinutes: 20 });
    await site.curfew.settings.update({ sessionMinutes: 25 });
    await (await testRedis()).del(...(await rulesKeys(site)));
    const fresh = await another(site);
    await expect(fresh.curfew.settings.get()).rejects.toMatchObject({ code: "redis_unavailable" });
    expect(await fresh.curfew.settings.rules.reset({ actor: "boss" })).toMatchObject({ version: 3 });
    expect(await (await fresh.signedIn("ann", ACME)).status()).toMatchObject({ remainingMs: minutes(25) });
    expect((await site.curfew.settings.rules.list()).rules).toEqual([]);
  });

  it.each(["damaged", "of another type"])(
    "serves again after reset if the settings are %s, too",
    async (damage) => {
      const site = await startApp();
      await site.curfew.settings.update({ sessionMinutes: 25 });
      const ann = await site.signedIn("ann", ACME);
      await site.curfew.settings.rules.set(ACME, { sessionMinutes: 20 });
      const redis = await testRedis();
      for (const key of [`${site.prefix}settings`, ...(await rulesKeys(site))]) await redis.del(key);
      if (damage === "damaged") await redis.set(`${site.prefix}settings`, "{");
      else await redis.lpush(`${site.prefix}settings`, "x");
      const fresh = await another(site);
      await expect(fresh.curfew.settings.get()).rejects.toMatchObject({ code: "redis_unavailable" });
      expect(await fresh.curfew.settings.rules.reset({ actor: "boss" })).toMatchObject({ version: 3 });
      expect(await fresh.curfew.settings.get()).toMatchObject({
        version: 3,
        settings: { sessionMinutes: 25 },
      });
      expect(await ann.standing()).toBe("revoked_by_admin");
      expect(await (await fresh.signedIn("ann", ACME)).status()).toMatchObject({ remainingMs: minutes(25) });
    },
  );

  it("answers 503 while Redis does not answer the read of the rules", async () => {
    const site = await startApp();
    const ann = await site.signedIn("ann", ACME);
    const steps = await steppedClient();
    const other = await another(site, { redis: steps.client });
    await site.curfew.settings.rules.set(ACME, { sessionMinutes: 20 });
    ann.server = other.server;
    steps.fail(`GET ${site.prefix}r:`);
    expect((await ann.visit()).status).toBe(503);
    expect(await ann.status()).toMatchObject({ remainingMs: minutes(20) });
  });
});

describe("an unreadable rule of a person", () => {
  const ANN = { userId: "ann" } as const;
  const damages: readonly [string, (key: string) => Promise<unknown>][] = [
    ["of another type", async (key) => (await testRedis()).multi().del(key).lpush(key, "x").exec()],
    ["with damaged JSON", async (key) => changeText(await testRedis(), key, (text) => text.slice(0, -1))],
    [
      "with a damaged number",
      async (key) => changeText(await testRedis(), key, (text) => `?${text.slice(1)}`),
    ],
  ];
  const startDamaged = async (damage: (key: string) => Promise<unknown>) => {
    const site = await startApp();
    const redis = await testRedis();
    await site.curfew.settings.rules.set(ANN, { sessionMinutes: 20 });
    const ann = await site.signedIn("ann");
    const [key = ""] = await redis.keys(`${site.prefix}p:*`);
    await damage(key);
    return { site, redis, ann, key };
  };

  it.each(damages)("%s refuses the person's sign-ins, also if the copy is damaged", async (_name, damage) => {
    const { site, redis, ann, key } = await startDamaged(damage);
    const damaged = await storedText(redis, key);
    await expect(site.signedIn("ann")).rejects.toThrow(/503/);
    const [warning, ...others] = site.told("warning");
    expect([warning?.code, warning?.message.includes(key), others]).toEqual(["rules_lost", true, []]);
    expect(await ann.status()).toMatchObject({ remainingMs: minutes(20) });
    await changeText(redis, await userKeyOf(redis, site.prefix, "ann"), (text) =>
      text.replace('":20', '":-1'),
    );
    await expect(site.signedIn("ann")).rejects.toThrow(/503/);
    expect(await ann.standing()).toBe("unknown");
    expect(await storedText(redis, key)).toEqual(damaged);
    expect(await (await site.signedIn("bob")).standing()).toBe("in");
  });

  it.each(damages)("%s is replaced by a rule that is set, and by a removal", async (_name, damage) => {
    const { site, ann, key } = await startDamaged(damage);
    await site.curfew.settings.rules.set(ANN, { sessionMinutes: 15 });
    for (const browser of [ann, await site.signedIn("ann")])
      expect(await browser.status()).toMatchObject({ remainingMs: minutes(15) });
    await damage(key);
    await site.curfew.settings.rules.remove(ANN);
    expect(await (await site.signedIn("ann")).standing()).toBe("in");
    expect(await site.curfew.settings.rules.get(ANN)).toMatchObject({ settings: null });
  });
});

describe("a person's rule in the user's key", () => {
  it("is the later one of a change and a sign-in at once", async () => {
    const steps = await steppedClient();
    const site = await startApp({ redis: steps.client });
    await site.curfew.settings.rules.set({ userId: "ann" }, { sessionMinutes: 25 });
    const claiming = steps.hold(claimSignIn);
    const signingIn = site.signedIn("ann");
    await claiming.reached;
    const other = await another(site);
    await other.curfew.settings.rules.set({ userId: "ann" }, { sessionMinutes: 10 });
    claiming.release();
    expect(await (await signingIn).status()).toMatchObject({ remainingMs: minutes(10) });
  });

  it("does not come back by a sign-in that began before its removal", async () => {
    const steps = await steppedClient();
    const site = await startApp({ redis: steps.client });
    await site.curfew.settings.rules.set({ userId: "ann" }, { maxSessionsPerUser: 1 });
    const claiming = steps.hold(claimSignIn);
    const signingIn = site.signedIn("ann");
    await claiming.reached;
    await (await another(site)).curfew.settings.rules.remove({ userId: "ann" });
    claiming.release();
    const first = await signingIn;
    await site.signedIn("ann");
    expect(await first.standing()).toBe("in");
  });

  it("ends the session if it is damaged, and the next sign-in repairs it", async () => {
    const site = await startApp();
    const redis = await testRedis();
    await site.curfew.settings.rules.set({ userId: "ann" }, { sessionMinutes: 20 });
    const ann = await site.signedIn("ann");
    const key = await userKeyOf(redis, site.prefix, "ann");
    await changeText(redis, key, (text) => text.replace('"sessionMinutes":20', '"sessionMinutes":-1'));
    expect(await ann.standing()).toBe("unknown");
    expect(await (await site.signedIn("ann")).status()).toMatchObject({ remainingMs: minutes(20) });
  });

  it("does not revive sessions from before a lost user's key", async () => {
    const site = await startApp();
    const redis = await testRedis();
    const ann = await site.signedIn("ann");
    await redis.del(await userKeyOf(redis, site.prefix, "ann"));
    site.at("1:00");
    await site.curfew.settings.rules.set({ userId: "ann" }, { sessionMinutes: 20 });
    await site.signedIn("ann");
    expect(await ann.standing()).not.toBe("in");
  });

  it("is found again by the next sign-in after the key of user tags was lost", async () => {
    const site = await startApp();
    await site.curfew.settings.rules.set({ userId: "ann" }, { sessionMinutes: 20 });
    await (await testRedis()).del(`${site.prefix}tags`);
    const fresh = await another(site);
    expect(await (await fresh.signedIn("ann")).status()).toMatchObject({ remainingMs: minutes(20) });
  });
});
