/** What a sign-in makes of a user's key whose facts somebody has damaged. */
import { describe, expect, it, vi } from "vitest";
import * as scripts from "../../src/redis/scripts.generated.js";
import { startApp } from "../support/app.js";
import { testRedis } from "../support/redis.js";
import { steppedClient } from "../support/stepped-client.js";

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
