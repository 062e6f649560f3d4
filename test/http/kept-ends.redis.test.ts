/** The ends of many sessions that are kept: how long, and how many. */
import { describe, expect, it } from "vitest";
import { startApp } from "../harness/app.js";
import { keptEnds } from "../harness/kept-ends.js";
import { at } from "../harness/policy-fixtures.js";
import { testRedis } from "../harness/redis.js";

describe("ends of many sessions", () => {
  it("keeps one end for the same sessions, and drops ends that no session can outlive", async () => {
    const site = await startApp({ limits: { absoluteMinutes: 60, idleMinutes: 60 } });
    for (const tenant of ["a", "b", "b"]) await site.curfew.sessions.endWhere({ tenant });
    expect(await keptEnds(site)).toBe(2);
    await site.curfew.sessions.endWhere({ all: true });
    expect(await keptEnds(site)).toBe(1);
    site.at(String(60 + 24 * 60 + 1) + ":00");
    await site.curfew.sessions.endWhere({ tenant: "a" });
    expect(await keptEnds(site)).toBe(1);
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
      /at most 1,000 ends of many sessions\. To make room, end all sessions\./,
    );
    await fresh.curfew.sessions.endWhere({ all: true });
    await fresh.curfew.sessions.endWhere({ tenant: "one more" });
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
    expect(await keptEnds(site)).toBe(1);
    expect(await eve.standing()).toBe("in");
    expect([await ann.standing(), await bob.standing()]).toEqual(["revoked_by_admin", "revoked_by_admin"]);
    // An earlier time loses nothing of the later end.
    await site.curfew.sessions.endWhere({ signedInBefore: at("2:01") });
    await site.curfew.sessions.endWhere({ signedInBefore: at("0:01") });
    expect(await eve.standing()).toBe("revoked_by_admin");
  });
});
