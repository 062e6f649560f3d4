/** Answers that send a session's cookie once more, and come after a newer cookie (rule M15). */
import type { Server } from "node:http";
import type { Express, Response as Answer } from "express";
import { describe, expect, it } from "vitest";
import type { Curfew } from "../../src/index.js";
import { dataOf, SECRET, startApp, type TestApp } from "../harness/app.js";
import type { Browser, SentCookie } from "../harness/browser.js";
import { setCookiesOf } from "../harness/http.js";
import { addSudo, sudo } from "./sudo-site.js";

const NEW_SECRET = "the next secret of the tests, longer than need be";

/** Requests to `/slow/<answer>` wait in their handlers until a test releases them. */
function slowRoutes() {
  const held: (() => void)[] = [];
  let arrived: () => void = () => undefined;
  const answers: Readonly<Record<string, (response: Answer) => void>> = {
    whole: (response) => response.send("done"),
    changed: (response) => {
      dataOf(response.req)["step"] = Math.random();
      response.send("done");
    },
    remembered: (response) => {
      response.req.session.cookie.maxAge = 60_000;
      response.send("done");
    },
    streamed: (response) => (response.write("do"), response.end("ne")),
  };
  return {
    configure: (app: Express) => {
      app.get("/slow/:answer", (incoming, response) => {
        held.push(() => answers[incoming.params["answer"]]?.(response));
        arrived();
      });
      app.get("/wait/:ms", (incoming, response) => {
        setTimeout(() => response.send("done"), Number(incoming.params["ms"]));
      });
      app.get("/remember", (incoming, response) => {
        dataOf(incoming)["views"] = 1;
        response.json({});
      });
    },
    arrival: () => new Promise<void>((resolve) => (arrived = resolve)),
    release: () => {
      for (const answer of held.splice(0)) answer();
    },
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Keeps the cookies that a tab's answer has set, as the one browser of all tabs does. */
function arrive(browser: Browser, tab: Browser, before: ReadonlyMap<string, SentCookie>): void {
  for (const [name, sent] of tab.cookies) if (before.get(name) !== sent) browser.cookies.set(name, sent);
}

/** Reasons for which the next answer sends the cookie once more. */
const RENEWALS: readonly (readonly [string, (site: TestApp, next: TestApp) => Promise<TestApp>])[] = [
  [
    "persistence is switched off",
    async (site) => {
      await site.curfew.settings.update({ allowPersistentSessions: false });
      return site;
    },
  ],
  ["the secret is changed", (_site, next) => Promise.resolve(next)],
];

/** Requests that bring the browser a newer cookie. */
const NEWER: readonly (readonly [string, (browser: Browser) => Promise<unknown>])[] = [
  ["a re-authentication", (browser) => browser.reauthenticate()],
  [
    "a re-authentication that a page has shown",
    (browser) => browser.reauthenticate().then(() => browser.standing()),
  ],
  ["a sign-in", (browser) => browser.signIn("ann")],
  ["a sign-in of another user", (browser) => browser.signIn("bob")],
  ["the beginning of a sudo session", (browser) => sudo(browser, "bob")],
];

async function start() {
  const slow = slowRoutes();
  const configure = (app: Express, curfew: Curfew): void => {
    slow.configure(app);
    addSudo(app, curfew);
  };
  const site = await startApp({ configure });
  const next = await startApp({
    configure,
    prefix: site.prefix,
    clock: site.clock,
    session: { secret: [NEW_SECRET, SECRET] },
  });
  const browser = await site.signedIn("ann", { persistent: true });
  return { slow, site, next, browser };
}

describe.each(RENEWALS)("after %s", (_title, makeDue) => {
  it.each(NEWER)("M15: an answer that was under way during %s renews no cookie", async (_name, renew) => {
    for (const path of ["/slow/whole", "/slow/changed"]) {
      const { slow, site, next, browser } = await start();
      const { server } = await makeDue(site, next);
      browser.server = server;
      const tab = browser.clone();
      const arrival = slow.arrival();
      const waiting = tab.fetch("get", path);
      await arrival;
      await renew(browser);
      slow.release();
      expect([path, setCookiesOf(await waiting)]).toEqual([path, []]);
      expect(await browser.standing()).toBe("in");
      site.clock.advance({ seconds: 11 });
      expect(await browser.standing()).toBe("in");
    }
  });

  it("M15, Q16: a renewal that the mark of a sudo session holds back comes ten seconds later", async () => {
    const { slow, site, next, browser } = await start();
    browser.server = (await makeDue(site, next)).server;
    const tab = browser.clone();
    const arrival = slow.arrival();
    const waiting = tab.fetch("get", "/slow/whole");
    await arrival;
    // Its answer is lost, so the browser keeps the administrator's cookie.
    await sudo(browser.clone(), "bob");
    slow.release();
    expect(setCookiesOf(await waiting)).toEqual([]);
    site.clock.advance({ seconds: 11 });
    expect(setCookiesOf(await browser.fetch("get", "/account"))).toHaveLength(1);
  });

  it("M15: an answer without a newer cookie renews it, also after a long time", async () => {
    const { slow, site, next, browser } = await start();
    browser.server = (await makeDue(site, next)).server;
    const arrival = slow.arrival();
    const waiting = browser.fetch("get", "/slow/whole");
    await arrival;
    await pause(150);
    slow.release();
    expect(setCookiesOf(await waiting)).toHaveLength(1);
  });

  it("M15: a page sends a re-authentication's cookie again if an earlier answer is still under way", async () => {
    const { site, next, browser } = await start();
    browser.server = (await makeDue(site, next)).server;
    const slowTab = browser.clone();
    const newerTab = browser.clone();
    const before = new Map(browser.cookies);
    // The answer with the present secret leaves first and arrives last.
    expect(setCookiesOf(await slowTab.fetch("get", "/account"))).toHaveLength(1);
    await browser.reauthenticate();
    const renewed = browser.cookieHeader;
    newerTab.cookies.clear();
    for (const [name, sent] of browser.cookies) newerTab.cookies.set(name, sent);
    const known = new Map(newerTab.cookies);
    const page = newerTab.fetch("get", "/account");
    arrive(browser, slowTab, before);
    expect(browser.cookieHeader).not.toBe(renewed);
    expect(setCookiesOf(await page)).toHaveLength(1);
    arrive(browser, newerTab, known);
    expect(browser.cookieHeader).toBe(renewed);
    site.clock.advance({ seconds: 11 });
    expect(await browser.standing()).toBe("in");
    expect(setCookiesOf(await browser.fetch("get", "/account"))).toEqual([]);
  });

  it("M15: a streamed answer renews a cookie at once only", async () => {
    const { slow, site, next, browser } = await start();
    browser.server = (await makeDue(site, next)).server;
    const arrival = slow.arrival();
    const waiting = browser.fetch("get", "/slow/streamed");
    await arrival;
    await pause(150);
    slow.release();
    expect(setCookiesOf(await waiting)).toEqual([]);
    expect(setCookiesOf(await browser.fetch("get", "/account"))).toHaveLength(1);
  });

  it("M15: a cookie whose re-authentication never arrived is renewed five minutes later", async () => {
    const { site, next, browser } = await start();
    browser.server = (await makeDue(site, next)).server;
    await browser.clone().reauthenticate();
    expect(setCookiesOf(await browser.fetch("get", "/account"))).toEqual([]);
    site.clock.advance({ minutes: 5 });
    expect(setCookiesOf(await browser.fetch("get", "/account"))).toHaveLength(1);
  });
});

/** Sends one browser's pages, its re-authentication and a poll to both processes. Answers arrive in any order. */
async function atOnce(browser: Browser, servers: readonly Server[], round: number): Promise<void> {
  const ask = async (path: string, place: number): Promise<void> => {
    const tab = browser.clone();
    tab.server = servers[(round + place) % servers.length] ?? browser.server;
    const before = new Map(tab.cookies);
    await (path === "/reauth" ? tab.reauthenticate() : tab.fetch("get", path));
    arrive(browser, tab, before);
  };
  const pages = [20, 60, 100].map((ms, place) => ask(`/wait/${ms + (round % 20)}`, place));
  await pause(round % 10);
  await ask("/reauth", 3);
  await ask("/account", 4);
  await Promise.all(pages);
}

describe("a re-authentication of a session whose cookie was not renewed", () => {
  it("M15: no page sends its cookie again", async () => {
    const { browser } = await start();
    await browser.reauthenticate();
    for (const path of ["/account", "/account"])
      expect(setCookiesOf(await browser.fetch("get", path))).toEqual([]);
  });
});

describe("on two processes", () => {
  it("M15: pages, polls and a re-authentication at once leave each of 60 browsers signed in", async () => {
    const { site } = await start();
    const other = await startApp({
      configure: slowRoutes().configure,
      prefix: site.prefix,
      clock: site.clock,
    });
    const browsers: Browser[] = [];
    for (let round = 0; round < 60; round++)
      browsers.push(await site.signedIn(`user-${round}`, { persistent: true }));
    await site.curfew.settings.update({ allowPersistentSessions: false });
    for (let first = 0; first < 60; first += 15)
      await Promise.all(
        browsers
          .slice(first, first + 15)
          .map((browser, index) => atOnce(browser, [site.server, other.server], first + index)),
      );
    site.clock.advance({ seconds: 11 });
    const standings: string[] = [];
    for (const browser of browsers) standings.push(await browser.standing());
    expect(standings.flatMap((s, i) => (s === "in" ? [] : [`${i}: ${s}`]))).toEqual([]);
  }, 30_000);
});

describe("a visitor's cookie with a lifetime of the app", () => {
  it("M15: is not renewed by an answer that was under way during the sign-in", async () => {
    const { slow, site } = await start();
    const browser = await site.browser();
    await browser.fetch("get", "/remember");
    const tab = browser.clone();
    const arrival = slow.arrival();
    const waiting = tab.fetch("get", "/slow/remembered");
    await arrival;
    await browser.signIn("ann");
    slow.release();
    expect(setCookiesOf(await waiting)).toEqual([]);
  });
});
