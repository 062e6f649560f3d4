import { describe, expect, it } from "vitest";
import { testRedis } from "../harness/redis.js";
import { addSudo, asAnn } from "../http/sudo-site.js";
import { ROOT, startPages, textOf } from "./support.js";

const start = () => startPages({ configure: addSudo });

describe("U7: an administrator who is signed in as a user", () => {
  it("is named to the user, and to administrators", async () => {
    const site = await start();
    const ann = await site.signedIn("ann");
    const { own } = await asAnn(site);
    for (const page of [await ann.visit("/me/sessions"), await own.visit("/admin/sessions?user=ann")])
      expect(textOf(page)).toContain("root signed in as ann");
  });

  it("is named by the audit trail, at the beginning and at the end", async () => {
    const site = await start();
    const { browser } = await asAnn(site);
    await browser.post("/logout");
    const root = await site.signedIn(ROOT);
    const trail = textOf(await root.visit("/admin/audit?user=ann"));
    expect(trail).toMatch(/Ended .* ann Not recorded Signed out, root signed in as ann/);
    expect(trail).toMatch(/Signed in .* ann root Chrome on Windows, root signed in as ann/);
  });

  it("is found in the audit trail by the own id, and is not named there once forgotten", async () => {
    const site = await start();
    const { browser } = await asAnn(site);
    await browser.post("/logout");
    const byRoot = await site.curfew.audit.list({ userId: "root" });
    expect(byRoot.entries.filter(({ type }) => type === "signedIn")).toHaveLength(2);
    await site.curfew.sessions.forget({ userId: "root" });
    const raw = JSON.stringify(await (await testRedis()).xrange(`${site.prefix}audit`, "-", "+"));
    expect(raw).toContain("ann");
    expect(raw).not.toContain("root");
  });
});
