/** The administrators' pages of rules for some, and the page of one session. */
import { describe, expect, it } from "vitest";
import type { RuleTarget } from "../../src/index.js";
import type { Browser } from "../harness/browser.js";
import { linksOf, openDesk, textOf, valuesOf } from "./support.js";

const RULE = "/admin/settings/rule";

const pageOf = (root: Browser, kind: string, name: string): ReturnType<Browser["visit"]> =>
  root.visit(`${RULE}?${String(new URLSearchParams({ kind, name }))}`);

/** Sends the form of a rule as a browser does. */
async function submit(
  root: Browser,
  [kind, name]: readonly [string, string],
  fields: Readonly<Record<string, string>>,
): ReturnType<Browser["submit"]> {
  const [version] = valuesOf(await pageOf(root, kind, name), "version");
  return root.submit(RULE, { version, kind, name, action: "save", ...fields });
}

describe("the page of a rule", () => {
  it("saves a new rule for a role, which the settings page then lists", async () => {
    const { root, site } = await openDesk();
    const fields = {
      inactivityLogout: "on",
      idleMinutes: "30",
      sessionMinutes: "480",
      maxSessionsPerUser: "1",
      maxPhonesPerUser: "1",
    };
    const saved = await submit(root, ["role", "admin"], fields);
    expect([saved.status, saved.get("Location")]).toEqual([303, "/admin/settings"]);
    expect((await site.curfew.settings.rules.get({ role: "admin" })).settings).toEqual({
      inactivityLogout: true,
      idleMinutes: 30,
      sessionMinutes: 480,
      maxSessionsPerUser: 1,
      maxPhonesPerUser: 1,
      allowPersistentSessions: false,
    });
    const page = await root.visit("/admin/settings");
    expect(textOf(page)).toContain("Saved the rule for admin. Applies from the next request on.");
    expect(textOf(page)).toMatch(/Role admin .*Inactivity limit: 30 minutes .*Session Duration: 8 hours/);
    const [link = ""] = linksOf(page, "kind=role");
    expect((await root.visit(link)).text).toMatch(/name="sessionMinutes"[^>]*value="480"/);
  });

  it.each(["tenant", "role"] as const)("keeps spaces at the ends of a name: %s", async (kind) => {
    const { root, site } = await openDesk();
    const { rules } = site.curfew.settings;
    const targetOf = (name: string) => ({ [kind]: name }) as unknown as RuleTarget;
    for (const [name, sessionMinutes] of [
      ["acme", 60],
      ["acme ", 70],
      [" acme", 80],
    ] as const)
      await rules.set(targetOf(name), { sessionMinutes });
    for (const link of linksOf(await root.visit("/admin/settings"), `kind=${kind}`)) {
      const page = await root.visit(link);
      const { name = "" } = Object.fromEntries(new URL(link, "http://x").searchParams);
      expect(valuesOf(page, "name")).toEqual([name]);
      const [version] = valuesOf(page, "version");
      const minutes = /name="sessionMinutes"[^>]*value="(\d+)"/.exec(page.text)?.[1];
      await root.submit(RULE, { version, kind, name, action: "save", sessionMinutes: `${minutes ?? ""}0` });
    }
    const saved = (await rules.list()).rules.map((rule) => [rule.for, rule.settings.sessionMinutes]);
    expect(saved).toHaveLength(3);
    expect(saved).toEqual(
      expect.arrayContaining([
        [targetOf("acme"), 600],
        [targetOf("acme "), 700],
        [targetOf(" acme"), 800],
      ]),
    );
  });

  it("keeps spaces at the ends of a user id", async () => {
    const { root, site } = await openDesk();
    await submit(root, ["userId", "ann "], { sessionMinutes: "60" });
    const { rules } = site.curfew.settings;
    expect((await rules.get({ userId: "ann" })).settings).toBeNull();
    expect((await rules.get({ userId: "ann " })).settings).toEqual({ sessionMinutes: 60 });
    await submit(root, ["userId", "ann"], { action: "remove" });
    expect((await rules.get({ userId: "ann " })).settings).toEqual({ sessionMinutes: 60 });
  });

  it("leaves out empty fields, and removes a rule", async () => {
    const { root, site } = await openDesk();
    await submit(root, ["tenant", "acme"], { sessionMinutes: "60", idleMinutes: "" });
    const { rules } = site.curfew.settings;
    expect((await rules.get({ tenant: "acme" })).settings).toEqual({ sessionMinutes: 60 });
    await submit(root, ["tenant", "acme"], { action: "remove" });
    expect((await rules.list()).rules).toEqual([]);
  });

  it("L7: names the wrong fields with links to them, and keeps what was typed", async () => {
    const { root, site } = await openDesk();
    const refused = await submit(root, ["role", "admin"], { sessionMinutes: "4", maxSessionsPerUser: "x" });
    expect(refused.status).toBe(422);
    expect(linksOf(refused, "#")).toEqual(["#sessionMinutes", "#maxSessionsPerUser"]);
    expect(refused.text).toMatch(/name="sessionMinutes"[^>]*value="4"/);
    const empty = await submit(root, ["role", "admin"], {});
    expect([empty.status, textOf(empty).includes("it limits nothing")]).toEqual([422, true]);
    expect((await site.curfew.settings.rules.list()).rules).toEqual([]);
  });

  it.each(["tenant", "role", "userId"])("is 404 for a name that no session has: %s", async (kind) => {
    const { root, site } = await openDesk();
    for (const name of ["", "x".repeat(256), "a\u0000b"]) {
      const page = await pageOf(root, kind, name);
      const sent = await root.submit(RULE, {
        kind,
        name,
        version: "0",
        sessionMinutes: "60",
        action: "save",
      });
      expect([page.status, sent.status]).toEqual([404, 404]);
    }
    expect((await site.curfew.settings.rules.list()).rules).toEqual([]);
  });

  it("asks again if the rule was changed meanwhile", async () => {
    const { root, site } = await openDesk();
    for (const [kind, name, target] of [
      ["role", "admin", { role: "admin" }],
      ["userId", "ann", { userId: "ann" }],
    ] as const) {
      const [version] = valuesOf(await pageOf(root, kind, name), "version");
      await site.curfew.settings.rules.set(target, { sessionMinutes: 60 });
      const late = await root.submit(RULE, { version, kind, name, sessionMinutes: "90", action: "save" });
      expect(late.status).toBe(412);
      expect((await site.curfew.settings.rules.get(target)).settings).toEqual({ sessionMinutes: 60 });
    }
  });

  it("changes a user's own rule, and leads back to the user's sessions", async () => {
    const { root, site } = await openDesk();
    await site.signedIn("ann");
    const [link = ""] = linksOf(await root.visit("/admin/sessions?user=ann"), "kind=userId");
    expect(link).toBe(`${RULE}?kind=userId&name=ann`);
    const saved = await submit(root, ["userId", "ann"], { sessionMinutes: "20" });
    expect(saved.get("Location")).toBe("/admin/sessions?user=ann");
    const sessions = await root.visit("/admin/sessions?user=ann");
    expect(textOf(sessions)).toContain("Own rule of ann: Session Duration: 20 minutes.");
    expect(textOf(sessions)).toContain("session duration, now 20 minutes");
  });

  it("refuses targets that no session can have", async () => {
    const { root } = await openDesk();
    for (const [kind, name] of [
      ["team", "a"],
      ["role", ""],
      ["role", "x".repeat(101)],
      ["__proto__", "a"],
    ] as const)
      expect((await pageOf(root, kind, name)).status).toBe(404);
  });

  it("G3: escapes the names of rules on every page", async () => {
    const { root, site } = await openDesk();
    const name = `"><script>alert(1)</script>`;
    await site.curfew.settings.rules.set({ tenant: name }, { sessionMinutes: 60 });
    await site.curfew.settings.rules.set({ userId: name }, { sessionMinutes: 60 });
    for (const path of ["/admin/settings", "/admin/history"])
      expect((await root.visit(path)).text).not.toContain("<script");
    for (const kind of ["tenant", "userId"])
      expect((await pageOf(root, kind, name)).text).not.toContain("<script");
  });

  it("notes the actor in the history, which names the rule and offers no way back to it", async () => {
    const { root } = await openDesk();
    await submit(root, ["role", "admin"], { sessionMinutes: "60" });
    const history = await root.visit("/admin/history");
    expect(textOf(history)).toMatch(/Rita .*Rule for Role admin: Session Duration: 1 hour/);
    expect(valuesOf(history, "to")).toEqual([]);
  });
});

describe("the page of one session", () => {
  it("shows which rule gave each value in force", async () => {
    const { root, site } = await openDesk();
    await site.curfew.settings.rules.set({ role: "admin" }, { sessionMinutes: 20 });
    await site.curfew.settings.rules.set({ userId: "ann" }, { maxSessionsPerUser: 2 });
    await site.signedIn("ann", { roles: ["admin"], tenant: "acme" });
    const [link = ""] = linksOf(await root.visit("/admin/sessions?user=ann"), "sessions/session");
    const page = textOf(await root.visit(link));
    expect(page).toContain("Tenant: acme. Roles: admin.");
    expect(page).toContain("Session Duration 20 minutes Rule for Role admin");
    expect(page).toContain("Concurrent Sessions 2 Rule for User ann");
    expect(page).toContain("Inactivity Logout off Settings of all sessions");
    expect((await root.visit("/admin/sessions/session?ref=nobody")).status).toBe(404);
  });

  it("shows the labels of the session, with its metadata", async () => {
    const { root, site } = await openDesk();
    await site.signedIn("ann", { tags: ["kiosk"], metadata: { plan: "gold", desk: "<b>4</b>" } });
    const [link = ""] = linksOf(await root.visit("/admin/sessions?user=ann"), "sessions/session");
    const page = await root.visit(link);
    expect(textOf(page)).toContain("Tags: kiosk.");
    expect(textOf(page)).toContain("plan gold");
    expect(page.text).toContain("&lt;b&gt;4&lt;/b&gt;");
  });
});
