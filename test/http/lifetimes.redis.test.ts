import { describe, expect, it } from "vitest";
import { startApp, type TestApp } from "../harness/app.js";
import { T } from "../harness/policy-fixtures.js";
import { testRedis } from "../harness/redis.js";

/** Keys that would never go by themselves; only the settings, their history, the tags and the bounded audit trail may. */
async function keysForEver(site: TestApp): Promise<string[]> {
  const redis = await testRedis();
  const kept = [
    `${site.prefix}settings`,
    `${site.prefix}history`,
    `${site.prefix}tags`,
    `${site.prefix}audit`,
  ];
  const found: string[] = [];
  for (const key of await redis.keys(`${site.prefix}*`))
    if ((await redis.pttl(key)) < 0 && !kept.includes(key)) found.push(key);
  return found;
}

const KINDS = ["browser", "api", "embed"] as const;
const LIFETIMES = [1 / 7, 100 / 7, 0.1 + 0.2, Math.PI];

describe.each(KINDS)("Q25: a lifetime that is not a whole number, of kind %s", (kind) => {
  it.each(LIFETIMES)(
    "of %d minutes ends on a whole millisecond, and leaves no key for ever",
    async (lifetimeMinutes) => {
      const site = await startApp({ defaults: { maxSessionsPerUser: 1 } });
      const former = await site.signedIn("ann", { kind });
      const browser = await site.signedIn("ann", { kind, lifetimeMinutes });
      expect(await former.standing()).toBe(kind === "browser" ? "evicted" : "in");
      const state = await browser.state();
      if (state.state !== "active") throw new Error(`the session is ${state.state}`);
      const { expiresAt } = state.session;
      expect(Number.isInteger(expiresAt)).toBe(true);
      expect(Math.abs(expiresAt - (T + lifetimeMinutes * 60_000))).toBeLessThan(1);
      expect(await keysForEver(site)).toEqual([]);
      site.clock.set(expiresAt - 1);
      expect(await browser.standing()).toBe("in");
      site.clock.set(expiresAt);
      expect(await browser.standing()).toBe("absolute");
    },
  );

  it("M9: is no longer after a re-authentication", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann", { kind, lifetimeMinutes: 100 / 7 });
    site.at("1:00");
    expect((await browser.reauthenticate()).status).toBe(200);
    const { remainingMs } = await browser.status();
    expect(remainingMs).toBe(Math.floor((100 / 7) * 60_000) - 60_000);
    expect(await keysForEver(site)).toEqual([]);
  });
});
