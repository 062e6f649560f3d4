/** `settings observe` beside a running app. docs/command-line.md shows the output of the first test. */
import { describe, expect, it, vi } from "vitest";
import { codeBlocks } from "../harness/markdown.js";
import { at, play, start } from "./play.js";

/** Returns the output as the page shows it, at other times. */
function asOnPage(printed: readonly string[]): string {
  return `${printed
    .join("\n")
    .replace(/from .* to .*Z,/, "from 2026-11-29 12:00:00Z to 2026-12-06 12:00:00Z,")
    .replace(/^\d{4}-\d\d-\d\d/m, "2026-11-29")}\n`;
}

describe("settings observe", () => {
  it("shows the sessions that the observed settings would have ended", async () => {
    const site = await start();
    await site.curfew.settings.observe({ maxSessionsPerUser: 1 }, { actor: "root" });
    const older = await site.signedIn("ann");
    await site.signedIn("ann");
    expect((await older.visit()).status).toBe(200);
    await vi.waitFor(async () => {
      expect((await site.curfew.settings.observed())?.sessions).toBe(1);
    });
    const { code, printed } = await play(`settings observe ${at(site)}`);
    expect(code).toBe(0);
    expect(codeBlocks("docs/command-line.md", "text")).toContain(asOnPage(printed));
    const json = JSON.parse((await play(`settings observe --json ${at(site)}`)).printed.join("")) as object;
    expect(json).toMatchObject({ sessions: 1, isRunning: true, patch: { maxSessionsPerUser: 1 } });
  });

  it("begins an observation, saves nothing, and ends it with --stop", async () => {
    const site = await start();
    const none = await play(`settings observe --json ${at(site)}`);
    expect(none).toMatchObject({ code: 0, printed: ["null"] });
    const begun = await play(`settings observe sessionMinutes=20 --days 3 --actor root ${at(site)}`);
    expect([begun.code, begun.printed[0]]).toEqual([
      0,
      expect.stringMatching(/^Observing .*by root\. No session ends/),
    ]);
    expect(begun.printed).toContain("sessionMinutes  30     20");
    const observed = await site.curfew.settings.observed();
    expect(observed).toMatchObject({ patch: { sessionMinutes: 20 }, actor: "root", isRunning: true });
    expect(Number(observed?.until) - Number(observed?.since)).toBe(3 * 86_400_000);
    expect((await site.curfew.settings.get()).version).toBe(0);
    const stopped = await play(`settings observe --stop ${at(site)}`);
    expect([stopped.code, stopped.printed[0]]).toEqual([0, expect.stringMatching(/^Observed .*ended by it/)]);
    expect((await site.curfew.settings.observed())?.isRunning).toBe(false);
  });

  it("is a no if there is nothing to stop, or the settings are wrong", async () => {
    const site = await start();
    expect(await play(`settings observe --stop ${at(site)}`)).toMatchObject({
      code: 1,
      printed: ["No settings have been observed."],
    });
    const wrong = await play(`settings observe sessionMinutes=4 ${at(site)}`);
    expect([wrong.code, wrong.noted.join("")]).toEqual([1, expect.stringContaining("sessionMinutes must")]);
    expect(await site.curfew.settings.observed()).toBeNull();
  });
});
