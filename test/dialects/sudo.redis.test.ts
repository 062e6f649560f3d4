import { describe, expect, it } from "vitest";
import { auth0Api } from "../../src/dialects/auth0/index.js";
import { lookerApi } from "../../src/dialects/looker/index.js";
import { startApp } from "../harness/app.js";
import { addSudo, asAnn } from "../http/sudo-site.js";

const start = () =>
  startApp({
    configure: (app, curfew) => {
      addSudo(app, curfew);
      app.use("/api/4.0", lookerApi(curfew, { authorize: () => true }));
      app.use(
        "/api/v2",
        auth0Api(curfew, { authorize: () => ({ userId: "root", scopes: ["read:sessions"] }) }),
      );
    },
  });

describe("U7: an administrator who is signed in as a user", () => {
  it("is Looker's sudo_user_id and Auth0's actor", async () => {
    const site = await start();
    const { own } = await asAnn(site);
    const looker = await own.fetch("get", "/api/4.0/users/ann/sessions");
    expect(looker.body).toMatchObject([{ kind: "sudo", sudo_user_id: "root" }]);
    const auth0 = await own.fetch("get", "/api/v2/users/ann/sessions");
    expect(auth0.body).toMatchObject({ sessions: [{ kind: "sudo", actor: { sub: "root" } }] });
  });

  it("U2: 50 times, no request that begins after the administrator's sign-out passes", async () => {
    const site = await start();
    for (let round = 0; round < 50; round++) {
      const { browser, own } = await asAnn(site);
      const during = Array.from({ length: 5 }, () => browser.clone().standing());
      await own.post("/logout");
      expect(await browser.clone().standing()).toBe("signed_out");
      for (const standing of await Promise.all(during)) expect(["in", "signed_out"]).toContain(standing);
    }
  });
});
