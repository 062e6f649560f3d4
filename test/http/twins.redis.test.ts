/** Twins: two sign-ins of one browser at once, of which the browser keeps one cookie. */
import { describe, expect, it } from "vitest";
import { startApp, type TestApp } from "../harness/app.js";
import type { SentCookie } from "../harness/browser.js";

async function twins(options: Parameters<typeof startApp>[0] = {}) {
  const site = await startApp({ defaults: { maxSessionsPerUser: 1 }, ...options });
  const browser = await site.browser();
  const [first, second] = [await browser.signInAnew("ann"), await browser.signInAnew("ann")];
  return { site, browser, first, second };
}

const listed = async (site: TestApp): Promise<number> =>
  (await site.curfew.sessions.list({ userId: "ann" })).sessions.length;

describe("M10, M27: two sign-ins of one browser within ten seconds", () => {
  it.each(["first", "second"] as const)(
    "both live for ten seconds, then the %s asked stays",
    async (which) => {
      const { site, browser, ...cookies } = await twins();
      site.clock.advance({ milliseconds: 9_999 });
      expect(await browser.standingWith(cookies.first)).toBe("in");
      expect(await browser.standingWith(cookies.second)).toBe("in");
      site.clock.advance({ milliseconds: 2 });
      expect(await browser.standingWith(cookies[which])).toBe("in");
      expect(await browser.standingWith(cookies[which === "first" ? "second" : "first"])).toBe("signed_out");
      expect(await browser.standingWith(cookies[which])).toBe("in");
      expect(await listed(site)).toBe(1);
    },
  );

  it("one stays if both ask at once", async () => {
    const { site, browser, first, second } = await twins();
    const other = await site.browser();
    site.clock.advance({ seconds: 11 });
    const standings = await Promise.all([browser.standingWith(first), other.standingWith(second)]);
    expect(standings.sort()).toEqual(["in", "signed_out"]);
  });

  it("a sign-out of one ends both at once", async () => {
    const { browser, first, second } = await twins();
    await browser.standingWith(second);
    await browser.fetch("post", "/logout", {});
    expect(await browser.standingWith(first)).toBe("signed_out");
  });

  it("the end of one by its ref ends both at once", async () => {
    const { site, browser, first, second } = await twins();
    const [session] = (await site.curfew.sessions.list({ userId: "ann" })).sessions;
    await site.curfew.sessions.end(session?.ref ?? "", { actor: "root" });
    const standings = [await browser.standingWith(first), await browser.standingWith(second)];
    expect(standings).toEqual(["revoked_by_admin", "revoked_by_admin"]);
  });

  it("a re-authentication of one ends the other at once", async () => {
    const { browser, first, second } = await twins();
    browser.cookies.set("curfew.sid", first);
    expect((await browser.reauthenticate()).status).toBe(200);
    expect(await browser.standing()).toBe("in");
    expect(await browser.standingWith(second)).toBe("signed_out");
  });

  it("under refuse_newest no twin keeps another browser out after a sign-out", async () => {
    const { site, browser, second } = await twins({
      defaults: { maxSessionsPerUser: 1, whenLimitReached: "refuse_newest" },
    });
    await browser.standingWith(second);
    await browser.fetch("post", "/logout", {});
    const elsewhere = await site.signedIn("ann");
    expect(await elsewhere.standing()).toBe("in");
  });

  it("a third ends the oldest of the three", async () => {
    const { browser, first, second } = await twins();
    const third = await browser.signInAnew("ann");
    const standings = [];
    for (const cookie of [first, second, third]) standings.push(await browser.standingWith(cookie));
    expect(standings).toEqual(["signed_out", "in", "in"]);
  });

  it("of forty with one copied token two live, and after ten seconds one", async () => {
    const site = await startApp({ defaults: { maxSessionsPerUser: 1 } });
    const browser = await site.browser();
    const cookies: SentCookie[] = [];
    for (let i = 0; i < 40; i++) cookies.push(await browser.signInAnew("ann"));
    const living = async (): Promise<number> => {
      let count = 0;
      for (const cookie of cookies) if ((await browser.standingWith(cookie)) === "in") count += 1;
      return count;
    };
    expect(await living()).toBe(2);
    site.clock.advance({ seconds: 11 });
    expect(await living()).toBe(1);
  });
});

describe("M10: a browser's token", () => {
  it("is none if this app has not signed it: of forty sign-ins with an invented one, one lives", async () => {
    const site = await startApp({ defaults: { maxSessionsPerUser: 1 } });
    const browser = await site.browser();
    const cookies: SentCookie[] = [];
    for (let i = 0; i < 40; i++) {
      browser.plant("curfew.browser", "inventedinventedinvent");
      cookies.push(await browser.signInAnew("ann"));
    }
    const standings = [];
    for (const cookie of cookies) standings.push(await browser.standingWith(cookie));
    expect(standings.filter((standing) => standing === "in")).toHaveLength(1);
    expect(standings.at(-1)).toBe("in");
  });

  it("is signed again when the secret changes, and stays the same token", async () => {
    const [old, next] = ["o".repeat(32), "n".repeat(32)];
    const before = await startApp({ session: { secret: old } });
    const browser = await before.browser();
    const earlier = await browser.signInAnew("ann");
    const after = await startApp({
      prefix: before.prefix,
      clock: before.clock,
      session: { secret: [next, old] },
    });
    browser.server = after.server;
    const token = browser.cookies.get("curfew.browser");
    before.clock.advance({ seconds: 11 });
    await browser.signInAnew("ann");
    expect(browser.cookies.get("curfew.browser")).not.toEqual(token);
    const parts = [token, browser.cookies.get("curfew.browser")].map((cookie) => cookie?.value.split(".")[0]);
    expect(parts[0]).toBe(parts[1]);
    expect(await browser.standingWith(earlier)).toBe("signed_out");
  });
});
