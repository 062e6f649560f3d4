/** Sessions that are over, or end, under a limit that was lowered while people were signed in. */
import { describe, expect, it } from "vitest";
import { startApp } from "../harness/app.js";
import type { Browser } from "../harness/browser.js";

/** One after the other, as it may matter who asks first. */
async function standings(browsers: readonly Browser[]): Promise<string[]> {
  const found: string[] = [];
  for (const browser of browsers) found.push(await browser.standing());
  return found;
}

describe("C11: newer sessions that are over before a request finds their end", () => {
  it.each([
    ["idle time", { inactivityLogout: true, sessionMinutes: 300 }],
    ["a shorter duration", { sessionMinutes: 10 }],
  ])("by %s do not count when the limit is lowered", async (_name, shorter) => {
    const site = await startApp({ defaults: { sessionMinutes: 300 } });
    const ann = await site.signedIn("ann");
    site.at("1:00");
    const newer = [await site.signedIn("ann"), await site.signedIn("ann")];
    site.at("14:00");
    await ann.reauthenticate();
    site.at("17:00");
    await site.curfew.settings.update({ ...shorter, maxSessionsPerUser: 1 });
    expect(await ann.standing()).toBe("in");
    expect(await standings(newer)).not.toContain("evicted");
    expect((await site.curfew.sessions.list({ userId: "ann" })).sessions).toHaveLength(1);
  });

  it("do not keep one in who has lost to others", async () => {
    const site = await startApp({ defaults: { sessionMinutes: 300 } });
    const ann = await site.signedIn("ann");
    site.at("1:00");
    const idle = await site.signedIn("ann");
    site.at("2:00");
    const living = await site.signedIn("ann");
    site.at("14:00");
    await Promise.all([ann.act(), living.act()]);
    site.at("17:00");
    const idling = { inactivityLogout: true, sessionMinutes: 300 };
    await site.curfew.settings.update({ ...idling, maxSessionsPerUser: 1 });
    expect(await standings([ann, living])).toEqual(["evicted", "in"]);
    expect(await idle.standing()).not.toBe("in");
  });
});

describe("C11: a sign-out under a limit that was lowered", () => {
  const month = { persistent: true } as const;

  it("takes along what had lost already, and who is within the limit of the living stays", async () => {
    const site = await startApp();
    const lost = await site.signedIn("ann", month);
    const kept = await site.signedIn("ann", month);
    site.at("1:00");
    const lapsed = await site.signedIn("ann");
    site.at("20:00");
    const newest = await site.signedIn("ann");
    site.at("31:00");
    await site.curfew.settings.update({ maxSessionsPerUser: 2 });
    await newest.fetch("post", "/logout", {});
    expect(await standings([lost, kept, lapsed])).toEqual(["evicted", "in", "absolute"]);
  });

  it.each([
    ["idle", { inactivityLogout: true, sessionMinutes: 300 }],
    ["absolute", { sessionMinutes: 10 }],
  ])(
    "is something else than the end of a session that was %s, which ends no other",
    async (reason, shorter) => {
      const site = await startApp({ defaults: { sessionMinutes: 300 } });
      const older = await site.signedIn("ann");
      site.at("1:00");
      const newer = await site.signedIn("ann");
      site.at("14:00");
      await older.act();
      await older.reauthenticate();
      site.at("17:00");
      await site.curfew.settings.update({ ...shorter, maxSessionsPerUser: 1 });
      expect(await standings([newer, older])).toEqual([reason, "in"]);
    },
  );
});
