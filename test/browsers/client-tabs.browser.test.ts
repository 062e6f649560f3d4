/** Tabs, input, ends and outages in real browsers. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { describeEngines, PLAIN_HOST, type EnginePage } from "../harness/browsers/index.js";
import { testRedisUrl } from "../harness/redis.js";
import { startTcpProxy, type TcpProxy } from "../harness/tcp-proxy.js";
import {
  ClientSite,
  dialogText,
  focus,
  isVeiled,
  nearTheEnd,
  pass,
  seenBy,
  waitForDialog,
  waitForKeys,
  type ClientSiteOptions,
} from "./client-site.js";

const IDLE = { inactivityLogout: true, allowPersistentSessions: false, sessionMinutes: 300 };

describeEngines("the browser's script", ({ browser, engine }) => {
  let page: EnginePage;
  let site: ClientSite;
  let proxy: TcpProxy | undefined;
  const start = async (options: ClientSiteOptions = {}): Promise<void> => {
    site = await ClientSite.start(options);
  };

  beforeEach(async () => {
    page = await browser().newPage();
  });
  afterEach(async () => {
    await page.close();
    await site.close();
    await proxy?.close();
    proxy = undefined;
  });

  it("N5, W9: two tabs warn together, and close together when one stays signed in", async () => {
    await start({ defaults: IDLE });
    await site.enter(page);
    const other = await browser().newPage();
    await other.goto(site.url("/other"));
    await nearTheEnd(site, page, 15);
    await waitForDialog(page, true);
    await waitForKeys(other);
    await other.evaluate("await window.client.stay()");
    await waitForDialog(other, false);
    await waitForDialog(page, false);
    expect((await seenBy(page)).events.map(({ name }) => name)).toEqual(["warning", "extended"]);
    await other.close();
  });

  it("N2: reports a click and a key, and no script's click, no key that is held, no lone modifier", async () => {
    await start({ defaults: IDLE });
    await site.enter(page);
    await page.evaluate(`window.reports = 0; const real = window.fetch;
      window.fetch = (...args) => { if (String(args[0]).endsWith("/activity")) window.reports++; return real(...args); };`);
    await page.evaluate(`document.querySelector("#save").click();
      document.dispatchEvent(new KeyboardEvent("keydown", { key: "a", bubbles: true }));
      dispatchEvent(new MouseEvent("mousemove")); dispatchEvent(new Event("scroll"));`);
    await page.press("Shift");
    expect(await page.evaluate("return window.reports")).toBe(0);
    await page.click("#save");
    await page.waitFor("window.reports === 1");
  });

  it("C2: without an event stream, an eviction sends the tab to the login page at its next focus, with the reason", async () => {
    await start({ defaults: { maxSessionsPerUser: 1 }, maxEventStreams: 0 });
    await site.enter(page);
    await fetch(site.url("/enter?user=ann&to=/page"), { redirect: "manual" });
    await focus(page);
    await page.waitFor("location.pathname === '/login'");
    expect(await page.url()).toContain("reason=evicted&return_to=%2Fpage");
    expect(await page.text("#reason")).toBe("evicted");
  });

  it("sleep over the deadline covers the page before the server is asked, then leads to the login page", async () => {
    await start({ defaults: IDLE });
    await site.enter(page);
    site.skip(20);
    const visibility = await page.evaluate(
      `const real = Date.now;
       Date.now = () => real() + 20 * 60_000;
       document.dispatchEvent(new Event("visibilitychange"));
       return getComputedStyle(document.querySelector("#secret")).visibility;`,
    );
    expect(visibility).toBe("hidden");
    await page.waitFor("location.pathname === '/login'");
    expect(await page.url()).toContain("reason=idle");
  });

  it("Redis down while the dialog is open signs no user out: Stay tries again, and works when Redis is back", async () => {
    proxy = await startTcpProxy({ target: await testRedisUrl() });
    await start({ defaults: IDLE, redis: proxy.url });
    await site.enter(page);
    await nearTheEnd(site, page, 15);
    await waitForKeys(page);
    proxy.isAccepting = false;
    proxy.cut();
    await page.press("Enter");
    await page.waitFor(
      `document.querySelector("curfew-dialog").shadowRoot.querySelector("[part=problem]").textContent.startsWith("We couldn't reach the server")`,
    );
    expect(await dialogText(page)).not.toBeNull();
    proxy.isAccepting = true;
    await waitForDialog(page, false);
    expect(await page.url()).toBe(site.url("/page"));
  });

  it("covers the page at the deadline while Redis is down, and uncovers it when the session lives", async () => {
    proxy = await startTcpProxy({ target: await testRedisUrl() });
    await start({ defaults: IDLE, redis: proxy.url });
    await site.enter(page);
    await page.evaluate(
      "document.querySelector('#note').focus(); document.querySelector('#own').showModal()",
    );
    await pass(site, page, 14.9);
    await waitForDialog(page, true);
    proxy.isAccepting = false;
    proxy.cut();
    await page.waitFor(`document.documentElement.hasAttribute("data-curfew-veil")`, 15_000);
    const hidden = `return ["#secret", "#own p"].map((each) => getComputedStyle(document.querySelector(each)).visibility)`;
    expect(await page.evaluate(hidden)).toEqual(["hidden", "hidden"]);
    const veil = `document.querySelector("curfew-dialog").shadowRoot.querySelector("[part=veil]").innerText`;
    await page.waitFor(`${veil}.includes("We can't check whether you're still signed in.")`);
    // The server's clock stands back, so that the session lives when the server answers again.
    site.skip(-10);
    proxy.isAccepting = true;
    await page.waitFor(`!document.documentElement.hasAttribute("data-curfew-veil")`, 20_000);
    expect(await page.evaluate(hidden)).toEqual(["visible", "visible"]);
  });

  it("opens the dialog though the server has gone, because the dialog is loaded long before", async () => {
    await start({ defaults: { sessionMinutes: 5 } });
    await site.enter(page, "/page?soon=1");
    await page.waitFor("document.querySelector('curfew-dialog') !== null");
    await pass(site, page, 2.95);
    const answers = `performance.getEntriesByType("resource").filter(({ name }) => name.endsWith("/status")).length`;
    await page.waitFor(`${answers} === 2`);
    site.vanish();
    await waitForDialog(page, true);
    expect(await dialogText(page)).toContain("Your session is about to end");
  });

  it("warns on a plain HTTP host too", async () => {
    await start({ defaults: { sessionMinutes: 5 } });
    await page.goto(site.url("/enter?user=ann&to=/page").replace("localhost", PLAIN_HOST));
    await page.waitForUrl("/page");
    expect(await page.evaluate("return [isSecureContext, location.protocol]")).toEqual([false, "http:"]);
    await nearTheEnd(site, page, 5);
    await waitForKeys(page);
    await page.press("Enter");
    await waitForDialog(page, false);
    expect((await seenBy(page)).events.map(({ name }) => name)).toEqual(["warning", "extended"]);
  });

  it("loads the dialog again after a failure", async () => {
    const asked: string[] = [];
    await start({
      defaults: IDLE,
      before: (app) =>
        app.get(/\/dialog-\w+\.js$/, (request, response, next) => {
          asked.push(request.originalUrl.replace(/^.*\.js/, ""));
          if (asked.length > 1) next();
          else response.sendStatus(503);
        }),
    });
    await site.enter(page);
    await nearTheEnd(site, page, 15);
    await waitForDialog(page, true);
    expect(asked).toEqual(["", "?1"]);
  });

  it("Back after a sign-out shows no protected text", async () => {
    await start();
    await site.enter(page);
    await page.click("#leave");
    await page.waitForUrl("/login");
    await page.start("history.back()");
    await page.evaluate("await new Promise((resolve) => setTimeout(resolve, 1000))").catch(() => undefined);
    await page.waitFor("document.readyState === 'complete' && document.querySelector('#reason') !== null");
    expect(await page.text()).not.toContain("Protected text");
  });

  it("a page that Back restores after an eviction is covered before it is seen", async () => {
    await start({ defaults: { maxSessionsPerUser: 1 } });
    await site.enter(page);
    await fetch(site.url("/enter?user=ann&to=/page"), { redirect: "manual" });
    // The event that a restored page gets. Engines restore a no-store page as they like.
    const hidden = await page.evaluate(
      `dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
       return getComputedStyle(document.querySelector("#secret")).visibility;`,
    );
    expect(hidden).toBe("hidden");
    await page.waitFor("location.pathname === '/login'");
    expect(await page.url()).toContain("reason=evicted");
  });

  it("N5: a sign-out in one tab ends the others, and asks no `Leave site?`", async () => {
    await start();
    await site.enter(page);
    const other = await browser().newPage();
    await other.goto(site.url("/other"));
    await other.type("#note", "unsaved");
    await other.evaluate(
      "addEventListener('beforeunload', (event) => { event.preventDefault(); window.asked = true; })",
    );
    await page.evaluate(
      "void (await import(document.querySelector('script[type=module]').src)).client.signOut()",
    );
    await page.waitForUrl("/login");
    await other.waitFor("location.pathname === '/login'");
    expect(await other.url()).toContain("return_to=%2Fother");
    await other.close();
  });

  it("`curfew:warning` and `curfew:ending` leave the dialog and the page to the app", async () => {
    await start({ defaults: { sessionMinutes: 5 } });
    await site.enter(page);
    await page.evaluate(
      "for (const name of ['warning', 'ending']) addEventListener('curfew:' + name, (event) => event.preventDefault())",
    );
    await pass(site, page, 4);
    await page.waitFor("seen.events.length === 1");
    expect(await dialogText(page)).toBeNull();
    site.skip(2);
    await page.evaluate("window.client.check()");
    await page.waitFor("seen.events.length === 3");
    expect((await seenBy(page)).events.map(({ name }) => name)).toEqual(["warning", "ended", "ending"]);
    expect(await isVeiled(page)).toBe(true);
    expect(await page.url()).toBe(site.url("/page"));
  });

  it(`works where the page's own script fails (${engine.name})`, async () => {
    await start({ defaults: IDLE });
    await site.enter(page, "/page?broken=1");
    await page.evaluate("setTimeout(() => { throw new Error('a mistake of the app') })");
    await page.waitFor("seen.errors.length === 1");
    await nearTheEnd(site, page, 15);
    await waitForDialog(page, true);
  });
});
