import type { Express } from "express";
import type { Curfew } from "../../src/index.js";
import { describe, expect, it } from "vitest";
import { SECRET, startApp, type TestApp } from "../harness/app.js";
import { Browser } from "../harness/browser.js";
import { setCookiesOf } from "../harness/http.js";

const NEW_SECRET = "the next secret of the tests, longer than need be";
const CDN_HEADERS = [
  "CDN-Cache-Control",
  "Cloudflare-CDN-Cache-Control",
  "Surrogate-Control",
  "Edge-Control",
  "Expires",
];

function addRoutes(app: Express, curfew: Curfew): void {
  app.get("/public", (_request, response) => {
    response.set("Cache-Control", "public, max-age=60").send("for everybody");
  });
  app.get("/head", (_request, response) => {
    response.writeHead(200, { "Cache-Control": "s-maxage=60" }).end("for everybody");
  });
  app.get("/unchanged", (_request, response) => {
    response.status(304).end();
  });
  app.get("/part", (_request, response) => {
    response.status(206).send("pa");
  });
  app.get("/plain", (_request, response) => {
    for (const name of CDN_HEADERS) response.set(name, "max-age=60");
    response.send("plain");
  });
  app.get("/callback", async (request, response) => {
    await curfew.signIn(request, { userId: "ann" });
    response.set("Cache-Control", "public, max-age=60").send("welcome");
  });
}

/** An app, and the same app after a change of the secret. */
async function deployments(): Promise<[TestApp, TestApp]> {
  const before = await startApp({ configure: addRoutes });
  const after = await startApp({
    prefix: before.prefix,
    clock: before.clock,
    session: { secret: [NEW_SECRET, SECRET] },
    configure: addRoutes,
  });
  return [before, after];
}

describe("answers and shared caches", () => {
  it.each(["/public", "/head", "/unchanged", "/part"])(
    "M13: a renewed cookie waits while the answer is shared: %s",
    async (path) => {
      const [before, after] = await deployments();
      const browser = await before.signedIn("ann");
      browser.server = after.server;
      const shared = await browser.fetch("get", path);
      expect(setCookiesOf(shared)).toEqual([]);
      expect(shared.headers["cache-control"]).not.toBe("no-store");
      const next = await browser.fetch("get", "/plain");
      expect(setCookiesOf(next)).not.toEqual([]);
    },
  );

  it("M13: an answer with the session cookie is no-store, without the headers of CDNs", async () => {
    const [before, after] = await deployments();
    const browser = await before.signedIn("ann");
    browser.server = after.server;
    const { headers } = await browser.fetch("get", "/plain");
    expect(headers["cache-control"]).toBe("no-store");
    for (const name of CDN_HEADERS) expect(headers).not.toHaveProperty(name.toLowerCase());
  });

  it("M13: a cookie of another kind waits too, and is sent by the next answer", async () => {
    const site = await startApp({ configure: addRoutes });
    const browser = await site.signedIn("ann", { persistent: true });
    await site.curfew.settings.update({ allowPersistentSessions: false });
    expect(setCookiesOf(await browser.fetch("get", "/public"))).toEqual([]);
    expect(setCookiesOf(await browser.fetch("get", "/plain"))).not.toEqual([]);
  });

  it("M13: a sign-in's answer that the app calls public becomes no-store", async () => {
    const site = await startApp({ configure: addRoutes });
    const browser = new Browser(site.server);
    const answer = await browser.fetch("get", "/callback");
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(await browser.standing()).toBe("in");
  });
});
