/** The settings decide the lifetime of the session cookie, not the app. */
import { describe, expect, it } from "vitest";
import { dataOf, startApp, type TestApp } from "../harness/app.js";
import { setCookiesOf } from "../harness/http.js";
import { days } from "../harness/policy-fixtures.js";

/** An app of which old code still sets the cookie's life by itself, before and after the sign-in and later. */
function startMeddling(): Promise<TestApp> {
  return startApp({
    configure: (app, curfew) => {
      app.post("/before", (request, response, next) => {
        request.session.cookie.maxAge = days(30);
        curfew.signIn(request, { userId: "ann" }).then(() => response.json({}), next);
      });
      app.post("/after", (request, response, next) => {
        curfew.signIn(request, { userId: "ann", persistent: request.query["stay"] === "1" }).then(() => {
          request.session.cookie.maxAge = days(300);
          response.json({});
        }, next);
      });
      app.post("/reauthenticate", (request, response, next) => {
        curfew.reauthenticate(request).then(() => {
          request.session.cookie.maxAge = days(300);
          response.json({});
        }, next);
      });
      app.post("/later", (request, response) => {
        request.session.cookie.maxAge = days(300);
        dataOf(request)["changed"] = Math.random();
        response.json({});
      });
    },
  });
}

describe("D10, P4: an app that sets cookie.maxAge", () => {
  it.each(["/before", "/after"])(
    "at the sign-in (%s) gets a cookie that ends with the browser",
    async (path) => {
      const site = await startMeddling();
      const browser = await site.browser();
      await browser.fetch("post", path, {});
      expect(await browser.standing()).toBe("in");
      expect(browser.sessionCookie?.attributes).toEqual({ path: "/", httponly: "", samesite: "Lax" });
      browser.restart();
      expect(browser.sessionCookie).toBeUndefined();
    },
  );

  it("on later requests that change the session gets none that outlives the browser, then or thereafter", async () => {
    const site = await startMeddling();
    const browser = await site.signedIn("ann");
    for (const path of ["/later", "/later", "/data", "/account"]) {
      const answer = await browser.fetch("post", path, { more: Math.random() });
      for (const line of setCookiesOf(answer)) expect(line).not.toMatch(/max-age|expires/i);
    }
    browser.restart();
    expect(browser.sessionCookie).toBeUndefined();
  });

  it("at a re-authentication gets none that outlives the browser", async () => {
    const site = await startMeddling();
    const browser = await site.signedIn("ann");
    await browser.fetch("post", "/reauthenticate", {});
    expect(await browser.standing()).toBe("in");
    expect(browser.sessionCookie?.attributes).toEqual({ path: "/", httponly: "", samesite: "Lax" });
  });

  it("P2, P7: lengthens no persistent one either", async () => {
    const site = await startMeddling();
    const browser = await site.browser();
    await browser.fetch("post", "/after?stay=1", {});
    expect(browser.sessionCookie?.attributes["max-age"]).toBe(String(30 * 86_400));
    site.clock.advance({ days: 10 });
    await browser.fetch("post", "/later", {});
    expect(Number(browser.sessionCookie?.attributes["max-age"])).toBeLessThanOrEqual(30 * 86_400);
    site.clock.advance({ days: 20 });
    expect(await browser.standing()).toBe("absolute");
  });
});

describe("a visitor's session to whose cookie the app gives a lifetime", () => {
  it.each([
    ["at the end of the answer", false],
    ["before the answer begins", true],
  ])("gets the cookie again with each change that is stored %s", async (_, savesFirst) => {
    const site = await startApp({
      configure: (app) => {
        app.post("/basket", (request, response, next) => {
          request.session.cookie.maxAge = days(3);
          dataOf(request)["pieces"] = request.body as unknown;
          if (savesFirst) request.session.save((error) => (error ? next(error) : response.json({})));
          else response.json({});
        });
      },
    });
    const browser = await site.browser();
    for (const pieces of [1, 2, 3]) {
      const answer = await browser.fetch("post", "/basket", { pieces });
      expect(setCookiesOf(answer), `change ${pieces}`).toEqual([expect.stringMatching(/; Expires=/)]);
    }
    expect(setCookiesOf(await browser.fetch("get", "/"))).toEqual([]);
  });
});
