/** A browser is known by its token, also where it has lost its session cookie. */
import { describe, expect, it } from "vitest";
import type { SignInOptions } from "../../src/index.js";
import { startApp, type TestApp } from "../harness/app.js";
import type { Browser, SentCookie } from "../harness/browser.js";

/** Signs in where only the browser's token is left. @returns the session cookie that it got */
async function signInAnew(browser: Browser, options?: Partial<SignInOptions>): Promise<SentCookie> {
  browser.cookies.delete("curfew.sid");
  await browser.signIn("ann", options);
  const cookie = browser.sessionCookie;
  if (!cookie) throw new Error("no session cookie");
  return cookie;
}

async function standingWith(browser: Browser, cookie: SentCookie): Promise<string> {
  browser.cookies.set("curfew.sid", cookie);
  return browser.standing();
}

/** Sign-ins of one browser, so far apart, and what became of each. */
async function fiveTimes(site: TestApp, seconds: number): Promise<string[]> {
  const browser = await site.browser();
  const cookies: SentCookie[] = [];
  for (let i = 0; i < 5; i++) {
    site.clock.advance({ milliseconds: seconds * 1_000 });
    cookies.push(await signInAnew(browser));
  }
  const standings: string[] = [];
  for (const cookie of cookies) standings.push(await standingWith(browser, cookie));
  return standings;
}

const listed = async (site: TestApp): Promise<number> =>
  (await site.curfew.sessions.list({ userId: "ann" })).sessions.length;

describe.each([["a limit of one", 1] as const, ["no limit", null] as const])(
  "C3: with %s, signing in again in a browser that has lost its session cookie",
  (_title, maxSessionsPerUser) => {
    const start = () => startApp({ defaults: { maxSessionsPerUser } });

    it("replaces the session before, and tells nobody of a sign-in elsewhere", async () => {
      const site = await start();
      const replaced = Array<string>(4).fill("signed_out");
      expect(await fiveTimes(site, 10.001)).toEqual([...replaced, "in"]);
      expect(await listed(site)).toBe(1);
      expect(site.told("ended").map(({ reason, by }) => ({ reason, by }))).toEqual(
        replaced.map((reason) => ({ reason, by: null })),
      );
    });

    it("leaves both within ten seconds, when it may be one form sent twice", async () => {
      const site = await start();
      const browser = await site.browser();
      const first = await signInAnew(browser);
      site.clock.advance({ seconds: 10 });
      const second = await signInAnew(browser);
      expect([await standingWith(browser, first), await standingWith(browser, second)]).toEqual(["in", "in"]);
      expect(site.told("ended")).toEqual([]);
    });

    it("replaces a session that has re-authenticated meanwhile", async () => {
      const site = await start();
      const browser = await site.signedIn("ann");
      site.clock.advance({ seconds: 20 });
      await browser.reauthenticate();
      const former = browser.sessionCookie;
      site.clock.advance({ seconds: 20 });
      const latest = await signInAnew(browser);
      expect(await listed(site)).toBe(1);
      expect(await standingWith(browser, latest)).toBe("in");
      if (former) expect(await standingWith(browser, former)).toBe("signed_out");
    });
  },
);

describe("C3: what a sign-in in the same browser leaves alone", () => {
  it("C5, C6: sessions of other kinds, of other users and of other browsers", async () => {
    const site = await startApp();
    const elsewhere = await site.signedIn("ann");
    const browser = await site.browser();
    const api = await signInAnew(browser, { kind: "api" });
    const embed = await signInAnew(browser, { kind: "embed" });
    browser.cookies.delete("curfew.sid");
    await browser.signIn("bob");
    const bob = browser.sessionCookie;
    site.clock.advance({ seconds: 30 });
    const ann = await signInAnew(browser);
    for (const cookie of [api, embed, bob, ann])
      if (cookie) expect(await standingWith(browser, cookie)).toBe("in");
    expect(await elsewhere.standing()).toBe("in");
    site.clock.advance({ seconds: 30 });
    await signInAnew(browser, { kind: "api" });
    expect(await standingWith(browser, ann)).toBe("in");
  });
});
