import { describe, expect, it } from "vitest";
import { safeReturnTo } from "../../src/index.js";
import { dataOf } from "../harness/app.js";
import { logIn, PASSPORT_VERSIONS, startPassportApp } from "./passport-app.js";

describe.each(PASSPORT_VERSIONS)("M43: the page to come back to, with passport %s", (version) => {
  it("comes from the guard, through the login page and a wrong password, as docs/passport.md shows", async () => {
    const site = await startPassportApp(version, {
      loginUrl: "/sign-in",
      routes_: (app) => {
        app.get("/sign-in", (request, response) => {
          const { return_to: returnTo } = request.query;
          if (returnTo) Object.assign(dataOf(request), { returnTo: safeReturnTo(returnTo) });
          response.send("login form");
        });
      },
    });
    const browser = await site.browser();
    const away = (await browser.visit("/members?page=2")).get("Location") ?? "";
    expect(away).toBe("/sign-in?return_to=%2Fmembers%3Fpage%3D2");
    await browser.visit(away);
    const options = { successReturnToOrRedirect: "/", failureRedirect: "/sign-in" };
    expect((await logIn(browser, "ann", options, "guess")).get("Location")).toBe("/sign-in");
    await browser.visit("/sign-in");
    expect((await logIn(browser, "ann", options)).get("Location")).toBe("/members?page=2");
    expect((await browser.visit("/members?page=2")).status).toBe(200);
  });
});
