import { describe, expect, it, vi } from "vitest";
import { formOf, openDesk, textOf } from "./support.js";

describe("observing a change on the settings page", () => {
  it("shows what the change would have ended by reason and day, and saves nothing", async () => {
    const { root, submit, site, settings } = await openDesk();
    const before = await settings();
    const review = await submit({ sessionMinutes: 15, sessionMinutesUnit: "minutes" });
    expect(review.text).toContain('value="observe"');
    const begun = await submit({ sessionMinutes: 15, sessionMinutesUnit: "minutes", action: "observe" });
    expect([begun.status, begun.get("Location")]).toEqual([303, "/admin/settings"]);
    const page = await root.visit("/admin/settings");
    expect(textOf(page)).toMatch(/Observing until \d{4}-\d\d-\d\d\. No session ends by it\./);
    expect(textOf(page)).toContain("Session Duration: 30 minutes → 15 minutes");
    expect(await settings()).toEqual(before);
    const ann = await site.signedIn("ann");
    site.at("16:00");
    expect((await ann.visit()).status).toBe(200);
    await vi.waitFor(async () => {
      expect((await site.curfew.settings.observed())?.sessions).toBe(1);
    });
    const counted = await root.visit("/admin/settings");
    expect(textOf(counted)).toContain("1 session would have ended when its user came back.");
    expect(textOf(counted)).toMatch(/2026-01-05 Time was up 1/);
    const stopped = await root.submit("/admin/settings/stop-observing", {});
    expect(stopped.status).toBe(303);
    expect(textOf(await root.visit("/admin/settings"))).toContain("Settings that were observed");
  });

  it("begins under the reviewed settings only: after another change the form is 412", async () => {
    const { root, submit, site, settings } = await openDesk();
    const seen = await formOf(root, await settings(), { sessionMinutes: 15, action: "observe" });
    await site.curfew.settings.update({ idleMinutes: 10 }, { actor: "ana" });
    const late = await root.submit("/admin/settings", seen);
    expect([late.status, textOf(late).includes("Changed by ana")]).toEqual([412, true]);
    expect(await site.curfew.settings.observed()).toBeNull();
    expect((await submit({ sessionMinutes: 4, action: "observe" })).status).toBe(422);
  });

  it("shows the review if nothing changes", async () => {
    const { submit, site } = await openDesk();
    const answer = await submit({ action: "observe" });
    expect([answer.status, textOf(answer).includes("Nothing changes.")]).toEqual([200, true]);
    expect(await site.curfew.settings.observed()).toBeNull();
  });

  it("is not offered without a change, nor to other users", async () => {
    const { submit, site } = await openDesk();
    expect((await submit({})).text).not.toContain('value="observe"');
    const ann = await site.signedIn("ann");
    expect((await ann.submit("/admin/settings/stop-observing", {})).status).toBe(403);
  });
});
