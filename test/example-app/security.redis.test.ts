import { describe, expect, it } from "vitest";
import { sessionCookieOf, startExample, submit, textOf, type TestExample } from "./support.js";

const PAGES = [
  "/",
  "/account/sessions",
  "/account/sessions/end-others",
  "/account/recovery-code",
  "/admin/settings",
  "/admin/settings/purge-locations",
  "/admin/history",
  "/admin/sessions?user=admin",
  "/admin/sessions/end-all?user=admin",
];
const NASTY = `<img src=x onerror="alert('1')">`;

type Agent = Awaited<ReturnType<TestExample["signedIn"]>>;

/** Returns the paths to which a page's forms are sent. */
async function formsOf(agent: Agent, path: string): Promise<string[]> {
  const page = await agent.get(path).expect(200);
  return [...page.text.matchAll(/<form method="post" action="([^"]*)"/g)].map(([, action]) => action ?? "");
}

describe("requests of other sites", () => {
  it("are refused by every form of every page, and change nothing", async () => {
    const { signedIn, browser, skip } = await startExample();
    const admin = await signedIn("admin");
    await signedIn("admin");
    skip(1);
    const actions = new Set(await formsOf(browser(), "/login"));
    for (const path of PAGES) for (const action of await formsOf(admin, path)) actions.add(action);
    expect([...actions].sort()).toEqual([
      "/account/sessions/end-others",
      "/admin/sessions/end-all",
      "/admin/settings",
      "/admin/settings/purge-locations",
      "/login",
      "/logout",
      "/note",
      "/reauth",
      "/time",
    ]);
    for (const action of [...actions, "/extend", "/account/sessions/end", "/admin/sessions/end"])
      for (const from of [{ "sec-fetch-site": "cross-site" }, { "sec-fetch-site": "same-site" }])
        await submit(admin, action, { minutes: 30, user: "admin" }).set(from).expect(403);
    await admin.patch("/api/4.0/session_config").set("sec-fetch-site", "cross-site").send({}).expect(403);
    await admin.put("/api/note").set("sec-fetch-site", "cross-site").send({ note: "x" }).expect(403);
    await admin.get("/").expect(200);
  });

  it("are known by their Origin where a browser sends no Sec-Fetch-Site", async () => {
    const { app } = await startExample();
    const { default: request } = await import("supertest");
    const post = (origin: string) =>
      request(app).post("/time").type("form").send({ minutes: 1 }).set("origin", origin);
    await post("https://evil.example").expect(403);
    await post("null").expect(403);
  });
});

describe("text from outside", () => {
  it("is escaped: the name of a browser", async () => {
    const { signedIn } = await startExample();
    // The parser uses the first product of an unknown browser as its name.
    const ana = await signedIn("ana", { userAgent: `<b>evil&"</b>/1.0 x` });
    const page = await ana.get("/account/sessions");
    expect(page.text).toContain("&lt;b&gt;evil");
    expect(page.text).not.toContain("<b>evil");
  });

  it("is escaped: the name of a user, on every page that shows it", async () => {
    const accounts = [
      { userId: NASTY, password: "p", isAdmin: true },
      { userId: "ana", password: "p", isAdmin: false },
    ];
    const { signedIn, browser } = await startExample({ accounts });
    const nasty = await signedIn(NASTY);
    const pages = await Promise.all(PAGES.map((path) => nasty.get(path).expect(200)));
    pages.push(await nasty.get(`/admin/sessions?${String(new URLSearchParams({ user: NASTY }))}`));
    pages.push(await submit(browser(), "/login", { user: NASTY, password: "no" }).expect(401));
    for (const page of pages) {
      expect(page.text).toContain("&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;");
      expect(page.text).not.toContain("<img");
    }
  });

  it("is escaped: notes, addresses and notices", async () => {
    const { signedIn } = await startExample();
    const ana = await signedIn("ana");
    await submit(ana, "/note", { note: NASTY }).expect(303);
    const home = await ana.get(`/?x=${NASTY}`);
    expect(home.text).toContain("&lt;img");
    expect(home.text).not.toContain("<img");
    const admin = await signedIn("admin");
    await submit(admin, "/admin/sessions/end-all", { user: NASTY }).expect(303);
    const list = await admin.get("/admin/sessions");
    expect(textOf(list)).toContain("Signed out 0 sessions of &lt;img");
    expect(list.text).not.toContain("<img");
  });
});

describe("every page", () => {
  it("has helmet's policy, nothing inline, and no session id", async () => {
    const { signedIn, browser } = await startExample();
    const admin = await signedIn("admin");
    const pages = await Promise.all([...PAGES, "/nowhere"].map((path) => admin.get(path)));
    pages.push(await browser().get("/login"));
    for (const page of pages) {
      expect(page.headers["content-security-policy"]).toContain("script-src 'self';script-src-attr 'none'");
      expect(page.headers["cache-control"]).toBe("no-store");
      const ownScripts = page.text.match(
        /<script\s+type="module"\s+src="\/curfew\/client-[\da-f]+\.js"[^>]*><\/script>/g,
      );
      expect(ownScripts).toHaveLength(1);
      expect(page.text.match(/<script/g)).toHaveLength(1);
      expect(page.text).not.toMatch(/<style|\sstyle=|\son\w+=/);
    }
    const signIn = await submit(browser(), "/login", { user: "ana", password: "ana-likes-tea" });
    // The first part of the id is the session's public ref; the last is its secret.
    const secret = /s%3A[^.]+\.[^.]+\.([^.]+)\./.exec(sessionCookieOf(signIn) ?? "")?.[1] ?? "";
    expect(secret).toHaveLength(32);
    expect((await admin.get("/admin/sessions")).text).not.toContain(secret);
  });

  it("has its style sheet in a file", async () => {
    const { browser } = await startExample();
    const css = await browser().get("/style.css").expect(200);
    expect(css.headers["content-type"]).toContain("text/css");
  });

  it("answers 404 in the shape that was asked for", async () => {
    const { browser } = await startExample();
    expect(textOf(await browser().get("/nowhere").expect(404))).toContain("Not found");
    const json = await browser().get("/nowhere").set("accept", "application/json").expect(404);
    expect(json.body).toEqual({ error: "not_found" });
  });
});
