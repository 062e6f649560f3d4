/** Sessions that have lost to newer sessions, of which no request has found the end, when a newer session ends. */
import { describe, expect, it } from "vitest";
import type { RuleTarget } from "../../src/index.js";
import { removeEntry } from "../../src/state/scripts.generated.js";
import { startApp } from "../harness/app.js";
import { steppedClient } from "../harness/stepped-client.js";

const LIMIT = { maxSessionsPerUser: 1 };
const MEMBER = { tenant: "acme", roles: ["admin"] };

describe("a sign-out", () => {
  it.each<[string, RuleTarget | null]>([
    ["the general settings", null],
    ["a rule of the person", { userId: "ann" }],
    ["a rule of the tenant", { tenant: "acme" }],
    ["a rule of the role", { role: "admin" }],
  ])("C11: revives no session that had lost under %s", async (_name, target) => {
    const site = await startApp();
    const [lost, newer] = [await site.signedIn("ann", MEMBER), await site.signedIn("ann", MEMBER)];
    if (target) await site.curfew.settings.rules.set(target, LIMIT);
    else await site.curfew.settings.update(LIMIT);
    await newer.fetch("post", "/logout", {});
    expect(await lost.standing()).toBe("evicted");
  });

  it("C11: ends no older session that no rule limits", async () => {
    const site = await startApp();
    const plain = await site.signedIn("ann");
    const [lost, newer] = [await site.signedIn("ann", MEMBER), await site.signedIn("ann", MEMBER)];
    await site.curfew.settings.rules.set({ role: "admin" }, LIMIT);
    await newer.fetch("post", "/logout", {});
    expect([await plain.standing(), await lost.standing()]).toEqual(["in", "evicted"]);
  });

  it("C11: ends no session that had lost to sessions that were over", async () => {
    const site = await startApp({ defaults: { inactivityLogout: true, sessionMinutes: 300 } });
    const [first, idle, third] = [
      await site.signedIn("ann"),
      await site.signedIn("ann"),
      await site.signedIn("ann"),
    ];
    site.at("10:00");
    for (const browser of [first, third]) await browser.visit();
    site.at("16:00"); // The second is over, and no request has found it.
    await site.curfew.settings.update({ maxSessionsPerUser: 2 });
    await third.fetch("post", "/logout", {});
    expect([await first.standing(), await idle.standing()]).toEqual(["in", "idle"]);
  });

  it("C11: revives none while another newer session signs out", async () => {
    const steps = await steppedClient();
    const site = await startApp({ redis: steps.client, timeoutMs: 5_000 });
    const [lost, second, third] = [
      await site.signedIn("ann"),
      await site.signedIn("ann"),
      await site.signedIn("ann"),
    ];
    await site.curfew.settings.update({ maxSessionsPerUser: 2 });
    const leaving = steps.hold(removeEntry);
    const left = second.fetch("post", "/logout", {});
    await leaving.reached;
    await third.fetch("post", "/logout", {});
    leaving.release();
    await left;
    expect(await lost.standing()).toBe("evicted");
  });
});
