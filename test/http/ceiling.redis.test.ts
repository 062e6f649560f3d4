import { describe, expect, it } from "vitest";
import type { SignInOptions } from "../../src/index.js";
import { startApp, type TestApp, type TestAppOptions } from "../harness/app.js";
import { PASSWORD, type Browser } from "../harness/browser.js";
import { setCookiesOf } from "../harness/http.js";
import { at, minutes, T } from "../harness/policy-fixtures.js";

/** A site on which the sessions last an hour, and a browser with a limit of its own. */
async function signedIn(
  options: Partial<SignInOptions>,
  more: TestAppOptions = {},
): Promise<{ site: TestApp; browser: Browser }> {
  const site = await startApp({ defaults: { sessionMinutes: 60 }, ...more });
  return { site, browser: await site.signedIn("ann", options) };
}

const endOf = async (browser: Browser): Promise<number> => (await browser.status()).absoluteRemainingMs;

describe("M9: a session whose endsAt has a fraction of a millisecond", () => {
  it.each([at("10:00") + 0.5, at("90:00") + 0.5])("lives on its next request (%d)", async (endsAt) => {
    const { browser } = await signedIn({ endsAt });
    expect(await browser.standing()).toBe("in");
  });
});

describe.each<[string, Partial<SignInOptions>]>([
  ["lifetimeMinutes", { lifetimeMinutes: 10 }],
  ["endsAt", { endsAt: at("10:00") }],
  ["the earlier of both", { lifetimeMinutes: 50, endsAt: at("10:00") }],
])("M9: a session with %s", (_name, options) => {
  it("ends then, and warns with a way to the login page", async () => {
    const { site, browser } = await signedIn(options);
    expect(await endOf(browser)).toBe(minutes(10));
    site.at("9:00");
    expect(await browser.status()).toMatchObject({ action: "sign_in", remainingMs: minutes(1) });
    site.at("10:00");
    expect(await browser.standing()).toBe("absolute");
  });

  it("is not extended", async () => {
    const { site, browser } = await signedIn(options);
    site.at("9:00");
    const answer = await browser.extend();
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ error: "sign_in_required" });
    site.at("10:00");
    expect(await browser.standing()).toBe("absolute");
  });

  it("has a re-authentication refresh its freshness only", async () => {
    const { site, browser } = await signedIn(options);
    site.at("5:00");
    expect((await browser.reauthenticate()).status).toBe(200);
    expect(await browser.state()).toMatchObject({
      session: { signedInAt: at("5:00"), expiresAt: at("10:00") },
      action: "sign_in",
    });
    site.at("9:00");
    expect((await browser.reauthenticate()).status).toBe(200);
    expect(await endOf(browser)).toBe(minutes(1));
    site.at("10:00");
    expect(await browser.standing()).toBe("absolute");
  });

  it("passes its limit by no change of settings", async () => {
    const { site, browser } = await signedIn(options);
    await site.curfew.settings.update({ sessionMinutes: 600 });
    expect(await endOf(browser)).toBe(minutes(10));
    await site.curfew.settings.update({ inactivityLogout: true });
    expect(await endOf(browser)).toBe(minutes(10));
  });
});

describe("M9: endsAt and lifetimeMinutes", () => {
  it("let an extension go up to the limit", async () => {
    const { site, browser } = await signedIn({ endsAt: at("40:00") }, { defaults: { sessionMinutes: 30 } });
    site.at("29:00");
    expect((await browser.extend()).status).toBe(200);
    expect(await endOf(browser)).toBe(minutes(11));
    expect((await site.curfew.sessions.list({ userId: "ann" })).sessions).toMatchObject([
      { expiresAt: at("40:00") },
    ]);
  });

  it.each<[string, object]>([
    ["a Date", { endsAt: new Date(at("10:00")) }],
    ["a number", { endsAt: at("10:00") }],
  ])("take %s", async (_title, options) => {
    const site = await startApp({
      configure: (app, curfew) => {
        app.post("/in", (request, response, next) => {
          curfew.signIn(request, { userId: "ann", ...options }).then(() => response.json({}), next);
        });
      },
    });
    const browser = await site.browser();
    await browser.fetch("post", "/in", {});
    expect(await browser.state()).toMatchObject({ session: { expiresAt: at("10:00") } });
  });

  it("end a persistent cookie's Max-Age with the limit; a session cookie has none (D10)", async () => {
    const site = await startApp();
    const life = async (options: Partial<SignInOptions>): Promise<string | undefined> =>
      (await site.signedIn("ann", options)).sessionCookie?.attributes["max-age"];
    expect(await life({ persistent: true, endsAt: at("10:00") })).toBe("600");
    expect(await life({ persistent: true, lifetimeMinutes: 1_440 })).toBe("86400");
    expect(await life({ persistent: true })).toBe("2592000");
    expect(await life({ endsAt: at("10:00") })).toBeUndefined();
  });

  it.each([T, T - 1, at("-1:00")])("refuse the sign-in where the time has passed: %d", async (endsAt) => {
    const site = await startApp({ defaults: { maxSessionsPerUser: 1 } });
    const first = await site.signedIn("ann");
    const browser = await site.browser();
    const answer = await browser.fetch("post", "/login", { userId: "ann", password: PASSWORD, endsAt });
    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({ code: "authentication_expired" });
    expect(setCookiesOf(answer)).toEqual([]);
    expect([await browser.standing(), await first.standing()]).toEqual(["anonymous", "in"]);
  });

  it.each([["tomorrow"], [null], [{}]])("refuse values that are not times: %j", async (endsAt) => {
    const site = await startApp();
    const browser = await site.browser();
    const answer = await browser.fetch("post", "/login", { userId: "ann", password: PASSWORD, endsAt });
    expect(answer.body).toMatchObject({ code: "invalid_argument" });
  });

  it("hold for programs too", async () => {
    const { site, browser } = await signedIn({ kind: "api", lifetimeMinutes: 600, endsAt: at("20:00") });
    site.at("10:00");
    expect((await browser.reauthenticate()).status).toBe(200);
    expect(await browser.state()).toMatchObject({ session: { expiresAt: at("20:00") }, action: "none" });
  });
});
