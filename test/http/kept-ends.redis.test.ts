/** The ends of many sessions that are kept: how long, and how many. */
import { describe, expect, it } from "vitest";
import { startApp, type TestApp } from "../harness/app.js";
import { startBoth } from "../harness/moving.js";
import { at, T } from "../harness/policy-fixtures.js";
import { testRedis } from "../harness/redis.js";

/** Returns the number of ends that are kept. */
async function kept({ prefix }: TestApp): Promise<number> {
  const redis = await testRedis();
  const { rules } = JSON.parse((await redis.get(`${prefix}settings`)) ?? "{}") as { rules?: string };
  const text = (await redis.get(`${prefix}r:${String(rules)}`)) ?? '{"ends":[]}';
  return (JSON.parse(text) as { ends: unknown[] }).ends.length;
}

describe("ends of many sessions", () => {
  it("keeps one end for the same sessions, and drops ends that no session can outlive", async () => {
    const site = await startApp({ limits: { absoluteMinutes: 60, idleMinutes: 60 } });
    for (const tenant of ["a", "b", "b"]) await site.curfew.sessions.endWhere({ tenant });
    expect(await kept(site)).toBe(2);
    await site.curfew.sessions.endWhere({ all: true });
    expect(await kept(site)).toBe(1);
    site.at(String(60 + 24 * 60 + 1) + ":00");
    await site.curfew.sessions.endWhere({ tenant: "a" });
    expect(await kept(site)).toBe(1);
  });

  it("refuses more than 1,000 ends, and all: true makes room", async () => {
    const site = await startApp();
    const redis = await testRedis();
    await site.curfew.sessions.endWhere({ tenant: "t0" });
    const settings = (await redis.get(`${site.prefix}settings`)) ?? "";
    const { rules = "" } = JSON.parse(settings) as { rules?: string };
    const ends = Array.from({ length: 1_000 }, (_, index) => ({
      where: { tenant: `t${String(index)}` },
      at: 1,
      actor: null,
    }));
    await redis.set(
      `${site.prefix}r:${rules}`,
      JSON.stringify({ rules: [], ends: ends.map((end) => ({ ...end, at: at("0:00") })) }),
    );
    const fresh = await startApp({ prefix: site.prefix, clock: site.clock });
    await expect(fresh.curfew.sessions.endWhere({ tenant: "one more" })).rejects.toThrow(
      /at most 1,000 ends/,
    );
    await fresh.curfew.sessions.endWhere({ all: true });
    await fresh.curfew.sessions.endWhere({ tenant: "one more" });
  });

  it("M44: an end stays while old sessions can be taken over", async () => {
    const day = 24 * 60 * 60_000;
    const { site, browser } = await startBoth({
      limits: { absoluteMinutes: 60, idleMinutes: 60 },
      takeOver: { until: T + 60 * day },
    });
    await site.curfew.sessions.endWhere({ all: true });
    for (const days of [2, 59]) {
      site.at(`${String(days * 24 * 60)}:00`);
      await site.curfew.sessions.endWhere({ tenant: "acme" });
      expect(await kept(site)).toBe(2);
    }
    browser.server = site.server;
    expect(await browser.standing()).toBe("revoked_by_admin");
    site.at(`${String(61 * 24 * 60)}:00`);
    await site.curfew.sessions.endWhere({ tenant: "acme" });
    expect(await kept(site)).toBe(1);
  });

  it("two ends before a time end no session that both spare", async () => {
    const site = await startApp();
    const [ann, bob] = [await site.signedIn("ann"), await site.signedIn("bob")];
    site.at("1:00");
    await site.curfew.sessions.endWhere({ signedInBefore: at("50:00") });
    site.at("2:00");
    const eve = await site.signedIn("eve");
    site.at("3:00");
    await site.curfew.sessions.endWhere({ signedInBefore: at("0:01") });
    expect(await kept(site)).toBe(1);
    expect(await eve.standing()).toBe("in");
    expect([await ann.standing(), await bob.standing()]).toEqual(["revoked_by_admin", "revoked_by_admin"]);
    // An earlier time loses nothing of the later end.
    await site.curfew.sessions.endWhere({ signedInBefore: at("2:01") });
    await site.curfew.sessions.endWhere({ signedInBefore: at("0:01") });
    expect(await eve.standing()).toBe("revoked_by_admin");
  });
});
