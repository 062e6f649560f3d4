import { describe, expect, it } from "vitest";
import { FIREFOX, startExample, submit, textOf, valuesOf, type TestExample } from "./support.js";

type Agent = Awaited<ReturnType<TestExample["signedIn"]>>;

/** Sends the settings form with another Session Duration, as a browser does. */
async function sendDuration(admin: Agent, sessionMinutes: number, action: "review" | "save") {
  const page = await admin.get("/admin/settings").expect(200);
  return submit(admin, "/admin/settings", {
    version: valuesOf(page, "version")[0],
    allowPersistentSessions: "on",
    idleMinutes: 15,
    idleMinutesUnit: "minutes",
    sessionMinutes,
    sessionMinutesUnit: "minutes",
    concurrent: "unlimited",
    whenLimitReached: "end_oldest",
    action,
  });
}

describe("the administrator's pages", () => {
  it("are for administrators only", async () => {
    const { browser, signedIn } = await startExample();
    const ana = await signedIn("ana");
    for (const path of ["/admin", "/admin/settings", "/admin/sessions"]) {
      await browser().get(path).expect(303);
      await ana.get(path).expect(403);
    }
    await submit(ana, "/admin/settings", { version: 0, sessionMinutes: 5 }).expect(403);
    await ana.get("/api/4.0/session_config").expect(404);
    await browser().get("/api/4.0/session_config").expect(401);
  });

  it("L1, L2: the administrator's cookie opens the Looker API, too", async () => {
    const { signedIn, curfew } = await startExample();
    const admin = await signedIn("admin");
    await admin.get("/api/4.0/session_config").expect(200);
    await admin.patch("/api/4.0/session_config").send({ session_minutes: 5 }).expect(200);
    expect((await curfew.settings.get()).settings.sessionMinutes).toBe(5);
  });

  it("appear in the example's layout, with both style sheets", async () => {
    const { signedIn } = await startExample();
    const page = await (await signedIn("admin")).get("/admin/settings").expect(200);
    expect(page.text).toMatch(/<a\s+href="\/admin"\s+aria-current="page"/);
    expect(textOf(page)).toContain("Session settings - express-curfew example");
    expect(page.text).toMatch(/href="\/style\.css"[^]*href="\/admin\/pages-[\da-f]+\.css"/);
    expect(page.text).not.toContain("&lt;");
  });

  it("L13, W14: save a change that applies at each user's next request, and name the actor", async () => {
    const { signedIn, skip, curfew } = await startExample();
    const ana = await signedIn("ana");
    skip(20);
    const admin = await signedIn("admin");
    expect(textOf(await sendDuration(admin, 10, "review"))).toContain("30 minutes → 10 minutes");
    await ana.get("/").expect(200);
    expect((await sendDuration(admin, 10, "save")).status).toBe(303);
    expect(textOf(await admin.get("/admin/settings"))).toContain(
      "Saved. Applies from everyone's next request",
    );
    expect((await curfew.settings.history())[0]?.actor).toBe("admin");
    await ana.get("/").expect(303);
    await admin.get("/").expect(200);
  });

  it("C10: end one session; its next request names the actor", async () => {
    const { signedIn, curfew } = await startExample();
    const [ana, bob, admin] = [await signedIn("ana"), await signedIn("bob"), await signedIn("admin")];
    const [session] = (await curfew.sessions.list({ userId: "ana" })).sessions;
    await submit(admin, "/admin/sessions/end", { ref: session?.ref, user: "ana" }).expect(303);
    expect(textOf(await admin.get("/admin/sessions?user=ana"))).toContain(
      "Signed out Chrome on Windows of ana.",
    );
    await ana.get("/").expect(303);
    expect(textOf(await ana.get("/login"))).toContain("An administrator signed out this session.");
    await bob.get("/").expect(200);
  });
});

describe("a user's own sessions", () => {
  it("R3, R10: are listed with the current one marked, and end one by one", async () => {
    const { signedIn, curfew } = await startExample();
    const old = await signedIn("ana", { userAgent: FIREFOX });
    const ana = await signedIn("ana");
    const page = await ana.get("/account/sessions");
    expect(textOf(page)).toMatch(/Chrome on Windows This device .*Firefox on macOS/);
    const [firefox] = (await curfew.sessions.list({ userId: "ana" })).sessions;
    await submit(ana, "/account/sessions/end", { ref: firefox?.ref }).expect(303);
    expect(textOf(await ana.get("/account/sessions"))).toContain("Signed out Firefox on macOS.");
    await old.get("/").expect(303);
    expect(textOf(await old.get("/login"))).toContain("This session was signed out from your Sessions page.");
  });

  it("need the password again after ten minutes, and the user comes back to the question", async () => {
    const { signedIn, skip } = await startExample();
    await signedIn("ana", { userAgent: FIREFOX });
    const ana = await signedIn("ana");
    skip(10);
    const sent = await ana.get("/account/sessions/end-others").expect(303);
    const address = sent.headers["location"] ?? "";
    expect(address).toBe("/login?reauth=1&return_to=%2Faccount%2Fsessions%2Fend-others");
    const [returnTo] = valuesOf(await ana.get(address), "return_to");
    const again = await submit(ana, "/reauth", { password: "ana-likes-tea", return_to: returnTo });
    expect(again.headers["location"]).toBe("/account/sessions/end-others");
    await submit(ana, "/account/sessions/end-others").expect(303);
    expect(textOf(await ana.get("/account/sessions"))).toContain("Signed out 1 other session.");
  });
});
