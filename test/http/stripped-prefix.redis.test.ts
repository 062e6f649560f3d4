import request from "supertest";
import { describe, expect, it } from "vitest";
import { NAVIGATION_HEADERS } from "../../src/testing/index.js";
import { startApp } from "../harness/app.js";
import { PASSWORD } from "../harness/browser.js";

describe("a proxy that removes /shop from addresses", () => {
  it.each([
    ["/shop", 303, 200],
    [undefined, 500, 401],
    ["/other", 500, 401],
  ])(
    "M42: a cookie for /shop works with strippedPrefix %j as the browser sees it: %i, %i",
    async (strippedPrefix, signedIn, account) => {
      const site = await startApp({
        session: { cookie: { path: "/shop" }, ...(strippedPrefix && { strippedPrefix }) },
      });
      const { server } = site;
      const login = await request(server).post("/login").send({ userId: "ann", password: PASSWORD });
      expect(login.status).toBe(signedIn);
      if (signedIn === 500) expect(login.text).toContain('session({ strippedPrefix: \\"/shop\\" })');
      const [cookie = ""] = login.get("Set-Cookie") ?? [];
      if (signedIn === 303) expect(cookie).toContain("; Path=/shop");
      const page = await request(server)
        .get("/account")
        .set("Cookie", cookie.split(";")[0] ?? "");
      expect(page.status).toBe(account);
    },
  );

  it("M42: pages and guards name addresses as the browser knows them", async () => {
    const { server, ...site } = await startApp({
      session: { strippedPrefix: "/shop" },
      configure: (app, curfew) => app.use("/me", curfew.accountPages()),
    });
    const visitor = await request(server).get("/me").set(NAVIGATION_HEADERS).expect(303);
    expect(visitor.get("Location")).toBe("/login?return_to=%2Fshop%2Fme");
    const ann = await site.signedIn("ann");
    await site.signedIn("ann");
    const page = await ann.visit("/me");
    const addresses = [...page.text.matchAll(/href="([^"]*)"/g)].map(([, address]) => address);
    expect(addresses).toContain("/shop/me/end-others");
    expect(addresses.filter((address) => !address?.startsWith("/shop/me/"))).toEqual([]);
    const answer = await ann.submit("/me/end-others", {});
    expect(answer.get("Location")).toBe("/shop/me");
  });
});
