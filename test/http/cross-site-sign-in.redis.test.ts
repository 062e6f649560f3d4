/** Sign-ins by another site's POST, as SAML and OIDC `form_post` sign in: the same browser stays the same (rules M11, C3). */
import { describe, expect, it } from "vitest";
import { startApp, type TestApp } from "../harness/app.js";
import { Browser } from "../harness/browser.js";
import type { Answer } from "../harness/http.js";

const HTTPS = { "x-forwarded-proto": "https" };

/** A browser that talks HTTPS, and sends another site's POST only the cookies that browsers send with it. */
class SamlBrowser extends Browser {
  /** The identity provider's page posts its answer to the app. */
  async signInFromElsewhere(): Promise<Answer> {
    const headers = this.named({
      ...HTTPS,
      "sec-fetch-site": "cross-site",
      "sec-fetch-mode": "navigate",
      origin: "https://idp.example",
    });
    const all = new Map(this.cookies);
    for (const [name, { attributes }] of all)
      if (attributes["samesite"] !== "None" || !("secure" in attributes)) this.cookies.delete(name);
    const answer = await this.send("/acs", { method: "POST", headers });
    for (const [name, sent] of all) if (!this.cookies.has(name)) this.cookies.set(name, sent);
    return answer;
  }

  async page(): Promise<number> {
    return (await this.get("/account", this.named(HTTPS))).status;
  }

  get token(): string | undefined {
    return this.cookie("__Host-curfew.browser");
  }
}

async function start(maxSessionsPerUser: number | null, whenLimitReached: "end_oldest" | "refuse_newest") {
  const site = await startApp({
    defaults: { maxSessionsPerUser, whenLimitReached },
    before: (app) => app.set("trust proxy", 1),
    configure: (app, curfew) => {
      app.post("/acs", (incoming, response, next) => {
        curfew.signIn(incoming, { userId: "ann" }).then(() => response.redirect(303, "/account"), next);
      });
    },
  });
  return { site, open: () => new SamlBrowser(site.server) };
}

const listed = async ({ curfew }: TestApp): Promise<number> =>
  (await curfew.sessions.list({ userId: "ann" })).sessions.length;

describe.each(["end_oldest", "refuse_newest"] as const)("with a limit of one and %s", (whenLimitReached) => {
  it("M11: three sign-ins of one browser by another site's POST count as one browser", async () => {
    const { site, open } = await start(1, whenLimitReached);
    const browser = open();
    for (let time = 0; time < 3; time++) {
      const { token } = browser;
      expect((await browser.signInFromElsewhere()).status).toBe(303);
      expect(await browser.page()).toBe(200);
      if (time > 0) expect(browser.token).toBe(token);
      site.clock.advance({ seconds: 11 });
    }
    expect(await listed(site)).toBe(1);
    expect(site.told("ended").map(({ reason }) => reason)).toEqual(["signed_out", "signed_out"]);
  });

  it("M11: another browser is another browser", async () => {
    const { open } = await start(1, whenLimitReached);
    const [first, second] = [open(), open()];
    await first.signInFromElsewhere();
    expect((await second.signInFromElsewhere()).status).toBe(whenLimitReached === "end_oldest" ? 303 : 409);
    expect(await first.page()).toBe(whenLimitReached === "end_oldest" ? 401 : 200);
  });
});

describe("with a limit of two", () => {
  it("M11: a second sign-in at the desktop leaves the phone signed in", async () => {
    const { site, open } = await start(2, "end_oldest");
    const [phone, desktop] = [open(), open()];
    await phone.signInFromElsewhere();
    await desktop.signInFromElsewhere();
    site.clock.advance({ seconds: 11 });
    await desktop.signInFromElsewhere();
    site.clock.advance({ seconds: 11 });
    expect([await phone.page(), await desktop.page()]).toEqual([200, 200]);
  });
});

describe("the cookies of a SAML sign-in", () => {
  it("M11: the session's cookie stays Lax, so that another site's page posts nothing as the user", async () => {
    const { open } = await start(null, "end_oldest");
    const browser = open();
    await browser.signInFromElsewhere();
    expect(browser.cookies.get("__Host-curfew.sid")?.attributes).toMatchObject({
      samesite: "Lax",
      secure: "",
    });
  });
});
