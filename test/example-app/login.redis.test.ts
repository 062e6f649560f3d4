import { describe, expect, it } from "vitest";
import { FIREFOX, sessionCookieOf, startExample, submit, textOf, valuesOf } from "./support.js";

const ANA = { user: "ana", password: "ana-likes-tea" };
const STAY_BOX = /<input type="checkbox" name="stay" ?\/>/;

describe("the login page", () => {
  it('P1: offers "Stay logged in", unticked, as the last thing in its form', async () => {
    const { browser } = await startExample();
    const page = await browser().get("/login").expect(200);
    expect(page.text).toMatch(STAY_BOX);
    const form = /<form[^>]*action="\/login"[\s\S]*?<\/form>/.exec(page.text)?.[0] ?? "";
    expect(form.lastIndexOf("<input")).toBe(form.search(STAY_BOX));
    expect(form.indexOf("<button")).toBeLessThan(form.search(STAY_BOX));
  });

  it("P2: a ticked box gives a cookie of 30 days; without it the cookie ends with the browser", async () => {
    const { browser } = await startExample();
    const ticked = await submit(browser(), "/login", { ...ANA, stay: "on" }).expect(303);
    expect(sessionCookieOf(ticked)).toContain("Max-Age=2592000");
    const not = await submit(browser(), "/login", ANA).expect(303);
    expect(sessionCookieOf(not)).not.toMatch(/Max-Age|Expires/);
  });

  it.each([{ allowPersistentSessions: false }, { inactivityLogout: true }])(
    "P4, P6: with %o shows no box and ignores a forged one",
    async (patch) => {
      const { browser, curfew } = await startExample();
      await curfew.settings.update(patch);
      expect((await browser().get("/login")).text).not.toContain('name="stay"');
      const forged = await submit(browser(), "/login", { ...ANA, stay: "on" }).expect(303);
      expect(sessionCookieOf(forged)).not.toMatch(/Max-Age|Expires/);
    },
  );

  it("WCAG 2.2.6: names the length of a session before the sign-in", async () => {
    const { browser, curfew } = await startExample();
    expect(textOf(await browser().get("/login"))).toContain("signed out 30 minutes after signing in");
    await curfew.settings.update({ inactivityLogout: true, sessionMinutes: 300 });
    const text = textOf(await browser().get("/login"));
    expect(text).toContain("after 15 minutes without a click, touch or key press");
  });

  it("W16: names the browser, place and time of the newer sign-in that ended the session", async () => {
    const { signedIn, curfew, skip } = await startExample();
    await curfew.settings.update({ maxSessionsPerUser: 1, trackLocation: true });
    const first = await signedIn("ana");
    await signedIn("ana", { userAgent: FIREFOX });
    skip(2);
    const sent = await first.get("/account/sessions").expect(303);
    expect(sent.headers["location"]).toBe("/login?reason=evicted&return_to=%2Faccount%2Fsessions");
    const page = await first.get("/login?reason=idle&return_to=%2Faccount%2Fsessions").expect(200);
    expect(textOf(page)).toContain(
      "You were signed out because you signed in on another device: Firefox on macOS, Berlin, Germany, 2 minutes ago.",
    );
    expect(valuesOf(page, "return_to")).toContain("/account/sessions");
  });

  it("takes the reason of an end from the session, not from the address bar", async () => {
    const { browser, signedIn, skip } = await startExample();
    const lure = "/login?reason=%3Cscript%3Ealert(1)%3C/script%3E&by=Call%200800-EVIL";
    const anonymous = await browser().get(lure).expect(200);
    expect(anonymous.text).not.toMatch(/<script>|class="notice"/);
    expect(textOf(anonymous)).not.toMatch(/alert|0800/);
    const ana = await signedIn("ana");
    skip(30);
    const page = await ana.get("/login?reason=revoked_by_admin").expect(200);
    expect(textOf(page)).toContain("Your session reached its time limit.");
    expect(textOf(page)).not.toContain("administrator");
  });

  it.each([
    ["/account/sessions", "/account/sessions"],
    ["//evil.example/", "/"],
    ["https://evil.example/", "/"],
    ["/\\evil.example", "/"],
    ["", "/"],
  ])("after signing in, return_to %s leads to %s", async (returnTo, target) => {
    const { browser } = await startExample();
    const answer = await submit(browser(), "/login", { ...ANA, return_to: returnTo }).expect(303);
    expect(answer.headers["location"]).toBe(target);
  });

  it("C4: a wrong password is refused like an unknown user, and ends no session", async () => {
    const { browser, curfew, signedIn } = await startExample();
    await curfew.settings.update({ maxSessionsPerUser: 1 });
    const ana = await signedIn("ana");
    const wrong = await submit(browser(), "/login", { user: "ana", password: "no" }).expect(401);
    const unknown = await submit(browser(), "/login", { user: "eve", password: "no" }).expect(401);
    expect(sessionCookieOf(wrong)).toBeUndefined();
    expect(textOf(wrong).replace("ana", "")).toBe(textOf(unknown).replace("eve", ""));
    await ana.get("/").expect(200);
  });

  it("answers 429 with Retry-After after five wrong passwords in a minute", async () => {
    const { browser } = await startExample();
    for (let tries = 1; tries <= 5; tries++)
      await submit(browser(), "/login", { user: "ana", password: "no" }).expect(401);
    const answer = await submit(browser(), "/login", ANA).expect(429);
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
    expect(textOf(answer)).toContain("Too many tries");
  });

  it("C11: if the limit refuses the new sign-in, the user may choose an own session to end", async () => {
    const { browser, curfew, signedIn } = await startExample();
    await curfew.settings.update({ maxSessionsPerUser: 1, whenLimitReached: "refuse_newest" });
    const ana = await signedIn("ana", { userAgent: FIREFOX });
    const bob = await signedIn("bob");
    const [bobs] = (await curfew.sessions.list({ userId: "bob" })).sessions;

    const other = browser();
    const refused = await submit(other, "/login", ANA).expect(409);
    expect(textOf(refused)).toContain("Firefox on macOS, signed in");
    await submit(other, "/login", { ...ANA, end: bobs?.ref }).expect(409);
    await bob.get("/").expect(200);

    const [end] = valuesOf(refused, "end");
    await submit(other, "/login", { ...ANA, end }).expect(303);
    await other.get("/").expect(200);
    await ana.get("/").expect(303);
  });
});

describe("signing out", () => {
  it("ends the session: its cookie is refused afterwards", async () => {
    const { signedIn, browser } = await startExample();
    const ana = await signedIn("ana");
    const cookie = sessionCookieOf(await submit(browser(), "/login", ANA)) ?? "";
    const thief = browser().set("cookie", cookie.split(";")[0] ?? "");
    await thief.get("/").expect(200);
    await submit(thief, "/logout").expect(303);
    await thief.get("/").expect(303);
    expect(textOf(await thief.get("/login"))).toContain("You have signed out.");
    await ana.get("/").expect(200);
  });
});
