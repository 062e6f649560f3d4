import type { Response } from "express";
import { describe, expect, it, vi } from "vitest";
import { dataOf, startApp, type TestApp } from "../harness/app.js";
import { PASSWORD, type Browser } from "../harness/browser.js";
import { setCookiesOf } from "../harness/http.js";
import { days, minutes, T } from "../harness/policy-fixtures.js";

const inThirtyDays = String(30 * 86_400);

/** The lifetime of the session cookie, as the browser knows it. */
function life(browser: Browser): object {
  const { "max-age": maxAge, expires } = browser.sessionCookie?.attributes ?? {};
  return { maxAge, hasExpires: expires !== undefined };
}
const FOR_THIS_VISIT = { maxAge: undefined, hasExpires: false };
const FOR_THIRTY_DAYS = { maxAge: inThirtyDays, hasExpires: true };

async function persistent(site: TestApp): Promise<Browser> {
  return site.signedIn("ann", { persistent: true });
}

describe("the ticked box", () => {
  it("P2: the cookie's Max-Age is 2592000 and Expires says the same", async () => {
    const site = await startApp();
    const before = Date.now();
    const browser = await persistent(site);
    expect(life(browser)).toEqual(FOR_THIRTY_DAYS);
    const expires = Date.parse(browser.sessionCookie?.attributes["expires"] ?? "");
    expect(Math.abs(expires - before - days(30))).toBeLessThan(3_000);
  });

  it("D10: without it the cookie has no life of its own, and closing the browser ends it all", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    expect(life(browser)).toEqual(FOR_THIS_VISIT);
    browser.restart();
    expect(await browser.standing()).toBe("anonymous");
  });

  it("P3: the session duration does not apply to it", async () => {
    const site = await startApp({ defaults: { sessionMinutes: 5 } });
    const browser = await persistent(site);
    site.clock.set(T + days(29));
    expect(await browser.status()).toMatchObject({ persistent: true, remainingMs: days(1) });
    await site.curfew.settings.update({ sessionMinutes: 6 });
    expect(await browser.standing()).toBe("in");
  });

  it("P4: forged while not allowed, it is ignored", async () => {
    const site = await startApp({ defaults: { allowPersistentSessions: false } });
    const browser = await persistent(site);
    expect(life(browser)).toEqual(FOR_THIS_VISIT);
    await site.curfew.settings.update({ allowPersistentSessions: true });
    expect(await browser.status()).toMatchObject({ persistent: false, remainingMs: minutes(30) });
  });

  it("P6: inactivity logout rules it out", async () => {
    const site = await startApp({ defaults: { inactivityLogout: true } });
    const browser = await persistent(site);
    expect(life(browser)).toEqual(FOR_THIS_VISIT);
    site.at("15:00");
    expect(await browser.standing()).toBe("idle");
  });

  it("P7: use does not move its end", async () => {
    const site = await startApp();
    const browser = await persistent(site);
    for (let day = 1; day < 30; day++) {
      site.clock.set(T + days(day));
      await browser.visit();
      await browser.fetch("post", "/data", { day });
    }
    expect(life(browser)).toEqual(FOR_THIRTY_DAYS);
    site.clock.set(T + days(30));
    expect(await browser.standing()).toBe("absolute");
  });

  it("N14: re-authenticating on the last day gives thirty more", async () => {
    const site = await startApp();
    const browser = await persistent(site);
    site.clock.set(T + days(29.5));
    await browser.reauthenticate();
    expect(life(browser)).toEqual(FOR_THIRTY_DAYS);
    expect(await browser.status()).toMatchObject({ remainingMs: days(30) });
  });

  it("A4: the system limit supersedes thirty days, in the cookie too", async () => {
    const site = await startApp({ limits: { absoluteMinutes: 1_440 } });
    const browser = await persistent(site);
    expect(life(browser)).toMatchObject({ maxAge: "86400" });
    site.clock.set(T + days(1));
    expect(await browser.standing()).toBe("absolute");
  });
});

describe("persistence switched while people are signed in", () => {
  it("W20, X4, Q16: off, the next answer makes it a session cookie of the same id", async () => {
    const site = await startApp();
    const browser = await persistent(site);
    const { value } = browser.sessionCookie ?? {};
    await site.curfew.settings.update({ allowPersistentSessions: false });
    const answer = await browser.fetch("get", "/account");
    expect(setCookiesOf(answer)).toEqual([expect.stringContaining("HttpOnly; SameSite=Lax")]);
    expect(browser.sessionCookie?.value).toBe(value);
    expect(life(browser)).toEqual(FOR_THIS_VISIT);
    // Noting it is not waited for, and takes a second try where Redis does not know the script yet.
    await vi.waitFor(async () => {
      expect(setCookiesOf(await browser.fetch("get", "/account"))).toEqual([]);
    });
    site.at("30:00");
    expect(await browser.standing()).toBe("absolute");
  });

  it("W20: off, who is past the session duration has ended", async () => {
    const site = await startApp();
    const browser = await persistent(site);
    site.clock.set(T + days(3));
    await site.curfew.settings.update({ allowPersistentSessions: false });
    expect(await browser.standing()).toBe("absolute");
  });

  it.each<[string, (response: Response) => unknown]>([
    ["setHeader", (response) => response.setHeader("Set-Cookie", "theme=dark").send("…")],
    ["writeHead", (response) => response.writeHead(200, { "Set-Cookie": "theme=dark" }).end("…")],
    ["writeHead with a list", (response) => response.writeHead(200, ["Set-Cookie", "theme=dark"]).end("…")],
    [
      "writeHead, and changes the session",
      (response) => {
        dataOf(response.req)["step"] = 1;
        response.writeHead(200, { "Set-Cookie": "theme=dark" }).end("…");
      },
    ],
  ])("X4: the cookie is narrowed where the app sets its own by %s", async (_title, answer) => {
    const site = await startApp({
      configure: (app) => app.get("/theme", (_request, response) => void answer(response)),
    });
    const browser = await persistent(site);
    await site.curfew.settings.update({ allowPersistentSessions: false });
    await browser.fetch("get", "/theme");
    expect(life(browser)).toEqual(FOR_THIS_VISIT);
    expect(browser.cookies.get("theme")?.value).toBe("dark");
    expect(await browser.standing()).toBe("in");
  });

  it("X4: the cookie is narrowed by every kind of answer, a write and an error too", async () => {
    const site = await startApp({
      configure: (app) => {
        app.get("/broken", () => {
          throw Object.assign(new Error("broken"), { expose: true, status: 418 });
        });
        app.get("/streamed", (_request, response) => {
          response.writeHead(200, { "X-Kept": "yes" });
          response.end("…");
        });
      },
    });
    for (const [method, path] of [
      ["post", "/data"],
      ["get", "/broken"],
      ["get", "/streamed"],
      ["get", "/curfew/status"],
    ] as const) {
      await site.curfew.settings.update({ allowPersistentSessions: true });
      const browser = await persistent(site);
      await site.curfew.settings.update({ allowPersistentSessions: false });
      await browser.fetch(method, path, method === "post" ? { x: 1 } : undefined);
      expect([path, life(browser)]).toEqual([path, FOR_THIS_VISIT]);
    }
  });

  it("Q17: on again, only sessions whose users had ticked are persistent again, for the rest of thirty days", async () => {
    const site = await startApp();
    const [ticked, plain] = [await persistent(site), await site.signedIn("bob")];
    await site.curfew.settings.update({ allowPersistentSessions: false });
    expect([await ticked.standing(), await plain.standing()]).toEqual(["in", "in"]);
    site.at("10:00");
    await site.curfew.settings.update({ allowPersistentSessions: true });
    expect([await ticked.standing(), await plain.standing()]).toEqual(["in", "in"]);
    expect(life(ticked)).toEqual({ maxAge: String(30 * 86_400 - 600), hasExpires: true });
    expect(life(plain)).toEqual(FOR_THIS_VISIT);
  });
});

describe("a form without script", () => {
  it("P2: signs in and is redirected with the cookie", async () => {
    const site = await startApp();
    const browser = await site.browser();
    const answer = await browser.submit("/login", { userId: "ann", password: PASSWORD });
    expect([answer.status, answer.get("Location")]).toEqual([303, "/account"]);
    expect((await browser.visit()).status).toBe(200);
  });
});
