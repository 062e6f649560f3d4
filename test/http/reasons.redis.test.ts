/** The reason of an end reaches its person in apps that write `req.session` on every request (rules M5, M6). */
import { describe, expect, it } from "vitest";
import { csurfLike, LIBRARIES, post, signIn, startWithLibrary, visit } from "../harness/session-libraries.js";
import { testRedis } from "../harness/redis.js";

describe.each(LIBRARIES)("with %s", (_name, create) => {
  it("M5: the guard, the login page and the status say why the session has ended", async () => {
    const site = await startWithLibrary(create());
    const browser = await site.browser();
    site.clock.advance({ minutes: 30 });
    expect((await browser.visit("/form")).get("Location")).toBe("/login?reason=absolute&return_to=%2Fform");
    for (let time = 0; time < 3; time++)
      expect(await visit(browser, "/login")).toMatchObject({ state: "ended", reason: "absolute" });
    expect(await browser.status()).toMatchObject({ error: "session_ended", reason: "absolute" });
    expect((await browser.visit("/form")).get("Location")).toBe("/login?reason=absolute&return_to=%2Fform");
  });

  it("M5: an open page that asks first leaves the reason for later answers", async () => {
    const site = await startWithLibrary(create());
    const browser = await site.browser();
    site.clock.advance({ minutes: 30 });
    expect(await visit(browser, "/home")).toMatchObject({ state: "ended", reason: "absolute" });
    expect((await browser.visit("/form")).get("Location")).toBe("/login?reason=absolute&return_to=%2Fform");
    expect(await browser.status()).toMatchObject({ reason: "absolute" });
  });

  it("M5: the next sign-in ends the reason, and a sign-out leaves none", async () => {
    const site = await startWithLibrary(create());
    const browser = await site.browser();
    site.clock.advance({ minutes: 30 });
    await visit(browser, "/home");
    await signIn(browser);
    const { token, state } = await visit(browser, "/form");
    expect(state).toBe("active");
    expect(await post(browser, "/sign-out", String(token))).toEqual([303, "/login"]);
    await visit(browser, "/home");
    expect(await visit(browser, "/home")).toMatchObject({ state: "anonymous", reason: "" });
  });

  it("M6: a form that is posted after the end leads to the login page, and the next sign-in works", async () => {
    const site = await startWithLibrary(create(), { answerEnded: true });
    const browser = await site.browser();
    const { token } = await visit(browser, "/form");
    expect(await post(browser, "/form", String(token))).toEqual([200, ""]);
    site.clock.advance({ minutes: 30 });
    expect(await post(browser, "/form", String(token))).toEqual([303, "/login?reason=absolute"]);
    expect(await visit(browser, "/login")).toMatchObject({ state: "ended", reason: "absolute" });
    await signIn(browser);
    expect(await visit(browser, "/form")).toMatchObject({ state: "active" });
  });

  it("M6: without the option the library answers, and the reason still arrives", async () => {
    const library = create();
    const site = await startWithLibrary(library);
    const browser = await site.browser();
    const { token } = await visit(browser, "/form");
    site.clock.advance({ minutes: 30 });
    const [status] = await post(browser, "/form", String(token));
    expect(status).toBe(library.checks ? 403 : 303);
    expect(await visit(browser, "/login")).toMatchObject({ reason: "absolute" });
  });
});

describe("a visitor's cookie with a reason", () => {
  it("M5: tells an eviction's device in the first answer only", async () => {
    const site = await startWithLibrary(csurfLike(), {}, { defaults: { maxSessionsPerUser: 1 } });
    const [first] = [await site.browser(), await site.browser()];
    expect(await visit(first, "/home")).toMatchObject({
      reason: "evicted",
      by: { device: expect.any(String) as string },
    });
    expect(await visit(first, "/home")).toMatchObject({ state: "ended", reason: "evicted", by: null });
  });

  it.each(LIBRARIES)(
    "M5: names device and time on the login page behind the guard, once: %s",
    async (_name, create) => {
      const site = await startWithLibrary(create(), {}, { defaults: { maxSessionsPerUser: 1 } });
      const [first] = [await site.browser(), await site.browser()];
      site.clock.advance({ minutes: 2 });
      for (let time = 0; time < 2; time++)
        expect((await first.visit("/form")).get("Location")).toBe("/login?reason=evicted&return_to=%2Fform");
      // Another tab's poll takes nothing from the page.
      expect(await first.status()).toMatchObject({ reason: "evicted", by: { agoMs: 120_000 } });
      const { message } = await visit(first, "/login");
      expect(message).toMatch(/Chrome on Windows, 2 minutes ago/);
      const again = await visit(first, "/login");
      expect([again["reason"], again["by"]]).toEqual(["evicted", null]);
      expect(again["message"]).not.toContain("Windows");
    },
  );

  it("M5: names the place on the login page", async () => {
    const locate = () => ({ city: "Berlin", state: null, country: "Germany" });
    const defaults = { maxSessionsPerUser: 1, trackLocation: true };
    const site = await startWithLibrary(csurfLike(), {}, { defaults, locate });
    const [first] = [await site.browser(), await site.browser()];
    await first.visit("/form");
    expect((await visit(first, "/login"))["message"]).toContain("Chrome on Windows, Berlin, Germany, ");
  });

  it("M5, M6: names the device on the login page behind an answered form", async () => {
    const site = await startWithLibrary(
      csurfLike(),
      { answerEnded: true },
      { defaults: { maxSessionsPerUser: 1 } },
    );
    const [first] = [await site.browser(), await site.browser()];
    expect(await post(first, "/form")).toEqual([303, "/login?reason=evicted"]);
    const { message, token } = await visit(first, "/login");
    expect(message).toContain("Chrome on Windows");
    // The token of that page is the session's token, and the cookie does not change that.
    expect(await post(first, "/login", String(token))).toEqual([303, "/form"]);
  });

  it("M5: says nothing once Redis has forgotten the end", async () => {
    const site = await startWithLibrary(csurfLike());
    const browser = await site.browser();
    site.clock.advance({ minutes: 30 });
    await visit(browser, "/home");
    const redis = await testRedis();
    const [record = ""] = await redis.keys(`${site.prefix}s:*`);
    expect(await redis.pttl(record)).toBeLessThanOrEqual(86_400_000);
    await redis.del(record);
    expect(await visit(browser, "/home")).toMatchObject({ state: "anonymous" });
  });

  it("M5: keeps the app's data of the visitor", async () => {
    const site = await startWithLibrary(csurfLike());
    const browser = await site.browser();
    site.clock.advance({ minutes: 30 });
    const { token } = await visit(browser, "/home");
    expect((await visit(browser, "/home"))["token"]).toBe(token);
  });

  it("M5: has the public handle of the ended session, and nothing else of it", async () => {
    const site = await startWithLibrary(csurfLike());
    const browser = await site.browser();
    site.clock.advance({ minutes: 30 });
    await visit(browser, "/home");
    expect(browser.sessionCookie?.value).toMatch(/~[\w-]{21}\./);
  });
});
