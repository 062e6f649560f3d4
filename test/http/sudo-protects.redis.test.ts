import { describe, expect, it } from "vitest";
import { startApp } from "../harness/app.js";
import type { Browser } from "../harness/browser.js";
import { addPassport, PASSPORT_VERSIONS } from "../passport/passport-app.js";
import { addSudo, asAnn, start } from "./sudo-site.js";

describe("U4: a sudo session offers no more time", () => {
  it("by extension", async () => {
    const site = await start();
    const { browser } = await asAnn(site);
    site.at("29:00");
    expect(await browser.status()).toMatchObject({ action: "sign_in" });
    const answer = await browser.extend();
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ error: "sign_in_required" });
  });

  it("by a password, which the app never checks", async () => {
    let checks = 0;
    const verify = (): boolean => {
      checks += 1;
      return true;
    };
    const site = await start({ routes: { verify } });
    const { browser } = await asAnn(site);
    const answer = await browser.reauthenticate();
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ error: "sudo_refused" });
    expect(checks).toBe(0);
  });
});

describe("U5: a sudo session protects what is the user's own", () => {
  it("is never fresh, right after the sign-in too", async () => {
    const site = await start();
    const { browser, own } = await asAnn(site);
    expect((await own.fetch("get", "/password")).status).toBe(200);
    expect((await browser.fetch("get", "/password")).status).toBe(403);
  });

  it("opens none of the user's drafts, and none of the administrator's", async () => {
    const site = await start();
    const ann = await site.signedIn("ann");
    const { browser, own } = await asAnn(site);
    const keys = await Promise.all(
      [ann, browser, own].map(async (each) => (await each.fetch("get", "/curfew/draft-key")).body),
    );
    const named = (keys as { keys: readonly { key: string; tag: string }[] }[]).flatMap((each) =>
      each.keys.flatMap(({ key, tag }) => [key, tag]),
    );
    expect(new Set(named).size).toBe(6);
  });
});

describe("U6: signing out of a sudo session", () => {
  it.each([
    ["with curfew.signOut", (browser: Browser) => browser.post("/logout")],
    ["by a route", (browser: Browser) => browser.fetch("post", "/curfew/logout", {})],
    ["with req.session.destroy", (browser: Browser) => browser.post("/destroy")],
    ["by another sign-in", (browser: Browser) => browser.signIn("bob")],
  ])("%s also ends the own session, which no cookie of the browser names", async (_title, leave) => {
    const site = await startApp({
      configure: (app, curfew) => {
        addSudo(app, curfew);
        app.post("/destroy", (request, response, next) => {
          request.session.destroy((error: unknown) => {
            if (error) next(error);
            else response.json({});
          });
        });
      },
    });
    const { browser, own } = await asAnn(site);
    const sudoOnly = browser.clone();
    await leave(browser);
    expect([await sudoOnly.standing(), await own.standing()]).toEqual(["signed_out", "signed_out"]);
  });

  it.each(PASSPORT_VERSIONS)("with req.logout of passport %s also ends the own session", async (version) => {
    const site = await startApp({
      configure: (app, curfew) => {
        addSudo(app, curfew);
        addPassport(version)(app, curfew);
      },
    });
    const { browser, own } = await asAnn(site);
    const sudoOnly = browser.clone();
    await browser.fetch("post", "/passport/logout", {});
    expect([await sudoOnly.standing(), await own.standing()]).toEqual(["signed_out", "signed_out"]);
  });
});

describe("U7: ends that an administrator causes in a sudo session", () => {
  it("name the administrator, not the user", async () => {
    const site = await start();
    const ann = await site.signedIn("ann");
    const { browser } = await asAnn(site);
    const answer = await browser.fetch("post", "/curfew/sessions/revoke-others", {});
    expect(answer.body).toEqual({ revoked: 1 });
    expect(await ann.standing()).toBe("revoked_by_admin");
    expect(site.told("ended")).toMatchObject([
      { actor: "root", reason: "revoked_by_admin", sudoUserId: null },
    ]);
    expect(await browser.standing()).toBe("in");
  });
});
