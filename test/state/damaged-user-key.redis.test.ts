/** What a sign-in makes of a user's key whose facts somebody has damaged. */
import { describe, expect, it, vi } from "vitest";
import * as scripts from "../../src/state/scripts.generated.js";
import { startApp } from "../harness/app.js";
import { testRedis } from "../harness/redis.js";
import { steppedClient } from "../harness/stepped-client.js";

/** Two sign-ins under a limit of one, of which Redis did not take the record that the first has lost. */
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
  const tooHigh = ["9007199254740991", "9007199254740992", "9999999999999999", "1000000000000000"];

  it.each(["f", "l", "v"].flatMap((field) => tooHigh.map((number) => [field, number] as const)))(
    "in %s (%s) keeps nobody from signing in, once more and again",
    async (field, number) => {
      const site = await startApp({ defaults: { maxSessionsPerUser: 1 } });
      await site.signedIn("ann");
      const redis = await testRedis();
      const [userKey = ""] = await redis.keys(`${site.prefix}u:*`);
      await redis.hset(userKey, field, number);
      for (let time = 0; time < 3; time += 1)
        expect(await (await site.signedIn("ann")).standing()).toBe("in");
    },
  );

  it("in a session's entry keeps nobody from signing in under a limit", async () => {
    const site = await startApp({ defaults: { maxSessionsPerUser: 1 } });
    await site.signedIn("ann");
    const redis = await testRedis();
    const [userKey = ""] = await redis.keys(`${site.prefix}u:*`);
    await redis.hset(userKey, "r".repeat(21), "browser19999999999999+86400000");
    for (let time = 0; time < 3; time += 1) expect(await (await site.signedIn("ann")).standing()).toBe("in");
  });
});

describe("F1: a damaged `evicted`", () => {
  it.each(["garbage", "-1", "1e99", "", "99999999999999999999"])(
    "of %j leaves ended what came before, and the new sign-in holds",
    async (damage) => {
      const { site, lost, living, redis, userKey } = await startWithUnrecordedEviction();
      await redis.hset(userKey, "v", damage);
      const latest = await site.signedIn("ann");
      expect(await latest.standing()).toBe("in");
      expect([await lost.standing(), await living.standing()]).toEqual(["evicted", "evicted"]);
      expect(await latest.standing()).toBe("in");
    },
  );

  it("is not mended by a sign-out under the limit, nor lets anybody back in by it", async () => {
    const { site, lost, living, redis, userKey } = await startWithUnrecordedEviction();
    const third = await site.signedIn("ann");
    await redis.hset(userKey, "v", "garbage");
    await site.curfew.settings.update({ maxSessionsPerUser: 1 });
    await third.fetch("post", "/logout", {});
    await site.curfew.settings.update({ maxSessionsPerUser: null });
    for (const browser of [lost, living, third]) expect(await browser.standing()).not.toBe("in");
  });

  it("that is only missing ends nobody who was in", async () => {
    const { site, living, redis, userKey } = await startWithUnrecordedEviction();
    await redis.hdel(userKey, "v");
    const latest = await site.signedIn("ann");
    expect([await living.standing(), await latest.standing()]).toEqual(["in", "in"]);
  });
});
