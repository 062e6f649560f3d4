import express from "express";
import request from "supertest";
import { describe, expect, it } from "vitest";
import { html, type CurfewError, type RenderPage } from "../../src/index.js";
import { NAVIGATION_HEADERS } from "../../src/testing/index.js";
import { express4, startApp } from "../harness/app.js";
import { Browser, FIREFOX } from "../harness/browser.js";
import { linksOf, startPages, textOf } from "./support.js";

const HOME = "/me/sessions";

async function refsOf(site: Awaited<ReturnType<typeof startApp>>, userId: string): Promise<string[]> {
  return (await site.curfew.sessions.list({ userId })).sessions.map(({ ref }) => ref);
}

async function firefoxOf(site: Awaited<ReturnType<typeof startApp>>, userId: string): Promise<Browser> {
  const browser = new Browser(site.server, { userAgent: FIREFOX });
  await browser.visit("/login");
  await browser.signIn(userId);
  return browser;
}

describe("the account pages", () => {
  it("R10: list the user's own sessions, the current one first and marked", async () => {
    const site = await startPages();
    await firefoxOf(site, "ann");
    await site.signedIn("bob");
    const ann = await site.signedIn("ann", { persistent: true });
    site.at("5:00");
    const page = await ann.visit(HOME);
    expect([page.status, page.type]).toEqual([200, "text/html"]);
    expect(textOf(page)).toMatch(
      /Chrome on Windows This device Desktop computer Stay signed in .*Firefox on Linux/,
    );
    expect(textOf(page)).toContain("5 minutes ago");
    expect(textOf(page)).toContain("in 29 days");
    expect(textOf(page)).toMatch(/in 25 minutes [^.]* UTC session duration, now 30 minutes/);
    expect(linksOf(page, "/end?")).toHaveLength(2);
    expect(page.text).not.toContain(ann.sessionCookie?.value.slice(-20));
  });

  it("R8: name inactivity as the cause of an earlier end", async () => {
    const site = await startPages({ defaults: { inactivityLogout: true } });
    const ann = await site.signedIn("ann");
    expect(textOf(await ann.visit(HOME))).toMatch(/in 15 minutes [^.]* after 15 minutes without activity/);
  });

  it("are sent to no cache, with a policy that allows no script", async () => {
    const site = await startPages();
    const page = await (await site.signedIn("ann")).visit(HOME);
    expect(page.get("Cache-Control")).toBe("no-store");
    expect(page.get("Content-Security-Policy")).toContain("default-src 'none'; style-src 'self'");
    expect(page.get("Content-Security-Policy")).not.toContain("unsafe");
    expect(page.text).not.toMatch(/<script|<style|style=|onclick/);
  });

  it("serve their style sheet for ever, also to visitors", async () => {
    const site = await startPages();
    const page = await (await site.signedIn("ann")).visit(HOME);
    const [address = ""] = linksOf(page, ".css");
    expect(address).toMatch(/^\/me\/sessions\/pages-[0-9a-f]{10}\.css$/);
    const file = await request(site.server).get(address).expect(200);
    expect(file.get("Cache-Control")).toBe("public, max-age=31536000, immutable");
    expect(file.get("X-Content-Type-Options")).toBe("nosniff");
    expect(file.type).toBe("text/css");
  });

  it("send visitors to the login page, and back", async () => {
    const site = await startPages();
    const answer = await (await site.browser()).visit(HOME);
    expect([answer.status, answer.get("Location")]).toEqual([303, "/login?return_to=%2Fme%2Fsessions"]);
  });

  it("R3: ask before they end a session, and then say which", async () => {
    const site = await startPages();
    const firefox = await firefoxOf(site, "ann");
    const ann = await site.signedIn("ann");
    const [old] = await refsOf(site, "ann");
    const question = await ann.visit(`${HOME}/end?ref=${String(old)}`);
    expect(textOf(question)).toContain("Sign out Firefox on Linux?");
    expect(await firefox.standing()).toBe("in");
    const answer = await ann.submit(`${HOME}/end`, { ref: old });
    expect([answer.status, answer.get("Location")]).toEqual([303, HOME]);
    const page = await ann.visit(HOME);
    expect(page.text).toMatch(/role="status"[^>]*autofocus/);
    expect(textOf(page)).toContain("Signed out Firefox on Linux.");
    expect(textOf(await ann.visit(HOME))).not.toContain("Signed out Firefox");
    expect(await firefox.standing()).toBe("revoked");
    expect(site.told("ended")).toMatchObject([{ reason: "revoked", actor: "ann" }]);
  });

  it("R7: sign out as any sign-out does if the session is the browser's own", async () => {
    const site = await startPages({ account: { requireFresh: { withinMinutes: 1 } } });
    const ann = await site.signedIn("ann");
    site.at("5:00");
    const [ref] = await refsOf(site, "ann");
    expect(textOf(await ann.visit(`${HOME}/end?ref=${String(ref)}`))).toContain("Sign out of this device?");
    expect((await ann.submit(`${HOME}/end`, { ref })).status).toBe(303);
    expect(await ann.standing()).toBe("signed_out");
  });

  it("R5: answer 404 for another user's session, and for an unknown one", async () => {
    const site = await startPages();
    const bob = await site.signedIn("bob");
    const ann = await site.signedIn("ann");
    const [bobs] = await refsOf(site, "bob");
    for (const ref of [bobs, "nonsense", ""]) {
      expect((await ann.visit(`${HOME}/end?ref=${String(ref)}`)).status).toBe(404);
      expect((await ann.submit(`${HOME}/end`, { ref })).status).toBe(404);
    }
    expect(await bob.standing()).toBe("in");
  });

  it("C10: end all other sessions, and no other user's", async () => {
    const site = await startPages();
    const [firefox, bob] = [await firefoxOf(site, "ann"), await site.signedIn("bob")];
    const ann = await site.signedIn("ann");
    expect(textOf(await ann.visit(`${HOME}/end-others`))).toContain("Sign out all other sessions?");
    expect((await ann.submit(`${HOME}/end-others`, {})).status).toBe(303);
    expect(textOf(await ann.visit(HOME))).toContain("Signed out 1 other session.");
    expect([await firefox.standing(), await ann.standing(), await bob.standing()]).toEqual([
      "revoked",
      "in",
      "in",
    ]);
  });

  it("ask for a recent authentication where the app says so, and come back to the question", async () => {
    const site = await startPages({ account: { requireFresh: { withinMinutes: 10 } } });
    const firefox = await firefoxOf(site, "ann");
    const ann = await site.signedIn("ann");
    const [old] = await refsOf(site, "ann");
    site.at("10:00");
    const path = `${HOME}/end?ref=${String(old)}`;
    const asked = await ann.visit(path);
    expect(asked.get("Location")).toBe(`/login?reauth=1&return_to=${encodeURIComponent(path)}`);
    for (const action of ["end", "end-others"])
      expect((await ann.submit(`${HOME}/${action}`, { ref: old })).get("Location")).toBe("/login?reauth=1");
    expect(await firefox.standing()).toBe("in");
    await ann.reauthenticate();
    expect((await ann.visit(path)).status).toBe(200);
    await ann.submit(`${HOME}/end`, { ref: old });
    expect(await firefox.standing()).toBe("revoked");
  });

  it("live in the app's layout, at several places of one app", async () => {
    const site = await startApp({
      configure: (app, curfew) => {
        const render: RenderPage = ({ title, body, styleUrl }) =>
          html`<!doctype html>
            <html lang="en">
              <title>${title}</title
              ><link rel="stylesheet" href="${styleUrl}" />
              <h1>${title}</h1>
              ${body}
            </html>`;
        app.use("/one", curfew.accountPages({ render }));
        app.use(
          "/text",
          curfew.accountPages({ render: async (page, req) => String(await render(page, req)) }),
        );
        app.use("/:tenant/two", curfew.accountPages());
      },
    });
    const ann = await site.signedIn("ann");
    const one = await ann.visit("/one");
    expect(one.text).toMatch(/^<!doctype html>\s*<html lang="en">\s*<title>Your sessions<\/title/);
    expect(one.get("Content-Security-Policy")).toBeUndefined();
    expect(linksOf(one).every((address) => address.startsWith("/one/"))).toBe(true);
    expect((await ann.visit("/text")).text.replaceAll("/text/", "/one/")).toBe(one.text);
    const two = await ann.visit("/acme/two");
    expect(linksOf(two).every((address) => address.startsWith("/acme/two/"))).toBe(true);
    expect((await ann.submit("/acme/two/end-others", {})).get("Location")).toBe("/acme/two");
  });

  it("are refused with an error that names render if the app's layout returns nothing", async () => {
    const render = (() => undefined) as unknown as RenderPage;
    const site = await startPages({ account: { render }, hasFaults: true });
    const answer = await (await site.signedIn("ann")).visit(HOME);
    expect(answer.status).toBe(500);
    expect(answer.text).toContain("render must return the whole HTML document, as a string");
  });

  it("show 50 sessions on a page", async () => {
    const site = await startPages();
    for (let n = 0; n < 51; n++) await site.signedIn("ann", { kind: "api" });
    const ann = await site.signedIn("ann");
    const first = await ann.visit(HOME);
    expect(linksOf(first, "/end?")).toHaveLength(50);
    expect(textOf(first)).toContain("Page 1 of 2");
    const [next = ""] = linksOf(first, "page=2");
    expect(linksOf(await ann.visit(next), "/end?")).toHaveLength(2);
    expect((await ann.visit(`${HOME}?page=999`)).status).toBe(200);
  });

  it("work on Express 4 and behind a parser of the app", async () => {
    const site = await startPages({
      express: express4,
      before: (app) => {
        app.use(express.urlencoded({ extended: true }));
      },
    });
    const [firefox, ann] = [await firefoxOf(site, "ann"), await site.signedIn("ann")];
    const [old] = await refsOf(site, "ann");
    expect((await ann.submit(`${HOME}/end`, { ref: old })).status).toBe(303);
    expect(await firefox.standing()).toBe("revoked");
  });

  it.each([
    [{ sorted: true }, "accountPages.sorted"],
    [{ render: "page" }, "accountPages.render"],
    [{ timeZone: "Mars" }, "accountPages.timeZone"],
    [{ requireFresh: {} }, "requireFresh.withinMinutes"],
  ])("refuse %o at the start", async (options, named) => {
    const { curfew } = await startApp();
    expect(() => curfew.accountPages(options as never)).toThrow(
      expect.objectContaining({ code: "invalid_option", details: { option: named } }) as CurfewError,
    );
  });

  it("G2: change nothing for a GET, HEAD or OPTIONS", async () => {
    const site = await startPages();
    const [firefox, ann] = [await firefoxOf(site, "ann"), await site.signedIn("ann")];
    const [old] = await refsOf(site, "ann");
    for (const path of [`${HOME}/end`, `${HOME}/end-others`])
      for (const method of ["GET", "HEAD", "OPTIONS"]) {
        const headers = ann.named({ ...NAVIGATION_HEADERS, "X-HTTP-Method-Override": "POST" });
        await ann.send(`${path}?ref=${String(old)}`, { method, headers });
      }
    expect(await firefox.standing()).toBe("in");
  });
});
