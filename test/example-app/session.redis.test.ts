import { describe, expect, it } from "vitest";
import { sessionCookieOf, startExample, submit, textOf } from "./support.js";

const DAY_MINUTES = 24 * 60;
const EXTEND = 'action="/extend"';

describe("the home page", () => {
  it("D3, D4: offers more time in the last two minutes, and only then", async () => {
    const { signedIn, skip } = await startExample();
    const ana = await signedIn("ana");
    skip(27);
    expect((await ana.get("/")).text).not.toContain(EXTEND);
    skip(1);
    const page = await ana.get("/");
    expect(page.text).toContain(EXTEND);
    expect(textOf(page)).toContain("Your session ends in 2 minutes.");
    await submit(ana, "/extend").expect(303);
    const after = await ana.get("/");
    expect(textOf(after)).toContain("Your session now ends in 30 minutes.");
    expect(textOf(after)).toContain("Extended once");
    expect(after.text).not.toContain(EXTEND);
  });

  it("W5: names the earliest time if a user asks for more time too early", async () => {
    const { signedIn, skip } = await startExample();
    const ana = await signedIn("ana");
    skip(10);
    await submit(ana, "/extend").expect(303);
    expect(textOf(await ana.get("/"))).toContain("can't be extended yet. Ask again in 18 minutes.");
  });

  it("W1, W6: at its end the session is over for every request", async () => {
    const { signedIn, skip } = await startExample();
    const ana = await signedIn("ana");
    skip(30);
    expect((await ana.get("/").expect(303)).headers["location"]).toBe("/login?reason=absolute&return_to=%2F");
    expect((await submit(ana, "/extend").expect(303)).headers["location"]).toBe("/login?reason=absolute");
  });

  it("W11, N14: at the end of the day asks for the password, and keeps the note under a new id", async () => {
    const { signedIn, curfew, skip } = await startExample();
    await curfew.settings.update({ inactivityLogout: true, sessionMinutes: 15 });
    const ana = await signedIn("ana");
    await submit(ana, "/note", { note: "half a sentence" }).expect(303);
    skip(13);
    const page = await ana.get("/");
    expect(textOf(page)).toContain(
      "You've reached the limit for one session. Sign in again within 2 minutes.",
    );
    expect(page.text).not.toContain(EXTEND);

    const wrong = await submit(ana, "/reauth", { password: "no" }).expect(403);
    expect(textOf(wrong)).toContain("That password isn't right.");
    const right = await submit(ana, "/reauth", { password: "ana-likes-tea" }).expect(303);
    expect(sessionCookieOf(right)).toBeDefined();
    const after = await ana.get("/");
    expect(textOf(after)).toContain("Ends in 15 minutes");
    expect(after.text).toContain("half a sentence</textarea>");
  });

  it("W7: a persistent session lives exactly 30 days", async () => {
    const { signedIn, skip } = await startExample();
    const ana = await signedIn("ana", { stay: true });
    skip(30 * DAY_MINUTES - 1);
    await ana.get("/").expect(200);
    skip(1);
    await ana.get("/").expect(303);
  });
});

describe("the time bar", () => {
  it("W8: skips time without being activity, so that a user can become idle", async () => {
    const { signedIn, curfew } = await startExample();
    await curfew.settings.update({ inactivityLogout: true, sessionMinutes: 300 });
    const ana = await signedIn("ana");
    const skipped = await submit(ana, "/time", { minutes: 13, return_to: "/" }).expect(303);
    expect(skipped.headers["location"]).toBe("/?skipped=13");
    const page = await ana.get("/?skipped=13");
    expect(textOf(page)).toContain(
      "You haven't clicked or typed for a while. You'll be signed out in 2 minutes.",
    );
    expect(textOf(page)).toContain("12:13:00, 13 minutes ahead");

    await submit(ana, "/extend").expect(303);
    expect(textOf(await ana.get("/"))).toContain("Ends in 15 minutes");
    await submit(ana, "/time", { minutes: 15, return_to: "/" });
    const sent = await ana.get("/?skipped=15").expect(303);
    expect(sent.headers["location"]).toMatch(/^\/login\?reason=idle/);
    expect(textOf(await ana.get("/login"))).toContain("you hadn't clicked or typed for 15 minutes");
  });

  it("N2: opening a page is activity", async () => {
    const { signedIn, curfew, skip } = await startExample();
    await curfew.settings.update({ inactivityLogout: true });
    const ana = await signedIn("ana");
    skip(14);
    await ana.get("/").expect(200);
    skip(14);
    await ana.get("/").expect(200);
  });

  it("returns to the page it was on, also below /admin", async () => {
    const { signedIn } = await startExample();
    const admin = await signedIn("admin");
    const page = await admin.get("/admin/sessions?user=ana&skipped=1");
    expect(page.text).toContain('name="return_to" value="/admin/sessions?user=ana"');
    const refused = await submit(admin, "/admin/settings", { version: 99 }).expect(412);
    expect(refused.text).toContain('name="return_to" value="/admin/settings"');
  });

  it.each(["-5", "0", "1.5", "x", "43201", ""])("does not skip %j minutes", async (minutes) => {
    const { browser } = await startExample();
    await submit(browser(), "/time", { minutes }).expect(400);
    expect(textOf(await browser().get("/login"))).toContain("12:00:00, real time");
  });
});

describe("a page that requires fresh authentication", () => {
  it("asks for the password again after five minutes, and then shows itself", async () => {
    const { signedIn, skip } = await startExample();
    const ana = await signedIn("ana");
    await ana.get("/account/recovery-code").expect(200);
    skip(5);
    const sent = await ana.get("/account/recovery-code").expect(303);
    const address = sent.headers["location"] ?? "";
    expect(address).toBe("/login?reauth=1&return_to=%2Faccount%2Frecovery-code");
    const form = await ana.get(address).expect(200);
    expect(textOf(form)).toContain("This page wants your password again.");
    const again = { password: "ana-likes-tea", return_to: "/account/recovery-code" };
    const answer = await submit(ana, "/reauth", again).expect(303);
    expect(answer.headers["location"]).toBe("/account/recovery-code");
    await ana.get("/account/recovery-code").expect(200);
  });
});

describe("the JSON API", () => {
  it("returns the user and the session's end, and writes to the session", async () => {
    const { signedIn, skip } = await startExample();
    const ana = await signedIn("ana");
    await ana.put("/api/note").send({ note: "milk" }).expect(200, { note: "milk" });
    skip(10);
    const { body } = (await ana.get("/api/me").expect(200)) as { body: Record<string, unknown> };
    expect(body).toMatchObject({ userId: "ana", isAdmin: false, note: "milk", remainingMs: 20 * 60_000 });
  });

  it("answers 401 in JSON to a visitor without a session", async () => {
    const { browser } = await startExample();
    const answer = await browser()
      .get("/api/me")
      .set({ accept: "application/json", "sec-fetch-mode": "cors" })
      .expect(401);
    expect(answer.body).toMatchObject({ error: "not_signed_in" });
  });

  it("mounts the package's own routes at /curfew", async () => {
    const { signedIn } = await startExample();
    const ana = await signedIn("ana");
    expect((await ana.get("/curfew/status").expect(200)).body).toMatchObject({
      state: "active",
      action: "extend",
    });
    await ana.post("/curfew/reauth").send({ password: "no" }).expect(403);
    await ana.post("/curfew/reauth").send({ password: "ana-likes-tea" }).expect(200);
  });
});
