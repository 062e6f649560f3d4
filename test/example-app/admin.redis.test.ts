import type { Settings } from "express-curfew";
import { describe, expect, it } from "vitest";
import { FIREFOX, startExample, submit, textOf, valuesOf, type TestExample } from "./support.js";

type Agent = Awaited<ReturnType<TestExample["signedIn"]>>;
type Fields = Readonly<Record<string, string | number | undefined>>;

/** Loads the settings form, changes some fields and sends it, as a browser does. */
async function saveSettings(admin: Agent, changes: Fields, current: Partial<Settings> = {}) {
  const page = await admin.get("/admin/settings").expect(200);
  const { allowPersistentSessions = true, inactivityLogout = false, sessionMinutes = 30 } = current;
  return submit(admin, "/admin/settings", {
    version: valuesOf(page, "version")[0],
    ...(allowPersistentSessions ? { allowPersistentSessions: "on" } : {}),
    ...(inactivityLogout ? { inactivityLogout: "on" } : {}),
    sessionMinutes,
    unit: "minutes",
    concurrent: "unlimited",
    maxSessionsPerUser: 1,
    whenLimitReached: "end_oldest",
    action: "save",
    ...changes,
  });
}

describe("the admin pages", () => {
  it("are for administrators only", async () => {
    const { browser, signedIn } = await startExample();
    const ana = await signedIn("ana");
    for (const path of ["/admin/settings", "/admin/sessions"]) {
      await browser().get(path).expect(303);
      await ana.get(path).expect(403);
    }
    await submit(ana, "/admin/settings", { version: 0, sessionMinutes: 5 }).expect(403);
    await ana.get("/api/4.0/session_config").expect(404);
    await browser().get("/api/4.0/session_config").expect(401);
  });

  it("L1, L2: the administrator's cookie opens the Looker API, too", async () => {
    const { signedIn, curfew } = await startExample();
    const admin = await signedIn("admin");
    await admin.get("/api/4.0/session_config").expect(200);
    await admin.patch("/api/4.0/session_config").send({ session_minutes: 5 }).expect(200);
    expect((await curfew.settings.get()).settings.sessionMinutes).toBe(5);
  });
});

describe("the settings page", () => {
  it("L13, W14: saves a change that applies at each user's next request", async () => {
    const { signedIn, skip } = await startExample();
    const ana = await signedIn("ana");
    skip(20);
    const admin = await signedIn("admin");
    expect((await saveSettings(admin, { sessionMinutes: 10 })).status).toBe(303);
    const page = await admin.get("/admin/settings");
    expect(textOf(page)).toContain("Saved. Applies from everyone's next request on; no restart.");
    expect(textOf(page)).toMatch(/1 15 Jan 2026, \S+ admin Session duration: 10 minutes/);
    await ana.get("/").expect(303);
    await admin.get("/").expect(200);
  });

  it("saves all fields that it shows", async () => {
    const { signedIn, curfew } = await startExample();
    const admin = await signedIn("admin");
    await saveSettings(admin, {
      allowPersistentSessions: undefined,
      sessionMinutes: 2,
      unit: "days",
      concurrent: "limited",
      maxSessionsPerUser: 3,
      whenLimitReached: "refuse_newest",
      trackLocation: "on",
    });
    expect((await curfew.settings.get()).settings).toEqual({
      allowPersistentSessions: false,
      sessionMinutes: 2_880,
      maxSessionsPerUser: 3,
      whenLimitReached: "refuse_newest",
      inactivityLogout: false,
      idleMinutes: 15,
      trackLocation: true,
    });
    const page = await admin.get("/admin/settings");
    expect(page.text).toMatch(/name="sessionMinutes"[^>]*value="2"/);
    expect(page.text).toMatch(/<option value="days" selected>/);
  });

  it("I1, I2: turning inactivity logout on sets a day and ends persistence, and says so", async () => {
    const { signedIn, curfew } = await startExample();
    const admin = await signedIn("admin");
    await saveSettings(admin, { inactivityLogout: "on" });
    expect((await curfew.settings.get()).settings).toMatchObject({
      inactivityLogout: true,
      allowPersistentSessions: false,
      sessionMinutes: 1_440,
    });
    const text = textOf(await admin.get("/admin/settings"));
    expect(text).toContain("Turning inactivity logout on sets the session duration to 1 day.");
    expect(text).toContain('"Stay logged in" is off while inactivity logout is on.');
  });

  it("I3: keeps a duration within the range that is given along with it", async () => {
    const { signedIn, curfew } = await startExample();
    const admin = await signedIn("admin");
    await saveSettings(admin, { inactivityLogout: "on", sessionMinutes: 5, unit: "hours" });
    expect((await curfew.settings.get()).settings.sessionMinutes).toBe(300);
  });

  it("I5: saves a duration outside the range as a day, and says so", async () => {
    const { signedIn, curfew } = await startExample();
    const admin = await signedIn("admin");
    const before = { inactivityLogout: true, sessionMinutes: 300, allowPersistentSessions: false };
    await curfew.settings.update(before);
    await saveSettings(admin, { sessionMinutes: 12 }, before);
    expect((await curfew.settings.get()).settings.sessionMinutes).toBe(1_440);
    expect(textOf(await admin.get("/admin/settings"))).toContain(
      "12 minutes is outside 15 minutes - 1 day; saved as 1 day.",
    );
  });

  it("previews how many sessions a change ends, and changes nothing", async () => {
    const { signedIn, curfew } = await startExample();
    const first = await signedIn("ana");
    await signedIn("ana");
    await signedIn("bob");
    const admin = await signedIn("admin");
    const page = await saveSettings(admin, {
      concurrent: "limited",
      maxSessionsPerUser: 1,
      action: "preview",
    });
    expect(page.status).toBe(200);
    expect(textOf(page)).toContain(
      "This change ends 1 of 4 sessions, of 1 user, at their next request (evicted: 1).",
    );
    expect((await curfew.settings.get()).version).toBe(0);
    await first.get("/").expect(200);
    expect(page.text).toMatch(/name="concurrent" value="limited" checked/);
  });

  it.each([
    [{ sessionMinutes: 4 }, "Session duration must be whole minutes, 5 minutes to 30 days"],
    [{ sessionMinutes: "43201" }, "Session duration must be whole minutes"],
    [{ sessionMinutes: "30.5" }, "Session duration must be whole minutes"],
    [{ sessionMinutes: "" }, "Session duration must be whole minutes"],
    [{ unit: "years" }, "Session duration must be whole minutes"],
    [{ concurrent: "limited", maxSessionsPerUser: 0 }, "Sessions per user must be a whole number, 1 to 100"],
  ])("L3, L8: refuses %o on the field and saves nothing", async (changes, message) => {
    const { signedIn, curfew } = await startExample();
    const admin = await signedIn("admin");
    const page = await saveSettings(admin, { ...changes, trackLocation: "on" });
    expect(page.status).toBe(422);
    expect(textOf(page)).toContain(message);
    expect(page.text).toContain('aria-invalid="true"');
    expect((await curfew.settings.get()).version).toBe(0);
  });

  it("refuses a form whose settings another administrator has changed meanwhile, and names them", async () => {
    const { signedIn, curfew } = await startExample();
    const admin = await signedIn("admin");
    const page = await admin.get("/admin/settings");
    const version = valuesOf(page, "version")[0];
    await curfew.settings.update({ trackLocation: true }, { actor: "rita" });
    const refused = await saveSettings(admin, { version, sessionMinutes: 60 });
    expect(refused.status).toBe(412);
    expect(textOf(refused)).toMatch(/Changed by rita at 15 Jan 2026, \S+; review and save again\./);
    expect((await curfew.settings.get()).settings.sessionMinutes).toBe(30);

    const again = { version: valuesOf(refused, "version")[0], sessionMinutes: 60, trackLocation: "on" };
    expect((await saveSettings(admin, again)).status).toBe(303);
    expect((await curfew.settings.get()).settings).toMatchObject({ sessionMinutes: 60, trackLocation: true });
  });

  it("Q19: deletes stored places when asked to", async () => {
    const { signedIn, curfew } = await startExample();
    await curfew.settings.update({ trackLocation: true });
    await signedIn("ana");
    const placeOf = async () => (await curfew.sessions.list({ userId: "ana" })).sessions[0]?.city;
    expect(await placeOf()).toBe("Berlin");
    await curfew.settings.update({ trackLocation: false });
    await submit(await signedIn("admin"), "/admin/settings/purge-locations").expect(303);
    expect(await placeOf()).toBeNull();
  });
});

describe("the page of all sessions", () => {
  it("lists them page by page, and by user", async () => {
    const { signedIn } = await startExample({ rowsPerPage: 2 });
    for (const user of ["ana", "ana", "bob"]) await signedIn(user);
    const admin = await signedIn("admin");
    const seen: string[] = [];
    let address = "/admin/sessions";
    for (let pages = 0; address !== "" && pages < 5; pages++) {
      const page = await admin.get(address).expect(200);
      seen.push(...valuesOf(page, "ref"));
      address = /rel="next" href="([^"]*)"/.exec(page.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
    }
    expect(address).toBe("");
    expect(new Set(seen).size).toBe(4);
    expect(seen).toHaveLength(4);
    expect(valuesOf(await admin.get("/admin/sessions?user=ana"), "ref")).toHaveLength(2);
    expect(valuesOf(await admin.get("/admin/sessions?cursor=nonsense").expect(200), "ref")).toHaveLength(2);
  });

  it("C10: ends one session; its next request names the actor", async () => {
    const { signedIn, curfew } = await startExample();
    const [ana, bob, admin] = [await signedIn("ana"), await signedIn("bob"), await signedIn("admin")];
    const [session] = (await curfew.sessions.list({ userId: "ana" })).sessions;
    await submit(admin, "/admin/sessions/end", { ref: session?.ref, user: "ana" }).expect(303);
    const page = await admin.get("/admin/sessions?user=ana");
    expect(textOf(page)).toContain("Signed out Chrome on Windows of ana.");
    await ana.get("/").expect(303);
    expect(textOf(await ana.get("/login"))).toContain("An administrator signed out this session.");
    await bob.get("/").expect(200);
  });

  it("ends all sessions of a user, and no other user's sessions", async () => {
    const { signedIn } = await startExample();
    const anas = [await signedIn("ana"), await signedIn("ana", { userAgent: FIREFOX })];
    const [bob, admin] = [await signedIn("bob"), await signedIn("admin")];
    await submit(admin, "/admin/sessions/end-all", { user: "ana" }).expect(303);
    expect(textOf(await admin.get("/admin/sessions"))).toContain("Signed out 2 sessions of ana.");
    for (const ana of anas) await ana.get("/").expect(303);
    await bob.get("/").expect(200);
  });
});

describe("a user's own sessions", () => {
  it("R10: are listed with the current one marked, and end one by one", async () => {
    const { signedIn } = await startExample();
    const old = await signedIn("ana", { userAgent: FIREFOX });
    const ana = await signedIn("ana");
    await signedIn("bob");
    const page = await ana.get("/account/sessions");
    const refs = valuesOf(page, "ref");
    expect(refs).toHaveLength(2);
    expect(textOf(page)).toMatch(/Chrome on Windows This device .*Firefox on macOS/);
    await submit(ana, "/account/sessions/end", { ref: refs[1] }).expect(303);
    expect(textOf(await ana.get("/account/sessions"))).toContain("Signed out Firefox on macOS.");
    await old.get("/").expect(303);
    expect(textOf(await old.get("/login"))).toContain("This session was signed out from your Sessions page.");
  });

  it("R7: ending the current one signs out", async () => {
    const { signedIn } = await startExample();
    const ana = await signedIn("ana");
    const [ref] = valuesOf(await ana.get("/account/sessions"), "ref");
    await submit(ana, "/account/sessions/end", { ref }).expect(303);
    await ana.get("/").expect(303);
    expect(textOf(await ana.get("/login"))).toContain("You have signed out.");
  });

  it("R5: a user cannot end another user's session", async () => {
    const { signedIn, curfew } = await startExample();
    const [ana, bob] = [await signedIn("ana"), await signedIn("bob")];
    const [bobs] = (await curfew.sessions.list({ userId: "bob" })).sessions;
    await submit(ana, "/account/sessions/end", { ref: bobs?.ref }).expect(404);
    await submit(ana, "/account/sessions/end", { ref: "nonsense" }).expect(404);
    await bob.get("/").expect(200);
  });

  it("end all at once, except the current one", async () => {
    const { signedIn } = await startExample();
    const old = await signedIn("ana");
    const bob = await signedIn("bob");
    const ana = await signedIn("ana");
    await submit(ana, "/account/sessions/end-others").expect(303);
    expect(textOf(await ana.get("/account/sessions"))).toContain("Signed out 1 other session.");
    await old.get("/").expect(303);
    await bob.get("/").expect(200);
  });
});
