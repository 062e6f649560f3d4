/** Changes of a person's own rule, also changes of which a step fails. */
import { describe, expect, it } from "vitest";
import { replaceText, setOwnRule } from "../../src/state/scripts.generated.js";
import { startApp } from "../harness/app.js";
import { testRedis } from "../harness/redis.js";
import { steppedClient } from "../harness/stepped-client.js";

const DAY_MS = 86_400_000;
const ANN = { userId: "ann" } as const;

describe("saving a person's own rule", () => {
  it("writes and notes nothing if the person has this rule already", async () => {
    const site = await startApp();
    await site.signedIn("ann");
    const { rules } = site.curfew.settings;
    const first = await rules.set(ANN, { sessionMinutes: 20 });
    site.clock.advance({ minutes: 1 });
    expect(await rules.set(ANN, { sessionMinutes: 20 })).toMatchObject({
      version: first.version,
      settings: { sessionMinutes: 20 },
      durable: null,
    });
    expect(await site.curfew.settings.history()).toHaveLength(1);
    expect(site.told("settingsChanged")).toHaveLength(1);
  });

  it("writes and notes nothing if there is no rule to remove", async () => {
    const site = await startApp();
    const { rules } = site.curfew.settings;
    expect(await rules.remove(ANN)).toMatchObject({ version: 0, settings: null });
    await rules.set(ANN, { sessionMinutes: 20 });
    const { version } = await rules.remove(ANN);
    expect(await rules.remove(ANN)).toMatchObject({ version, settings: null });
    expect(await site.curfew.settings.history()).toHaveLength(2);
    expect(site.told("settingsChanged")).toHaveLength(2);
  });

  it("notes the change if its second step fails, and a repetition makes this step", async () => {
    const steps = await steppedClient();
    const site = await startApp({ redis: steps.client });
    const ann = await site.signedIn("ann");
    steps.fail(setOwnRule);
    await expect(site.curfew.settings.rules.set(ANN, { sessionMinutes: 20 })).rejects.toMatchObject({
      code: "redis_unavailable",
    });
    expect(await site.curfew.settings.history()).toMatchObject([{ applied: true, rule: { for: ANN } }]);
    expect(site.told("settingsChanged")).toMatchObject([{ rule: { settings: { sessionMinutes: 20 } } }]);
    site.at("21:00");
    expect(await ann.standing()).toBe("in");
    await site.curfew.settings.rules.set(ANN, { sessionMinutes: 20 });
    expect(await ann.standing()).toBe("absolute");
  });

  it("keeps the note of a removal until the user's key has no rule either", async () => {
    const steps = await steppedClient();
    const site = await startApp({ redis: steps.client });
    const redis = await testRedis();
    const { rules } = site.curfew.settings;
    await rules.set(ANN, { sessionMinutes: 20 });
    await site.signedIn("ann");
    steps.fail(setOwnRule);
    await expect(rules.remove(ANN)).rejects.toMatchObject({ code: "redis_unavailable" });
    const [note = ""] = await redis.keys(`${site.prefix}p:*`);
    // A day later Redis has deleted every key with a lifetime of 24 hours.
    if ((await redis.pttl(note)) >= 0) await redis.del(note);
    site.clock.advance({ hours: 25 });
    const ann = await site.signedIn("ann");
    site.clock.advance({ minutes: 21 });
    expect(await ann.standing()).toBe("in");
    expect(await rules.get(ANN)).toMatchObject({ settings: null });
  });

  it("deletes the note of a removal after 24 hours", async () => {
    const site = await startApp();
    const redis = await testRedis();
    const { rules } = site.curfew.settings;
    await rules.set(ANN, { sessionMinutes: 20 });
    const [note = ""] = await redis.keys(`${site.prefix}p:*`);
    expect(await redis.pttl(note)).toBe(-1);
    await rules.remove(ANN);
    const leftMs = await redis.pttl(note);
    expect(leftMs).toBeGreaterThan(DAY_MS - 60_000);
    expect(leftMs).toBeLessThanOrEqual(DAY_MS);
  });

  it("lists a change whose first step fails as not applied", async () => {
    const steps = await steppedClient();
    const site = await startApp({ redis: steps.client });
    steps.fail(replaceText);
    await expect(site.curfew.settings.rules.set(ANN, { sessionMinutes: 20 })).rejects.toMatchObject({
      code: "redis_unavailable",
    });
    expect(await site.curfew.settings.history()).toMatchObject([{ applied: false, rule: { for: ANN } }]);
    expect(site.told("settingsChanged")).toEqual([]);
  });

  it("keeps no attempt in the history if another change came first", async () => {
    const steps = await steppedClient();
    const site = await startApp({ redis: steps.client, timeoutMs: 5_000 });
    const saving = steps.hold(replaceText);
    const late = site.curfew.settings.rules.set(ANN, { sessionMinutes: 20 }, { ifVersion: 0 });
    await saving.reached;
    const other = await startApp({ prefix: site.prefix, clock: site.clock });
    await other.curfew.settings.rules.set(ANN, { sessionMinutes: 15 });
    saving.release();
    await expect(late).rejects.toMatchObject({ code: "settings_conflict" });
    expect(await site.curfew.settings.history()).toMatchObject([
      { rule: { settings: { sessionMinutes: 15 } } },
    ]);
  });
});
