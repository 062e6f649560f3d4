import request from "supertest";
import { describe, expect, it } from "vitest";
import type { CurfewError } from "../../src/index.js";
import { FETCH_HEADERS, NAVIGATION_HEADERS } from "../../src/testing/index.js";
import { startApp } from "../harness/app.js";

describe("requireSignIn", () => {
  it("sends a navigation to the login page with the way back, and says no more to a visitor", async () => {
    const site = await startApp();
    const answer = await (await site.browser()).visit("/account?tab=2&x=%26");
    expect(answer.status).toBe(303);
    expect(answer.get("Location")).toBe("/login?return_to=%2Faccount%3Ftab%3D2%26x%3D%2526");
    expect(answer.get("Cache-Control")).toBe("no-store");
    expect(answer.get("Clear-Site-Data")).toBeUndefined();
  });

  it("J7: tells a navigation why the session has ended, and clears what the browser kept of it", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    site.at("30:00");
    const answer = await browser.visit();
    expect(answer.status).toBe(303);
    expect(answer.get("Location")).toBe("/login?reason=absolute&return_to=%2Faccount");
    expect(answer.get("Clear-Site-Data")).toBe('"cache"');
  });

  it("gives no way back to a form, which must not be sent again", async () => {
    const site = await startApp();
    const answer = await (await site.browser()).submit("/account", { amount: 100 });
    expect([answer.status, answer.get("Location")]).toEqual([303, "/login"]);
  });

  it.each(["//evil.example/x", "/%2f/evil.example", "/\\\\evil.example", "/%09/evil.example"])(
    "G4: offers no way back to %s, which could be another site",
    async (path) => {
      const site = await startApp({
        configure: (app, curfew) => {
          app.use(curfew.requireSignIn());
        },
      });
      const answer = await request(site.server).get(path).set(NAVIGATION_HEADERS).redirects(0);
      expect([answer.status, answer.get("Location")]).toEqual([303, "/login"]);
    },
  );

  it("answers scripts with 401 and a problem document", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    const visitor = await (await site.browser()).fetch("get", "/account");
    expect(visitor.status).toBe(401);
    expect(visitor.type).toBe("application/problem+json");
    expect(visitor.body).toEqual({
      type: "about:blank",
      status: 401,
      error: "not_signed_in",
      title: "No user is signed in.",
      loginUrl: "/login",
    });
    site.at("30:00");
    const ended = await browser.fetch("get", "/account");
    expect(ended.body).toMatchObject({
      error: "session_ended",
      reason: "absolute",
      loginUrl: "/login?reason=absolute",
    });
    expect(ended.get("Cache-Control")).toBe("no-store");
    expect(ended.get("Vary")).toMatch(/Cookie/);
  });

  it.each<[string, Record<string, string>, number]>([
    ["an old browser's page", { accept: "text/html,*/*" }, 303],
    ["an old script", { accept: "text/html", "x-requested-with": "XMLHttpRequest" }, 401],
    ["curl", { accept: "*/*" }, 401],
    ["fetch that accepts HTML", { ...FETCH_HEADERS, accept: "text/html" }, 401],
    ["a page in a frame", { ...NAVIGATION_HEADERS, "sec-fetch-dest": "iframe" }, 401],
    ["a prefetch", { ...NAVIGATION_HEADERS, "sec-purpose": "prefetch" }, 401],
  ])("recognises %s", async (_title, headers, status) => {
    const site = await startApp();
    expect((await request(site.server).get("/account").set(headers)).status).toBe(status);
  });

  it("forbids caches to keep what is behind it", async () => {
    const site = await startApp();
    const page = await (await site.signedIn("ann")).visit();
    expect(page.status).toBe(200);
    expect(page.get("Cache-Control")).toBe("no-store");
    expect(page.get("Vary")).toMatch(/Cookie/);
  });

  it("goes to a login page of its own, or on another origin, where the app says so", async () => {
    const site = await startApp({
      loginUrl: "https://id.example/in?app=7",
      configure: (app, curfew) => {
        app.get("/staff", curfew.requireSignIn({ loginUrl: "/admin-login" }), (_q, response) => {
          response.end();
        });
      },
    });
    const browser = await site.browser();
    expect((await browser.visit("/staff")).get("Location")).toBe("/admin-login?return_to=%2Fstaff");
    expect((await browser.visit()).get("Location")).toBe("https://id.example/in?app=7&return_to=%2Faccount");
  });
});

describe("requireFresh", () => {
  const start = () =>
    startApp({
      configure: (app, curfew) => {
        app.get("/danger", curfew.requireFresh({ withinMinutes: 5 }), (_q, response) => {
          response.json({ done: true });
        });
      },
    });

  it("passes for so many minutes after signing in, and again after re-authenticating", async () => {
    const site = await start();
    const browser = await site.signedIn("ann");
    site.at("4:59.999");
    expect((await browser.fetch("get", "/danger")).body).toEqual({ done: true });
    site.at("5:00");
    const stale = await browser.fetch("get", "/danger");
    expect(stale.status).toBe(403);
    expect(stale.body).toMatchObject({ error: "reauthentication_required", loginUrl: "/login?reauth=1" });
    await browser.reauthenticate();
    expect((await browser.fetch("get", "/danger")).status).toBe(200);
  });

  it("D8: is not fooled by activity or an extension", async () => {
    const site = await start();
    const browser = await site.signedIn("ann");
    site.at("28:30");
    await browser.act();
    await browser.extend();
    expect((await browser.fetch("get", "/danger")).status).toBe(403);
  });

  it("sends a navigation to the login page to authenticate again, and visitors to sign in", async () => {
    const site = await start();
    const browser = await site.signedIn("ann");
    site.at("10:00");
    const stale = await browser.visit("/danger");
    expect([stale.status, stale.get("Location")]).toEqual([303, "/login?reauth=1&return_to=%2Fdanger"]);
    const visitor = await (await site.browser()).visit("/danger");
    expect(visitor.get("Location")).toBe("/login?return_to=%2Fdanger");
  });

  it.each([0, -1, Number.NaN, Infinity, "5"])("refuses withinMinutes %s at start", async (wrong) => {
    const site = await startApp();
    expect(() => site.curfew.requireFresh({ withinMinutes: wrong as number })).toThrow(
      expect.objectContaining<Partial<CurfewError>>({ code: "invalid_option" }),
    );
  });
});

describe("requireSameSite", () => {
  const start = () =>
    startApp({
      trustedOrigins: ["https://admin.example"],
      configure: (app, curfew) => {
        app.all("/change", curfew.requireSameSite(), (_q, response) => {
          response.json({});
        });
      },
    });

  it.each<[string, Record<string, string>, number]>([
    ["a script of this site", { "sec-fetch-site": "same-origin" }, 200],
    ["an address typed in", { "sec-fetch-site": "none" }, 200],
    ["another site", { "sec-fetch-site": "cross-site", origin: "https://evil.example" }, 403],
    ["a sibling domain", { "sec-fetch-site": "same-site", origin: "https://evil.example" }, 403],
    ["a trusted origin", { "sec-fetch-site": "cross-site", origin: "https://admin.example" }, 200],
    ["an origin that only looks trusted", { origin: "https://admin.example.evil.example" }, 403],
    ["an old browser on another site", { origin: "https://evil.example" }, 403],
    ["a sandboxed document", { origin: "null" }, 403],
    ["no browser at all", {}, 200],
  ])("G1: answers a POST of %s", async (_title, headers, status) => {
    const site = await start();
    const answer = await request(site.server).post("/change").set(headers);
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.body).toMatchObject({ error: "cross_site_request" });
  });

  it("lets safe methods of every site pass", async () => {
    const site = await start();
    const headers = { "sec-fetch-site": "cross-site", origin: "https://evil.example" };
    for (const method of ["get", "head", "options"] as const)
      expect((await request(site.server)[method]("/change").set(headers)).status).toBe(200);
  });
});
