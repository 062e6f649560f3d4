import { describe, expect, it } from "vitest";
import { testRedis } from "../harness/redis.js";
import { formOf, linksOf, openDesk, ROOT, startPages, textOf, valuesOf } from "./support.js";

/** Returns the fields of a page's last form with an action. */
function fieldsIn(page: { readonly text: string }, action: string): Record<string, string> {
  const form = page.text.split("<form").find((part) => part.includes(`action="${action}"`)) ?? "";
  const inputs = form.matchAll(/type="hidden"\s+name="([^"]*)"\s+value="([^"]*)"/g);
  return Object.fromEntries([...inputs].map(([, name = "", value = ""]) => [name, value]));
}

describe("the settings page", () => {
  it("states the outcome, and asks before it saves", async () => {
    const { root, submit, site, settings } = await openDesk();
    const page = await root.visit("/admin/settings");
    expect(textOf(page)).toContain("People are signed out 30 minutes after signing in");
    expect(textOf(page)).toContain("Never changed.");
    const review = await submit({ inactivityLogout: "on", sessionMinutes: 5, sessionMinutesUnit: "hours" });
    expect(review.status).toBe(200);
    expect(textOf(review)).toContain(
      "People are signed out after 15 minutes without activity and must sign in again after 5 hours.",
    );
    expect((await settings()).inactivityLogout).toBe(false);
    const saved = await root.submit("/admin/settings", {
      ...fieldsIn(review, "/admin/settings"),
      action: "save",
    });
    expect([saved.status, saved.get("Location")]).toEqual([303, "/admin/settings"]);
    const after = await root.visit("/admin/settings");
    expect(textOf(after)).toContain("Saved. Applies from everyone's next request on; no restart.");
    expect(textOf(after)).toContain("Persistent Sessions are off while Inactivity Logout is on.");
    expect(textOf(after)).toMatch(/Last changed by Rita now/);
    expect(site.told("settingsChanged")).toMatchObject([{ actor: "Rita", version: 1 }]);
    expect((await settings()).sessionMinutes).toBe(300);
  });

  it("saves every setting", async () => {
    const { submit, settings } = await openDesk();
    await submit({
      allowPersistentSessions: undefined,
      sessionMinutes: 2,
      sessionMinutesUnit: "days",
      idleMinutes: 20,
      concurrent: "limited",
      maxSessionsPerUser: 3,
      maxPhonesPerUser: 1,
      maxTabletsPerUser: " 2 ",
      whenLimitReached: "refuse_newest",
      trackLocation: "on",
      action: "save",
    });
    expect(await settings()).toEqual({
      allowPersistentSessions: false,
      sessionMinutes: 2_880,
      idleMinutes: 20,
      maxSessionsPerUser: 3,
      maxDesktopsPerUser: null,
      maxPhonesPerUser: 1,
      maxTabletsPerUser: 2,
      maxOtherDevicesPerUser: null,
      whenLimitReached: "refuse_newest",
      inactivityLogout: false,
      trackLocation: true,
    });
  });

  it("C12, C13: shows the limits of classes with their effect, and removes one whose field is empty", async () => {
    const { root, submit, settings } = await openDesk();
    const review = await submit({ maxDesktopsPerUser: 2, maxPhonesPerUser: 1 });
    expect(textOf(review)).toContain("Phones: no limit of its own → 1");
    expect(textOf(review)).toContain(
      "They may use 3 browsers at a time (at most desktop computers: 2, phones: 1); a newer sign-in ends the oldest session.",
    );
    await submit({ maxDesktopsPerUser: 2, maxPhonesPerUser: 1, action: "save" });
    const page = await root.visit("/admin/settings");
    expect(page.text).toMatch(/name="maxPhonesPerUser"[^>]*value="1"/);
    await submit({ maxDesktopsPerUser: "", maxPhonesPerUser: 1, action: "save" });
    expect(await settings()).toMatchObject({ maxDesktopsPerUser: null, maxPhonesPerUser: 1 });
  });

  it("I2: sets a day if the duration is left as it was, and says so", async () => {
    const { submit, settings } = await openDesk();
    const review = await submit({ inactivityLogout: "on" });
    expect(textOf(review)).toContain("Turning Inactivity Logout on sets the Session Duration to 1 day.");
    await submit({ inactivityLogout: "on", action: "save" });
    expect(await settings()).toMatchObject({ sessionMinutes: 1_440, allowPersistentSessions: false });
  });

  it("I5: saves 12 minutes as a day while inactivity logout is on, and says so", async () => {
    const { submit, site, settings } = await openDesk();
    await site.curfew.settings.update({ inactivityLogout: true, sessionMinutes: 300 });
    const review = await submit({ sessionMinutes: 12 });
    expect(textOf(review)).toContain("12 minutes is outside 15 minutes to 1 day; saved as 1 day.");
    await submit({ sessionMinutes: 12, action: "save" });
    expect((await settings()).sessionMinutes).toBe(1_440);
  });

  it("I7: disables persistent sessions while inactivity logout is on, with the reason", async () => {
    const { site, root } = await openDesk();
    await site.curfew.settings.update({ inactivityLogout: true });
    const page = await root.visit("/admin/settings");
    expect(page.text).toMatch(/name="allowPersistentSessions"[^>]*disabled/);
    expect(textOf(page)).toContain("Off while Inactivity Logout is on.");
  });

  it("counts the sessions that a change ends and shortens", async () => {
    const { site, submit } = await openDesk();
    await site.signedIn("ann");
    await site.signedIn("ann");
    site.at("20:00");
    await site.signedIn("bob");
    expect(textOf(await submit({ sessionMinutes: 15 }))).toContain(
      "Ends 2 sessions of 1 user at once (2 sessions past the duration), shortens 1 session; counted 4 sessions.",
    );
    expect(textOf(await submit({ trackLocation: "on" }))).toContain(
      "Ends and shortens no session; counted 4 sessions.",
    );
  });

  it("warns if the change ends the administrator's own session within two minutes", async () => {
    const site = await startPages();
    const root = await site.signedIn(ROOT);
    site.at("14:00");
    const { settings } = await site.curfew.settings.get();
    const warning = "This change ends your own session within two minutes.";
    const review = async (sessionMinutes: number) =>
      textOf(await root.submit("/admin/settings", await formOf(root, settings, { sessionMinutes })));
    expect(await review(16)).toContain(warning);
    expect(await review(5)).toContain(warning);
    expect(await review(17)).not.toContain(warning);
  });

  it.each([
    [{ sessionMinutes: 4 }, "sessionMinutes", "Session Duration must be whole minutes, 5 minutes to 30 days"],
    [{ sessionMinutes: "1e2" }, "sessionMinutes", "Session Duration must be whole minutes"],
    [{ sessionMinutes: "" }, "sessionMinutes", "Session Duration must be whole minutes"],
    [{ sessionMinutesUnit: "years" }, "sessionMinutes", "Session Duration must be whole minutes"],
    [{ idleMinutes: 0 }, "idleMinutes", "Inactivity limit must be whole minutes"],
    [
      { concurrent: "limited", maxSessionsPerUser: 0 },
      "maxSessionsPerUser",
      "must be a whole number, 1 to 100",
    ],
    [{ maxPhonesPerUser: 101 }, "maxPhonesPerUser", "Phones must be empty, or a whole number, 1 to 100"],
    [{ maxTabletsPerUser: "x" }, "maxTabletsPerUser", "Tablets must be empty, or a whole number, 1 to 100"],
  ])("L3, L8: refuses %o on the field, and saves nothing", async (changes, name, message) => {
    const { submit, site } = await openDesk();
    for (const action of ["review", "save"]) {
      const page = await submit({ ...changes, trackLocation: "on", action });
      expect(page.status).toBe(422);
      expect(textOf(page)).toContain(message);
      expect(page.text).toContain(`href="#${name}"`);
      expect(page.text).toMatch(
        new RegExp(
          `id="${name}"[^>]*aria-describedby="${name}-problem (?:${name}|classes)-hint"[^>]*aria-invalid="true"`,
        ),
      );
      expect(page.text).toMatch(/name="trackLocation"[^>]*checked/);
    }
    expect((await site.curfew.settings.get()).version).toBe(0);
  });

  it("refuses a form that another administrator overtook, keeps its values, and names the administrator", async () => {
    const { submit, site, settings } = await openDesk();
    await site.curfew.settings.update({ trackLocation: true }, { actor: "ana" });
    for (const [version, action] of [
      ["0", "review"],
      ["0", "save"],
      [undefined, "save"],
      ["x", "save"],
    ]) {
      const refused = await submit({ version, sessionMinutes: 60, action });
      expect(refused.status).toBe(412);
      expect(textOf(refused)).toMatch(/Changed by ana now [^;]* UTC; review and save again\./);
      expect(refused.text).toMatch(/name="sessionMinutes"[^>]*value="1"/);
      expect(valuesOf(refused, "version")).toEqual(["1"]);
    }
    expect(await settings()).toMatchObject({ sessionMinutes: 30, trackLocation: true });
  });

  it("A4: says which limit of the app overrides a saved value", async () => {
    const { submit, root } = await openDesk({ limits: { absoluteMinutes: 720 } });
    expect(textOf(await submit({ sessionMinutes: 10_000 }))).toContain(
      "is configured, but the app limits this to 12 hours.",
    );
    expect(textOf(await root.visit("/admin/settings"))).not.toContain("is configured, but");
  });

  it("goes back to the form with the entered values", async () => {
    const { submit, root } = await openDesk();
    const review = await submit({ sessionMinutes: 45 });
    const page = await root.submit("/admin/settings", {
      ...fieldsIn(review, "/admin/settings"),
      action: "edit",
    });
    expect(page.text).toMatch(/name="sessionMinutes"[^>]*value="45"/);
  });

  it("Q19: deletes stored places on request, while session location is off", async () => {
    const { root, site } = await openDesk({
      defaults: { trackLocation: true },
      locate: () => ({ city: "Berlin", state: null, country: "Germany" }),
    });
    await site.signedIn("ann");
    const placeOf = async () => (await site.curfew.sessions.list({ userId: "ann" })).sessions[0]?.city;
    expect(linksOf(await root.visit("/admin/settings"), "purge")).toEqual([]);
    await site.curfew.settings.update({ trackLocation: false });
    const [address = ""] = linksOf(await root.visit("/admin/settings"), "purge");
    expect(textOf(await root.visit(address))).toContain("Delete stored places?");
    expect(await placeOf()).toBe("Berlin");
    const answer = await root.submit(address, {});
    expect(textOf(await root.visit(answer.get("Location")))).toContain(
      "Read 2 sessions. These have no IP address and no place any more.",
    );
    expect(await placeOf()).toBeNull();
  });
});

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
