/** A browser is known by its token, also where it has lost its session cookie. */
import { describe, expect, it } from "vitest";
import { startApp, type TestApp } from "../harness/app.js";
import type { SentCookie } from "../harness/browser.js";

/** Sign-ins of one browser, so far apart, and what became of each. */
async function fiveTimes(site: TestApp, seconds: number): Promise<string[]> {
  const browser = await site.browser();
  const cookies: SentCookie[] = [];
  for (let i = 0; i < 5; i++) {
    site.clock.advance({ milliseconds: seconds * 1_000 });
    cookies.push(await browser.signInAnew("ann"));
  }
  const standings: string[] = [];
  for (const cookie of cookies) standings.push(await browser.standingWith(cookie));
  return standings;
}

const listed = async (site: TestApp): Promise<number> =>
  (await site.curfew.sessions.list({ userId: "ann" })).sessions.length;

describe.each([["a limit of one", 1] as const, ["no limit", null] as const])(
  "C3: with %s, signing in again in a browser that has lost its session cookie",
  (_title, maxSessionsPerUser) => {
    const start = () => startApp({ defaults: { maxSessionsPerUser } });

    it("replaces the session before, and reports no sign-in elsewhere", async () => {
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
      const first = await browser.signInAnew("ann");
      site.clock.advance({ seconds: 10 });
      const second = await browser.signInAnew("ann");
      expect([await browser.standingWith(first), await browser.standingWith(second)]).toEqual(["in", "in"]);
      expect(site.told("ended")).toEqual([]);
    });

    it("replaces a session that has re-authenticated meanwhile", async () => {
      const site = await start();
      const browser = await site.signedIn("ann");
      site.clock.advance({ seconds: 20 });
      await browser.reauthenticate();
      const former = browser.sessionCookie;
      site.clock.advance({ seconds: 20 });
      const latest = await browser.signInAnew("ann");
      expect(await listed(site)).toBe(1);
      expect(await browser.standingWith(latest)).toBe("in");
      if (former) expect(await browser.standingWith(former)).toBe("signed_out");
    });
  },
);

describe("C3: what a sign-in in the same browser leaves alone", () => {
  it("C5, C6: sessions of other kinds, of other users and of other browsers", async () => {
    const site = await startApp();
    const elsewhere = await site.signedIn("ann");
    const browser = await site.browser();
    const api = await browser.signInAnew("ann", { kind: "api" });
    const embed = await browser.signInAnew("ann", { kind: "embed" });
    browser.cookies.delete("curfew.sid");
    await browser.signIn("bob");
    const bob = browser.sessionCookie;
    site.clock.advance({ seconds: 30 });
    const ann = await browser.signInAnew("ann");
    for (const cookie of [api, embed, bob, ann])
      if (cookie) expect(await browser.standingWith(cookie)).toBe("in");
    expect(await elsewhere.standing()).toBe("in");
    site.clock.advance({ seconds: 30 });
    await browser.signInAnew("ann", { kind: "api" });
    expect(await browser.standingWith(ann)).toBe("in");
  });
});
