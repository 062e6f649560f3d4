/** The apps of docs/single-page-apps.md, bundled with React and Vue, in real browsers. */
import express, { type Express } from "express";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Curfew } from "../../src/index.js";
import { describeEngines, type EnginePage } from "../harness/browsers/index.js";
import {
  ClientSite,
  dialogText,
  nearTheEnd,
  seenBy,
  waitForDialog,
  type ClientSiteOptions,
} from "./client-site.js";
import { bundleDocs } from "./docs-bundle.js";

const IDLE = { inactivityLogout: true, allowPersistentSessions: false, sessionMinutes: 300 };
const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>App</title><link rel="icon" href="data:,">
<script src="/probe.js"></script><script type="module" src="/assets/app.js"></script></head>
<body><main><h1>App</h1><div id="root"></div></main></body></html>`;
/** JavaScript that reads the app's own dialog. */
const OWN = `document.querySelector("#root dialog")`;
const DRAFTS = `Object.keys(localStorage).filter((name) => name.startsWith("curfew:d:")).length`;

const APPS = { React: await bundleDocs("React"), Vue: await bundleDocs("Vue") };

describeEngines("the documented app", ({ browser }) => {
  let page: EnginePage;
  let site: ClientSite;
  let stored: unknown;
  const start = async (framework: keyof typeof APPS, options: ClientSiteOptions): Promise<void> => {
    const configure = (app: Express, curfew: Curfew): void => {
      app.get("/assets/:file", (request, response) => {
        response.type("text/javascript").send(APPS[framework].get(request.params.file));
      });
      app.get("/app", curfew.requireSignIn(), (_request, response) => response.send(PAGE));
      app.post("/api/note", curfew.requireSignIn(), express.text(), (request, response) => {
        stored = request.body;
        response.sendStatus(204);
      });
    };
    site = await ClientSite.start({ ...options, configure });
    await site.enter(page, "/app");
  };

  beforeEach(async () => {
    stored = null;
    page = await browser().newPage();
  });
  afterEach(async () => {
    await page.evaluate("localStorage.clear()").catch(() => undefined);
    await page.close();
    await site.close();
  });

  /** Passes time over the end. The page asks at its next focus, and leaves. */
  const endByTime = (minutes: number): Promise<void> => {
    site.skip(minutes);
    return page.start("setTimeout(() => dispatchEvent(new Event('focus')), 2100)");
  };

  it("in React warns with a dialog of its own, and extends the session", async () => {
    await start("React", { defaults: { sessionMinutes: 30 } });
    await nearTheEnd(site, page, 30);
    await page.waitFor(`${OWN}.open`);
    expect(await dialogText(page)).toBeNull();
    await page.click("#root dialog button");
    await page.waitFor(`!${OWN}.open`);
    const { events, errors, violations } = await seenBy(page);
    expect(events.map(({ name }) => name)).toEqual(["warning", "extended"]);
    expect([errors, violations]).toEqual([[], []]);
  });

  it("in React leaves the password to the package's dialog, which is there once", async () => {
    await start("React", { defaults: { ...IDLE, sessionMinutes: 15 } });
    await nearTheEnd(site, page, 15);
    await waitForDialog(page, true);
    expect(await dialogText(page)).toContain("Sign in again to keep working");
    expect(await page.evaluate(`return ${OWN}.open`)).toBe(false);
    expect(await page.evaluate("return document.querySelectorAll('curfew-dialog').length")).toBe(1);
  });

  it("in React leaves for the login page after the end, with the way back", async () => {
    await start("React", { defaults: IDLE });
    await endByTime(16);
    await page.waitFor("location.pathname === '/login'");
    expect(await page.url()).toContain("reason=idle&return_to=%2Fapp");
  });

  it("in Vue warns with the package's dialog, and keeps unsaved work until it is stored", async () => {
    await start("Vue", { defaults: IDLE });
    await page.type("textarea", "half a sentence");
    await page.waitFor(`${DRAFTS} === 1`);
    await nearTheEnd(site, page, 15);
    await waitForDialog(page, true);
    expect(await dialogText(page)).toContain("Your unsaved changes will be kept on this device");
    await endByTime(3);
    await page.waitFor("location.pathname === '/login'");
    await site.enter(page, "/app");
    const offer = `document.querySelector("curfew-draft")?.shadowRoot.querySelector("[part~=primary]")`;
    await page.waitFor(`${offer} != null`);
    await page.evaluate(`${offer}.click()`);
    expect(await page.evaluate("return document.querySelector('textarea').value")).toBe("half a sentence");
    await page.click("#root button");
    await page.waitFor(`${DRAFTS} === 0`);
    expect(stored).toBe("half a sentence");
    expect((await seenBy(page)).violations).toEqual([]);
  });
});
