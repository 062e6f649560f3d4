import request from "supertest";
import { describe, expect, it } from "vitest";
import { ROUTES, type Route } from "../../src/http/routes/route-table.js";
import { startApp } from "../harness/app.js";
import { PASSWORD } from "../harness/browser.js";

describe("every route of the table", () => {
  const unsafe = ROUTES.filter(({ method }) => method !== "get");
  const pathOf = ({ path }: Route, ref = "x".repeat(21)) => `/curfew${path.replace(":ref", ref)}`;

  it.each(unsafe)("G1: $method $path answers other sites 403 and visitors 401", async (route) => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    site.at("29:00");
    const before = await browser.state();
    const own = before.state === "active" ? before.session.ref : "";
    const send = (path = pathOf(route, own)) => request(site.server)[route.method](path);
    const foreign: Record<string, string>[] = [
      { Origin: "https://evil.example" },
      { Origin: "null" },
      { "Sec-Fetch-Site": "cross-site" },
      { "Sec-Fetch-Site": "same-site" },
    ];
    for (const headers of foreign) {
      const answer = await send()
        .set({ Cookie: browser.cookieHeader, ...headers })
        .send({ password: PASSWORD });
      expect([answer.status, answer.body, answer.get("Cache-Control")]).toEqual([
        403,
        expect.objectContaining({ error: "cross_site_request" }),
        "no-store",
      ]);
    }
    const visitor = await send().send({});
    expect([visitor.status, visitor.get("Cache-Control")]).toEqual([401, "no-store"]);
    expect(await browser.state()).toEqual(before);
  });

  it.each(unsafe.filter(({ body }) => body !== "none"))(
    "G1: $path takes JSON only, of limited size",
    async (route) => {
      const site = await startApp();
      const browser = await site.signedIn("ann");
      const before = await browser.state();
      const post = () => request(site.server).post(pathOf(route)).set("Cookie", browser.cookieHeader);
      for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
        expect((await post().type(type).send('{"idleMs":0}')).status).toBe(415);
      expect((await post().type("json").send('{"idleMs":')).status).toBe(400);
      const large = JSON.stringify({ x: "x".repeat(9_000) });
      expect((await post().type("json").send(large)).status).toBe(413);
      expect(await browser.state()).toEqual(before);
    },
  );

  it.each(unsafe)("G2: $method $path does nothing by GET, HEAD or OPTIONS", async (route) => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    const before = await browser.state();
    const ref = before.state === "active" ? before.session.ref : "";
    const path = pathOf(route, ref);
    for (const method of ["get", "head", "options"] as const) {
      const sent = request(site.server)[method](path);
      await sent.set({ Cookie: browser.cookieHeader, "X-HTTP-Method-Override": route.method.toUpperCase() });
    }
    expect(await browser.state()).toEqual(before);
  });
});
