/** Signing in again in another tab: `GET /curfew/reauth` and `GET /curfew/reauth-done`. */
import { describe, expect, it } from "vitest";
import { express4, startApp } from "../harness/app.js";
import { Browser } from "../harness/browser.js";

const DONE = "return_to=%2Fcurfew%2Freauth-done";

describe("signing in again in another tab", () => {
  it("N14: leads to the login page, which returns to the page that closes the tab", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    const before = await browser.state();
    const answer = await browser.visit("/curfew/reauth");
    expect([answer.status, answer.get("Location"), answer.get("Cache-Control")]).toEqual([
      303,
      `/login?reauth=1&${DONE}`,
      "no-store",
    ]);
    expect(await browser.state()).toEqual(before);
  });

  it.each([
    ["a path", "/sso/start?prompt=login", `/sso/start?prompt=login&${DONE}`],
    ["a function", ({ userId }: { userId: string }) => `/sso/${userId}`, `/sso/ann?${DONE}`],
  ])("leads to the app's own page: %s", async (_kind, reauthUrl, expected) => {
    const site = await startApp({ routes: { reauthUrl } });
    const answer = await (await site.signedIn("ann")).visit("/curfew/reauth");
    expect([answer.status, answer.get("Location")]).toEqual([303, expected]);
  });

  it.each(["https://evil.example/", "//evil.example", "/\\evil.example", 5 as never])(
    "never leads to another site: %s",
    async (address) => {
      const site = await startApp({ routes: { reauthUrl: () => address }, hasFaults: true });
      const answer = await (await site.signedIn("ann")).visit("/curfew/reauth");
      expect([answer.status, answer.get("Location")]).toEqual([500, undefined]);
      await expect(startApp({ routes: { reauthUrl: address } })).rejects.toThrow(/routes\.reauthUrl/);
    },
  );

  it("leads a visitor without a session to the login page, and asks for one sign-in only", async () => {
    const site = await startApp({ routes: { reauthUrl: "/sso" } });
    const browser = await site.signedIn("ann");
    site.at("31:00");
    for (const visitor of [browser, new Browser(site.server)]) {
      const answer = await visitor.visit("/curfew/reauth");
      expect([answer.status, answer.get("Location")]).toEqual([303, `/login?${DONE}`]);
    }
  });

  it("shows its last page to signed-in users only, without inline code, and no cache may store it", async () => {
    const site = await startApp();
    const page = await (await site.signedIn("ann")).visit("/curfew/reauth-done");
    expect([page.status, page.get("Cache-Control")]).toEqual([200, "no-store"]);
    expect(page.text).toContain('<script type="module" src="reauth-done.js"></script>');
    const visitor = await new Browser(site.server).visit("/curfew/reauth-done");
    expect([visitor.status, visitor.get("Location")]).toEqual([303, `/login?${DONE}`]);
    const script = await new Browser(site.server).fetch("get", "/curfew/reauth-done.js");
    expect([script.status, script.get("X-Content-Type-Options")]).toEqual([200, "nosniff"]);
  });

  it("reads a language that is not a text as missing", async () => {
    const site = await startApp({ express: express4 });
    const browser = await site.signedIn("ann");
    for (const query of ["lang[toString]=x", "lang=de&lang=ar"]) {
      expect((await browser.visit(`/curfew/reauth?${query}`)).get("Location")).toBe(
        `/login?reauth=1&${DONE}`,
      );
      expect((await browser.visit(`/curfew/reauth-done?${query}`)).status).toBe(200);
    }
  });

  it.each([
    ["de-AT", "en", '<html lang="de" dir="ltr">', "Sie sind wieder angemeldet"],
    ["ar", "en", '<html lang="ar" dir="rtl">', "لقد سجّلت الدخول مرة أخرى"],
    ["pl", "de", '<html lang="de" dir="ltr">', "Sie sind wieder angemeldet"],
    [undefined, "ar-EG, en;q=0.5", '<html lang="ar" dir="rtl">', "لقد سجّلت الدخول مرة أخرى"],
    [undefined, "pl", '<html lang="en" dir="ltr">', "You're signed in again"],
    ['"><script>', "pl", '<html lang="en" dir="ltr">', "You're signed in again"],
  ])(
    "shows its last page in the dialog's language, else in the browser's: %s, %s",
    async (asked, accepted, head, title) => {
      const site = await startApp();
      const browser = await site.signedIn("ann");
      const query = asked === undefined ? "" : `?lang=${encodeURIComponent(asked)}`;
      const way = (await browser.visit(`/curfew/reauth${query}`)).get("Location") ?? "";
      const done = new URL(way, "http://localhost").searchParams.get("return_to") ?? "";
      const headers = { "accept-language": accepted, cookie: browser.cookieHeader };
      const page = await fetch(site.url + done, { headers });
      const text = await page.text();
      expect([page.status, text]).toEqual([200, expect.stringContaining(head)]);
      expect(text).toContain(`<h1>${title}</h1>`);
      expect(text).not.toContain('"><script>');
    },
  );
});
