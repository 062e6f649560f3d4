import { describe, expect, it } from "vitest";
import { fieldsIn, formOf, linksOf, openDesk, ROOT, startPages, textOf, valuesOf } from "./support.js";

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
