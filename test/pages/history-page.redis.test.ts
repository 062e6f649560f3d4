/** The history of the settings, and the way back to an earlier version. */
import { describe, expect, it } from "vitest";
import { testRedis } from "../harness/redis.js";
import { fieldsIn, openDesk, textOf, valuesOf } from "./support.js";

describe("the history page", () => {
  it("lists who changed what, and when", async () => {
    const { root, site } = await openDesk();
    await site.curfew.settings.update({ sessionMinutes: 60 }, { actor: "ana" });
    site.at("5:00");
    await site.curfew.settings.update({ inactivityLogout: true }, { actor: "bob" });
    const text = textOf(await root.visit("/admin/history"));
    expect(text).toMatch(
      /2 now [^.]*UTC bob Not recorded Inactivity Logout: off → on Persistent Sessions: on → off Session Duration: 1 hour → 1 day Saved In force/,
    );
    expect(text).toMatch(/1 5 minutes ago [^.]*UTC ana .*Session Duration: 1 hour .*Saved Review/);
  });

  it("tells from where an administrator saved a change", async () => {
    const { root, site, submit } = await openDesk();
    await submit({ sessionMinutes: 45, action: "save" });
    const [change] = await site.curfew.settings.history();
    expect(change).toMatchObject({ actor: "Rita", from: expect.stringMatching(/127\.0\.0\.1$/) as unknown });
    expect(textOf(await root.visit("/admin/history"))).toContain(
      `UTC Rita ${String(change?.from)} Inactivity`,
    );
    await site.curfew.sessions.forget({ userId: "Rita" });
    expect((await site.curfew.settings.history())[0]).toMatchObject({ actor: null, from: null });
  });

  it("goes back to a version as an ordinary change, after a review", async () => {
    const { root, site, settings } = await openDesk();
    await site.curfew.settings.update({ inactivityLogout: true, sessionMinutes: 60 }, { actor: "ana" });
    const first = await settings();
    await site.curfew.settings.update({ inactivityLogout: false, sessionMinutes: 90 });
    const page = await root.visit("/admin/history");
    const action = "/admin/history/rollback";
    const review = await root.submit(action, { ...fieldsIn(page, action), action: "review" });
    expect(textOf(review)).toContain("Session Duration: 1 hour 30 minutes → 1 hour");
    expect((await settings()).sessionMinutes).toBe(90);
    expect((await root.submit(action, { ...fieldsIn(review, action), action: "save" })).status).toBe(303);
    expect(await settings()).toEqual(first);
    expect((await site.curfew.settings.history())[0]).toMatchObject({ version: 3, actor: "Rita" });
  });

  it.each([
    { inactivityLogout: true, sessionMinutes: 10_080, idleMinutes: 4_320, allowPersistentSessions: true },
    { sessionMinutes: 60_000 },
  ])("Q22: adjusts nothing of %o, which another vendor's API has saved", async (patch) => {
    const { root, site, settings } = await openDesk();
    await site.curfew.settings.update(patch, { coupled: false });
    const first = await settings();
    await site.curfew.settings.update({ trackLocation: true });
    const action = "/admin/history/rollback";
    const review = await root.submit(action, { to: 1, version: 2, action: "review" });
    expect(textOf(review)).toContain("Session Location: on → off");
    expect(textOf(review)).not.toMatch(/Session Duration: \w+ \w+ →|Persistent Sessions: \w+ →|Observe/);
    await root.submit(action, { to: 1, version: 2, action: "observe" });
    expect(await site.curfew.settings.observed()).toBeNull();
    await root.submit(action, { ...fieldsIn(review, action), action: "save" });
    expect(await settings()).toEqual(first);
  });

  it("goes back to saved settings only: not to a rule, an end, or a change that was not saved", async () => {
    const { root, site, settings } = await openDesk();
    await site.curfew.settings.rules.set({ role: "guest" }, { sessionMinutes: 10 });
    await site.curfew.sessions.endWhere({ role: "guest" });
    await site.curfew.settings.update({ sessionMinutes: 60 });
    await site.curfew.settings.update({ sessionMinutes: 90 });
    const redis = await testRedis();
    const [, saved = ""] = await redis.lrange(`${site.prefix}history`, 0, 1);
    // Read first, with the version of the third change.
    const unsaved = {
      ...(JSON.parse(saved) as object),
      applied: false,
      stamp: "lost",
      settings: { ...(await settings()), sessionMinutes: 5 },
    };
    await redis.lpush(`${site.prefix}history`, JSON.stringify(unsaved));
    const page = await root.visit("/admin/history");
    expect(textOf(page)).toContain("Not saved");
    expect(valuesOf(page, "to")).toEqual(["3"]);
    const submit = (to: number) => root.submit("/admin/history/rollback", { to, version: 4, action: "save" });
    expect([(await submit(1)).status, (await submit(2)).status, (await submit(3)).status]).toEqual([
      404, 404, 303,
    ]);
    expect((await settings()).sessionMinutes).toBe(60);
  });

  it("refuses to go back if the settings changed meanwhile", async () => {
    const { root, site, settings } = await openDesk();
    await site.curfew.settings.update({ sessionMinutes: 60 });
    await site.curfew.settings.update({ sessionMinutes: 90 });
    await site.curfew.settings.update({ sessionMinutes: 120 });
    const answer = await root.submit("/admin/history/rollback", { to: 1, version: 2, action: "save" });
    expect(answer.status).toBe(412);
    expect((await settings()).sessionMinutes).toBe(120);
    expect((await root.submit("/admin/history/rollback", { to: 9, version: 3, action: "save" })).status).toBe(
      404,
    );
  });
});
