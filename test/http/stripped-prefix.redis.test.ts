import request from "supertest";
import { describe, expect, it } from "vitest";
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
      const [cookie = ""] = login.get("Set-Cookie") ?? [];
      if (signedIn === 303) expect(cookie).toContain("; Path=/shop");
      const page = await request(server)
        .get("/account")
        .set("Cookie", cookie.split(";")[0] ?? "");
      expect(page.status).toBe(account);
    },
  );
});
