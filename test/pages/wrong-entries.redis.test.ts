/** Entries of the administrators' forms that are decimal numbers, or no numbers. */
import { describe, expect, it } from "vitest";
import { openDesk } from "./support.js";

describe("an entry that is not a number", () => {
  it("is refused and shown again on the settings page", async () => {
    const { submit } = await openDesk();
    const page = await submit({
      sessionMinutes: 'two "hours"',
      sessionMinutesUnit: "days",
      maxPhonesPerUser: "1.5.",
      action: "save",
    });
    expect(page.status).toBe(422);
    expect(page.text).toMatch(/name="sessionMinutes"[^>]*value="two &quot;hours&quot;"/);
    expect(page.text).toMatch(/name="maxPhonesPerUser"[^>]*value="1.5."/);
    expect(page.text).toMatch(/name="sessionMinutesUnit"[^]*?value="days"[^>]*selected/);
  });

  it("is refused and shown again on the page of a rule", async () => {
    const { root } = await openDesk();
    const page = await root.submit("/admin/settings/rule", {
      kind: "role",
      name: "admin",
      version: "0",
      action: "save",
      sessionMinutes: "an hour",
    });
    expect(page.status).toBe(422);
    expect(page.text).toMatch(/name="sessionMinutes"[^>]*value="an hour"/);
  });
});

describe("a decimal time", () => {
  it.each([
    ["4.1", "hours", 246],
    ["8.2", "hours", 492],
    ["0.7", "days", 1_008],
    ["1.1", "days", 1_584],
  ])("is reviewed and saved in minutes: %s %s", async (sessionMinutes, sessionMinutesUnit, minutes) => {
    const { submit, settings } = await openDesk();
    expect((await submit({ sessionMinutes, sessionMinutesUnit })).status).toBe(200);
    await submit({ sessionMinutes, sessionMinutesUnit, action: "save" });
    expect((await settings()).sessionMinutes).toBe(minutes);
  });

  it("is refused if the number of minutes is not whole", async () => {
    const { submit } = await openDesk();
    expect((await submit({ sessionMinutes: "4.123", sessionMinutesUnit: "hours" })).status).toBe(422);
  });
});
