/** Sign-ins of a user whose key is damaged. */
import { describe, expect, it, vi } from "vitest";
import * as scripts from "../../src/state/scripts.generated.js";
import { startApp } from "../harness/app.js";
import { testRedis } from "../harness/redis.js";
import { steppedClient } from "../harness/stepped-client.js";
import { changeText, withNumber } from "../harness/user-key.js";

/** Signs in twice under a limit of one. Redis refuses the record of the first session's end. */
async function startWithUnrecordedEviction() {
  const steps = await steppedClient();
  const site = await startApp({ redis: steps.client, defaults: { maxSessionsPerUser: 1 } });
  const lost = await site.signedIn("ann");
  steps.fail(scripts.endRecord);
  const living = await site.signedIn("ann");
  await vi.waitFor(() => {
    expect(site.told("warning")).toMatchObject([{ code: "write_failed" }]);
  });
  await site.curfew.settings.update({ maxSessionsPerUser: null });
  const redis = await testRedis();
  const [userKey = ""] = await redis.keys(`${site.prefix}u:*`);
  return { site, lost, living, redis, userKey };
}

describe("F1: a number that is too high", () => {
  const tooHigh = ["zzzzzzzzz", "zzzzzzzzy", (1e14).toString(36), (1e14 - 1).toString(36)];

  it.each(
    (["floor", "latest", "evicted", "others"] as const).flatMap((field) =>
      tooHigh.map((number) => [field, number] as const),
    ),
  )("in %s (%s) does not prevent this sign-in or the next", async (field, number) => {
    const site = await startApp({ defaults: { maxSessionsPerUser: 1 } });
    await site.signedIn("ann");
    const redis = await testRedis();
    const [userKey = ""] = await redis.keys(`${site.prefix}u:*`);
    await changeText(redis, userKey, (text) => withNumber(text, field, number));
    for (let time = 0; time < 3; time += 1)
      for (const kind of ["browser", "api"] as const)
        expect(await (await site.signedIn("ann", { kind })).standing()).toBe("in");
  });

  it("in a session's entry does not prevent a sign-in under a limit", async () => {
    const site = await startApp({ defaults: { maxSessionsPerUser: 1 } });
    await site.signedIn("ann");
    const redis = await testRedis();
    const [userKey = ""] = await redis.keys(`${site.prefix}u:*`);
    const entry = `${"r".repeat(21)}browser1zzzzzzzzzzzzzzzzzz`;
    await changeText(redis, userKey, (text) => text + entry);
    for (let time = 0; time < 3; time += 1) expect(await (await site.signedIn("ann")).standing()).toBe("in");
  });
});

describe("F1: a damaged user's key", () => {
  const damages: readonly [string, (text: string) => string][] = [
    ["one character too many", (text) => `${text}0`],
    ["one character too few", (text) => text.slice(0, -1)],
    ["another version", (text) => `1${text.slice(1)}`],
    ["no floor", (text) => withNumber(text, "floor", "?")],
    ["no time of its floor", (text) => withNumber(text, "floorAt", "?")],
    ["no latest number", (text) => withNumber(text, "latest", "")],
    ["an upper-case number", (text) => withNumber(text, "floor", "0M0000000")],
  ];

  it.each(damages)("by %s ends every session, and the next sign-in replaces it", async (_name, damage) => {
    const site = await startApp();
    const before = [await site.signedIn("ann"), await site.signedIn("ann", { kind: "api" })];
    const redis = await testRedis();
    const [userKey = ""] = await redis.keys(`${site.prefix}u:*`);
    await changeText(redis, userKey, damage);
    expect(await before[0]?.standing()).toBe("unknown");
    expect(site.told("warning")).toContainEqual(expect.objectContaining({ code: "corrupt_record" }));
    site.clock.advance({ minutes: 1 });
    const latest = await site.signedIn("ann");
    expect(await latest.standing()).toBe("in");
    for (const browser of before) expect(await browser.standing()).toBe("unknown");
    expect((await site.curfew.sessions.list({ userId: "ann" })).sessions).toHaveLength(1);
  });
});

describe("F1: a damaged `evicted`", () => {
  it.each(["garbage", "-1", "1e+99", "", "ZZZZZZZZZ"])(
    "of %j keeps earlier sessions ended, and the new sign-in lives",
    async (damage) => {
      const { site, lost, living, redis, userKey } = await startWithUnrecordedEviction();
      await changeText(redis, userKey, (text) => withNumber(text, "evicted", damage));
      const latest = await site.signedIn("ann");
      expect(await latest.standing()).toBe("in");
      expect([await lost.standing(), await living.standing()]).toEqual(["evicted", "evicted"]);
      expect(await latest.standing()).toBe("in");
    },
  );

  it("is not repaired by a sign-out under the limit, which revives no session", async () => {
    const { site, lost, living, redis, userKey } = await startWithUnrecordedEviction();
    const third = await site.signedIn("ann");
    await changeText(redis, userKey, (text) => withNumber(text, "evicted", "garbage"));
    await site.curfew.settings.update({ maxSessionsPerUser: 1 });
    await third.fetch("post", "/logout", {});
    await site.curfew.settings.update({ maxSessionsPerUser: null });
    for (const browser of [lost, living, third]) expect(await browser.standing()).not.toBe("in");
  });
});
