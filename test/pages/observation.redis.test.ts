import { describe, expect, it, vi } from "vitest";
import { openDesk, textOf } from "./support.js";

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

  it("is not offered without a change, nor to other users", async () => {
    const { submit, site } = await openDesk();
    expect((await submit({})).text).not.toContain('value="observe"');
    const ann = await site.signedIn("ann");
    expect((await ann.submit("/admin/settings/stop-observing", {})).status).toBe(403);
  });
});
