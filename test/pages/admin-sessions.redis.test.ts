import request from "supertest";
import { describe, expect, it } from "vitest";
import type { FindUsers } from "../../src/index.js";
import { NAVIGATION_HEADERS } from "../../src/testing/index.js";
import { linksOf, ROOT, startPages, textOf } from "./support.js";

const SESSIONS = "/admin/sessions";

type Site = Awaited<ReturnType<typeof startPages>>;

async function refOf(site: Site, userId: string): Promise<string> {
  const [session] = (await site.curfew.sessions.list({ userId })).sessions;
  return session?.ref ?? "";
}

it("an error names findUsers if it returns no users", async () => {
  const findUsers = (() => ["ann"]) as unknown as FindUsers;
  const site = await startPages({ admin: { findUsers }, hasFaults: true });
  const answer = await (await site.signedIn(ROOT)).visit("/admin/sessions?q=an");
  expect(answer.status).toBe(500);
  expect(answer.text).toContain("findUsers must return an array of { userId, name }");
});

describe("the page of all sessions", () => {
  it("lists every session once, page by page", async () => {
    const site = await startPages();
    for (let n = 0; n < 60; n++) await site.signedIn(`user-${String(n)}`, { kind: "api" });
    const root = await site.signedIn(ROOT);
    const seen: string[] = [];
    let address = SESSIONS;
    for (let pages = 0; address !== "" && pages < 10; pages++) {
      const page = await root.visit(address);
      expect(page.status).toBe(200);
      seen.push(...linksOf(page, "/end?"));
      [address = ""] = linksOf(page, "cursor=");
    }
    expect(address).toBe("");
    expect([seen.length, new Set(seen).size]).toEqual([61, 61]);
    expect((await root.visit(`${SESSIONS}?cursor=nonsense`)).status).toBe(200);
  });

  it("shows one user's sessions, the reader's own marked", async () => {
    const site = await startPages();
    await site.signedIn("ann");
    const root = await site.signedIn(ROOT);
    const anns = await root.visit(`${SESSIONS}?q=ann`);
    expect(linksOf(anns, "/end?")).toHaveLength(1);
    expect(textOf(anns)).not.toContain("This device");
    expect(textOf(await root.visit(`${SESSIONS}?user=${ROOT}`))).toContain("This device");
    expect(textOf(await root.visit(`${SESSIONS}?q=carol`))).toContain("carol has no open sessions.");
  });

  it("searches by the app's function, and by the exact id too", async () => {
    const site = await startPages({
      admin: { findUsers: (query) => (query === "an" ? [{ userId: "ann", name: "Ann Lee" }] : []) },
    });
    const root = await site.signedIn(ROOT);
    const found = await root.visit(`${SESSIONS}?q=an`);
    expect(textOf(found)).toContain("Ann Lee ( ann )");
    expect(linksOf(found, "user=")).toEqual([`${SESSIONS}?user=an`, `${SESSIONS}?user=ann`]);
    expect(textOf(await root.visit(`${SESSIONS}?q=zoe`))).toContain("The search found no users.");
  });

  it("R3: asks before it ends a session, and names the actor that authorize gave", async () => {
    const site = await startPages();
    const [ann, bob] = [await site.signedIn("ann"), await site.signedIn("bob")];
    const root = await site.signedIn(ROOT);
    const ref = await refOf(site, "ann");
    const question = await root.visit(`${SESSIONS}/end?ref=${ref}&user=ann`);
    expect(textOf(question)).toContain("Sign out Chrome on Windows of ann?");
    expect(await ann.standing()).toBe("in");
    const answer = await root.submit(`${SESSIONS}/end`, { ref, user: "ann" });
    expect([answer.status, answer.get("Location")]).toEqual([303, `${SESSIONS}?user=ann`]);
    expect(textOf(await root.visit(SESSIONS))).toContain("Signed out Chrome on Windows of ann.");
    expect([await ann.standing(), await bob.standing()]).toEqual(["revoked_by_admin", "in"]);
    expect(site.told("ended")).toMatchObject([{ reason: "revoked_by_admin", actor: "Rita" }]);
    expect((await root.submit(`${SESSIONS}/end`, { ref })).status).toBe(404);
  });

  it("ends all sessions of one user only, and none without a user", async () => {
    const site = await startPages();
    const anns = [await site.signedIn("ann"), await site.signedIn("ann")];
    const bob = await site.signedIn("bob");
    const root = await site.signedIn(ROOT);
    expect(textOf(await root.visit(`${SESSIONS}/end-all?user=ann`))).toContain(
      "Sign out all sessions of ann?",
    );
    expect((await root.submit(`${SESSIONS}/end-all`, {})).status).toBe(404);
    for (const ann of anns) expect(await ann.standing()).toBe("in");
    await root.submit(`${SESSIONS}/end-all`, { user: "ann" });
    expect(textOf(await root.visit(SESSIONS))).toContain("Signed out 2 sessions of ann.");
    for (const ann of anns) expect(await ann.standing()).toBe("revoked_by_admin");
    expect(await bob.standing()).toBe("in");
  });

  it("R7: signs the reader out of the own session, without a recent authentication", async () => {
    const site = await startPages({ admin: { requireFresh: { withinMinutes: 1 } } });
    const root = await site.signedIn(ROOT);
    site.at("5:00");
    await root.submit(`${SESSIONS}/end`, { ref: await refOf(site, ROOT) });
    expect(await root.standing()).toBe("signed_out");
  });

  it("asks for a recent authentication before it ends other sessions, where the app says so", async () => {
    const site = await startPages({ admin: { requireFresh: { withinMinutes: 1 } } });
    const ann = await site.signedIn("ann");
    const root = await site.signedIn(ROOT);
    site.at("5:00");
    const path = `${SESSIONS}/end?ref=${await refOf(site, "ann")}`;
    expect((await root.visit(path)).get("Location")).toContain("/login?reauth=1&return_to=");
    for (const [action, fields] of [
      ["end", { ref: await refOf(site, "ann") }],
      ["end-all", { user: "ann" }],
    ] as const)
      expect((await root.submit(`${SESSIONS}/${action}`, fields)).get("Location")).toBe("/login?reauth=1");
    expect(await ann.standing()).toBe("in");
  });
});

const UNSAFE = [
  ["/admin/settings", { version: 0, sessionMinutes: 5, sessionMinutesUnit: "minutes", action: "save" }],
  ["/admin/settings/purge-locations", {}],
  ["/admin/settings/stop-observing", {}],
  ["/admin/settings/rule", { kind: "role", name: "auditor", sessionMinutes: 5, action: "save" }],
  ["/admin/history/rollback", { to: 1, version: 0, action: "save" }],
  ["/admin/sessions/end", { user: "ann" }],
  ["/admin/sessions/end-all", { user: "ann" }],
  ["/admin/sessions/end-many", { kind: "all", action: "end" }],
  ["/me/sessions/end", {}],
  ["/me/sessions/end-others", {}],
] as const;

describe("requests of other sites", () => {
  it("G1: the list of unsafe routes is whole", async () => {
    const { curfew } = await startPages();
    const mounted = [
      ["/admin", curfew.adminPages({ authorize: () => true })],
      ["/me/sessions", curfew.accountPages()],
    ] as const;
    const paths = mounted.flatMap(([mount, router]) =>
      router.stack.flatMap(({ route }) =>
        route?.stack.some(({ method }) => method === "post") === true ? mount + route.path : [],
      ),
    );
    expect(paths.sort()).toEqual(UNSAFE.map(([path]) => path as string).sort());
  });

  it.each([
    { "Sec-Fetch-Site": "cross-site" },
    { "Sec-Fetch-Site": "same-site" },
    { Origin: "https://evil.example" },
    { Origin: "null" },
  ])("G1: with %o are refused on each unsafe route, as a form and as text, without effect", async (from) => {
    const site = await startPages();
    const ann = await site.signedIn("ann");
    const root = await site.signedIn(ROOT);
    const ref = await refOf(site, "ann");
    for (const [path, fields] of UNSAFE)
      for (const type of ["form", "text/plain"]) {
        const sent = request(site.server).post(path).set("Cookie", root.cookieHeader).set(from).type(type);
        const body = String(new URLSearchParams({ ref, ...(fields as Record<string, string>) }));
        expect((await sent.send(body)).status).toBe(403);
      }
    expect([await ann.standing(), await root.standing()]).toEqual(["in", "in"]);
    expect((await site.curfew.settings.get()).version).toBe(0);
  });

  it("G2: a GET, HEAD or OPTIONS of an unsafe route changes nothing", async () => {
    const site = await startPages();
    const ann = await site.signedIn("ann");
    const root = await site.signedIn(ROOT);
    const ref = await refOf(site, "ann");
    for (const [path, fields] of UNSAFE)
      for (const method of ["GET", "HEAD", "OPTIONS"]) {
        const query = String(new URLSearchParams({ ref, ...(fields as Record<string, string>) }));
        const headers = root.named({ ...NAVIGATION_HEADERS, "X-HTTP-Method-Override": "POST" });
        await root.send(`${path}?${query}`, { method, headers });
      }
    expect([await ann.standing(), await root.standing()]).toEqual(["in", "in"]);
    expect((await site.curfew.settings.get()).version).toBe(0);
  });
});
