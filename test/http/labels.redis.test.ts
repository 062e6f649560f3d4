/** Labels of a session: tenant, roles, tags and metadata. */
import { describe, expect, it } from "vitest";
import type { SessionLabels } from "../../src/index.js";
import { startApp, type TestApp } from "../harness/app.js";
import type { Browser } from "../harness/browser.js";
import { testRedis } from "../harness/redis.js";

async function refOf(browser: Browser): Promise<string> {
  const state = await browser.state();
  return state.state === "active" ? state.session.ref : "";
}

const LABELS = {
  tenant: "acme",
  roles: ["owner", "billing"],
  tags: ["kiosk"],
  metadata: { device: "Ann's\nlaptop", "": "" },
} as const satisfies SessionLabels;

const recordOf = async (site: TestApp, ref: string): Promise<string> =>
  (await (await testRedis()).get(`${site.prefix}s:${ref}`)) ?? "";

describe("labels of a session", () => {
  it("are shown by lists, and tenant and roles by req.curfew", async () => {
    const site = await startApp();
    const ann = await site.signedIn("ann", LABELS);
    expect(await ann.state()).toMatchObject({ session: { tenant: "acme", roles: ["owner", "billing"] } });
    expect((await site.curfew.sessions.list({ userId: "ann" })).sessions).toMatchObject([LABELS]);
    expect((await (await site.signedIn("bob")).state()) as unknown).toMatchObject({
      session: { tenant: null, roles: [] },
    });
  });

  it("survive activity, an extension and a re-authentication", async () => {
    const site = await startApp();
    const ann = await site.signedIn("ann", LABELS);
    site.at("1:00");
    await ann.visit();
    site.at("29:00");
    await ann.extend();
    await ann.reauthenticate();
    await ann.visit();
    expect((await site.curfew.sessions.list({ userId: "ann" })).sessions).toMatchObject([LABELS]);
  });

  it("change with sessions.update from the next request on; a label that is left out stays", async () => {
    const site = await startApp();
    const ann = await site.signedIn("ann", LABELS);
    const updated = await site.curfew.sessions.update(await refOf(ann), { roles: ["reader"], tenant: null });
    expect(updated).toMatchObject({ tenant: null, roles: ["reader"], tags: ["kiosk"] });
    expect(await ann.state()).toMatchObject({ session: { tenant: null, roles: ["reader"] } });
  });

  it("leave the record with the session's end, and an ended session gets none", async () => {
    const site = await startApp();
    const ann = await site.signedIn("ann", LABELS);
    const ref = await refOf(ann);
    expect(await recordOf(site, ref)).toContain("acme");
    await site.curfew.sessions.end(ref);
    expect(await site.curfew.sessions.update(ref, { roles: ["reader"] })).toBeNull();
    expect(await recordOf(site, ref)).not.toMatch(/acme|owner|billing|kiosk|laptop|reader/);
    expect(await site.curfew.sessions.update("no such ref", { roles: [] })).toBeNull();
  });

  it("of twins change together (rule M10)", async () => {
    const site = await startApp();
    const ann = await site.signedIn("ann", LABELS);
    const first = ann.sessionCookie;
    const second = await ann.signInAnew("ann", LABELS);
    await site.curfew.sessions.update(await refOf(ann), { roles: ["reader"] });
    for (const cookie of [first, second]) {
      if (cookie) ann.cookies.set("curfew.sid", cookie);
      expect(await ann.state()).toMatchObject({ session: { roles: ["reader"] } });
    }
  });

  const many = (count: number) => Array.from({ length: count }, (_, i) => `name${i}`);
  const texts = (count: number) => Object.fromEntries(many(count).map((name) => [name, "x".repeat(255)]));

  it.each<[string, object]>([
    ["tenant", { tenant: "" }],
    ["tenant", { tenant: "a\u001fb" }],
    ["tenant", { tenant: "x".repeat(101) }],
    ["roles", { roles: "admin" }],
    ["roles", { roles: ["a\u001eb"] }],
    ["roles", { roles: many(21) }],
    ["tags", { tags: [5] }],
    ["metadata", { metadata: texts(26) }],
    ["metadata", { metadata: { a: "x".repeat(256) } }],
    ["metadata", { metadata: { ["x".repeat(256)]: "a" } }],
    ["metadata", { metadata: { a: 5 } }],
    ["metadata", { metadata: [] }],
  ])("with a wrong %s are refused by name (%#)", async (name, wrong) => {
    const site = await startApp();
    const ann = await site.signedIn("ann", LABELS);
    await expect(site.curfew.sessions.update(await refOf(ann), wrong as SessionLabels)).rejects.toMatchObject(
      {
        code: "invalid_argument",
        message: expect.stringContaining(`sessions.update: ${name} `) as string,
      },
    );
    await expect((await site.browser()).signIn("bob", wrong)).rejects.toThrow("login answered 500");
    expect((await site.curfew.sessions.list({ userId: "bob" })).sessions).toEqual([]);
  });

  it("may be as large as promised: 25 texts of 255 characters", async () => {
    const site = await startApp();
    const metadata = texts(25);
    await site.signedIn("ann", { metadata });
    expect((await site.curfew.sessions.list({ userId: "ann" })).sessions).toMatchObject([{ metadata }]);
  });
});
