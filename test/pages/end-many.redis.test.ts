/** The administrators' page that ends many sessions. */
import { describe, expect, it } from "vitest";
import type { Browser } from "../harness/browser.js";
import { at } from "../harness/policy-fixtures.js";
import { testRedis } from "../harness/redis.js";
import { linksOf, openDesk, startPages, textOf, valuesOf } from "./support.js";

const PATH = "/admin/sessions/end-many";

/** Counts the sessions of a target, and returns the page that asks. */
async function count(root: Browser, kind: string, value = ""): ReturnType<Browser["visit"]> {
  const counted = await root.submit(PATH, { kind, value, action: "count" });
  expect(counted.status).toBe(303);
  return root.visit(counted.get("Location") ?? "");
}

describe("the page that ends many sessions", () => {
  it("counts the sessions and ends them only after the second click", async () => {
    const { root, site } = await openDesk();
    expect(linksOf(await root.visit("/admin/sessions"), "end-many")).toEqual([PATH]);
    const [ann, bob] = [await site.signedIn("ann", { tenant: "acme" }), await site.signedIn("bob")];
    const page = await count(root, "tenant", "acme");
    expect(textOf(page)).toContain("Sessions of the tenant acme.");
    expect(textOf(page)).toContain("Ends 1 session of 1 user; counted 3 sessions.");
    expect(await ann.standing()).toBe("in");
    const [job] = valuesOf(page, "job");
    const ended = await root.submit(PATH, { kind: "tenant", value: "acme", job, action: "end" });
    expect([ended.status, ended.get("Location")]).toEqual([303, "/admin/sessions"]);
    expect(await Promise.all([ann, bob, root].map((browser) => browser.standing()))).toEqual([
      "revoked_by_admin",
      "in",
      "in",
    ]);
    expect(site.told("ended")).toMatchObject([{ userId: "ann", actor: "Rita" }]);
    expect(textOf(await root.visit("/admin/history"))).toMatch(
      /Rita .*Signed out: Sessions of the tenant acme/,
    );
  });

  it("keeps spaces at the ends of a label", async () => {
    const { root, site } = await openDesk();
    const [ann, bob] = [
      await site.signedIn("ann", { tenant: "acme" }),
      await site.signedIn("bob", { tenant: "acme " }),
    ];
    const page = await count(root, "tenant", "acme ");
    const [kind, value, job] = ["kind", "value", "job"].map((name) => valuesOf(page, name)[0]);
    expect(value).toBe("acme ");
    await root.submit(PATH, { kind, value, job, action: "end" });
    expect([await ann.standing(), await bob.standing()]).toEqual(["in", "revoked_by_admin"]);
  });

  it("takes times in UTC, and the fields of its question again", async () => {
    const { root, site } = await openDesk();
    const ann = await site.signedIn("ann");
    site.at("5:00");
    const bob = await site.signedIn("bob");
    const page = await count(root, "signedInBefore", new Date(at("1:00")).toISOString().slice(0, 16));
    expect(textOf(page)).toContain("Ends 2 sessions of 2 users; counted 3 sessions.");
    const [kind, value, job] = ["kind", "value", "job"].map((name) => valuesOf(page, name)[0]);
    await root.submit(PATH, { kind, value, job, action: "end" });
    expect([await ann.standing(), await bob.standing()]).toEqual(["revoked_by_admin", "in"]);
  });

  it("shows the name of a tenant as given, and a time without its T", async () => {
    const { root, site } = await openDesk();
    expect(textOf(await count(root, "tenant", "Tesla"))).toContain("Sessions of the tenant Tesla.");
    await site.curfew.sessions.endWhere({ tenant: "Tesla" });
    await site.curfew.sessions.endWhere({ signedInBefore: Date.parse("2020-01-02T03:04:05Z") });
    for (const path of ["/admin/history", "/admin/audit"]) {
      const text = textOf(await root.visit(path));
      expect(text).toContain("Sessions of the tenant Tesla");
      expect(text).toContain("Sessions that began before (UTC) 2020-01-02 03:04:05");
    }
  });

  it("F1: the history and the trail are shown although they hold a time that no Date can hold", async () => {
    const { root, site } = await openDesk();
    await site.curfew.sessions.endWhere({ signedInBefore: 1_234_567 });
    const redis = await testRedis();
    const damaged = (text: string): string => text.replace("1234567", String(Number.MAX_SAFE_INTEGER));
    const history = `${site.prefix}history`;
    await redis.lset(history, 0, damaged((await redis.lindex(history, 0)) ?? ""));
    const [entry] = await redis.xrevrange(`${site.prefix}audit`, "+", "-", "COUNT", 1);
    await redis.xadd(`${site.prefix}audit`, "*", ...(entry?.[1] ?? []).map(damaged));
    expect((await root.visit("/admin/history")).status).toBe(200);
    expect((await root.visit("/admin/audit")).status).toBe(200);
  });

  it("ends all sessions, the administrator's too", async () => {
    const { root, site } = await openDesk();
    const ann = await site.signedIn("ann");
    await root.submit(PATH, { kind: "all", action: "end" });
    expect([await ann.standing(), await root.standing()]).toEqual(["revoked_by_admin", "revoked_by_admin"]);
  });

  it("ends no session after Cancel, for a form without a name, or for a name that no session has", async () => {
    const { root, site } = await openDesk();
    const ann = await site.signedIn("ann", { tenant: "acme" });
    const canceled = await root.submit(PATH, { kind: "tenant", value: "acme", action: "cancel" });
    expect(canceled.get("Location")).toBe("/admin/sessions");
    for (const fields of [
      { kind: "tenant", value: "" },
      { kind: "signedInBefore", value: "yesterday" },
      { kind: "userId", value: "ann" },
      { kind: "role", value: "x".repeat(101) },
    ])
      expect((await root.submit(PATH, { ...fields, action: "end" })).status).toBe(422);
    expect(await ann.standing()).toBe("in");
  });

  it("G3: escapes names, and ASVS 7.5.2: asks for a recent authentication", async () => {
    const { root } = await openDesk();
    expect((await count(root, "tenant", "<script>alert(1)</script>")).text).not.toContain("<script>");
    const site = await startPages({ admin: { requireFresh: { withinMinutes: 10 } } });
    const old = await site.signedIn("root");
    site.at("11:00");
    expect((await old.visit(PATH)).status).not.toBe(200);
  });
});
