/** The ends of many sessions that are kept while old sessions can be taken over. */
import { expect, it } from "vitest";
import { keptEnds } from "../harness/kept-ends.js";
import { startBoth } from "../harness/moving.js";
import { T } from "../harness/policy-fixtures.js";

it("M44: an end stays while old sessions can be taken over", async () => {
  const day = 24 * 60 * 60_000;
  const { site, browser } = await startBoth({
    limits: { absoluteMinutes: 60, idleMinutes: 60 },
    takeOver: { until: T + 60 * day },
  });
  await site.curfew.sessions.endWhere({ all: true });
  for (const days of [2, 59]) {
    site.at(`${String(days * 24 * 60)}:00`);
    await site.curfew.sessions.endWhere({ tenant: "acme" });
    expect(await keptEnds(site)).toBe(2);
  }
  browser.server = site.server;
  expect(await browser.standing()).toBe("revoked_by_admin");
  site.at(`${String(61 * 24 * 60)}:00`);
  await site.curfew.sessions.endWhere({ tenant: "acme" });
  expect(await keptEnds(site)).toBe(1);
});
