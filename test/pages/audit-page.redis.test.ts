import { describe, expect, it } from "vitest";
import { linksOf, ROOT, startPages, textOf } from "./support.js";

describe("the audit page", () => {
  it("shows each event with time, user, actor and details", async () => {
    const site = await startPages();
    const root = await site.signedIn(ROOT, { persistent: true });
    await site.signedIn("ann");
    await site.curfew.sessions.endAll({ userId: "ann", actor: "Rita" });
    await site.curfew.settings.update({ sessionMinutes: 20 }, { actor: "Rita" });
    const page = await root.visit("/admin/audit");
    expect(page.status).toBe(200);
    expect(textOf(page)).toMatch(
      /Settings changed .* Everyone Rita Version 1 Ended .* ann Rita By an administrator Signed in .* ann Not recorded Chrome on Windows Signed in .* root Not recorded Chrome on Windows, stays signed in/,
    );
    expect(linksOf(page, "/admin/sessions?user=ann")).not.toEqual([]);
  });

  it("finds by user, type and time, and keeps the search on older pages", async () => {
    const site = await startPages();
    const root = await site.signedIn(ROOT, { persistent: true });
    for (let count = 0; count < 51; count++)
      await site.curfew.settings.update({ sessionMinutes: 100 + count }, { actor: "Rita" });
    await site.signedIn("ann");
    const ann = textOf(await root.visit("/admin/audit?user=ann&since=hour"));
    expect(ann).toContain("Chrome on Windows");
    expect(ann).not.toMatch(/Version \d/);
    const changes = await root.visit("/admin/audit?type=settingsChanged&user=Rita");
    expect(textOf(changes)).toContain("Version 51");
    expect(textOf(changes)).not.toContain("Version 1 ");
    const [older = ""] = linksOf(changes, "cursor=");
    expect(older).toMatch(/user=Rita&type=settingsChanged&cursor=/);
    expect(textOf(await root.visit(older))).toContain("Version 1 ");
    site.clock.advance({ days: 2 });
    expect(textOf(await root.visit("/admin/audit?since=day&type=settingsChanged"))).toContain(
      "The audit trail has no matching entries.",
    );
  });

  it("shows the newest entries if the address makes no sense", async () => {
    const site = await startPages();
    const root = await site.signedIn(ROOT);
    const page = await root.visit("/admin/audit?cursor=x&type=__proto__&since=constructor");
    expect(page.status).toBe(200);
    expect(textOf(page)).toContain("Chrome on Windows");
  });

  it("is for administrators only", async () => {
    const site = await startPages();
    const ann = await site.signedIn("ann");
    expect((await ann.visit("/admin/audit")).status).toBe(403);
  });
});
