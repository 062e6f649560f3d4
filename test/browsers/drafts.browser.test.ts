/** Unsaved work in real browsers. */
import type { Express } from "express";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Curfew } from "../../src/index.js";
import { describeEngines, type EnginePage } from "../harness/browsers/index.js";
import {
  axeViolations,
  ClientSite,
  IS_READABLE,
  SECRET,
  seenBy,
  waitForKeys,
  type ClientSiteOptions,
  type ShowPage,
} from "./client-site.js";
import { CLEAR, DRAFTS, IDLE, OFFERS, press } from "./draft-scripts.js";
import { addEditor } from "./editor.js";

const OTHER_SECRET = "another secret of the browser tests, also long";

describeEngines("drafts", ({ browser, engine }) => {
  let page: EnginePage;
  let site: ClientSite;
  const start = async (options: ClientSiteOptions = {}): Promise<void> => {
    site = await ClientSite.start({ defaults: IDLE, configure: addEditor, ...options });
    await site.enter(page, "/edit");
    await page.waitFor("document.querySelector('[data-curfew-kept]') !== null");
  };
  /** Ends the session by inactivity, as the script notices it. */
  const endByIdling = async (tab = page): Promise<void> => {
    site.skip(20);
    await tab.start(
      "import(document.querySelector('script[type=module]').src).then(({ client }) => client.check())",
    );
    await tab.waitFor("location.pathname === '/login' && document.readyState === 'complete'");
  };
  const offers = (): Promise<string[]> => page.evaluate<string[]>(`return ${OFFERS}`);
  const waitForOffers = (count: number): Promise<void> =>
    page.waitFor(`${OFFERS}.length === ${String(count)}`);
  const saved = (state = "saved"): Promise<void> =>
    page.waitFor(`seen.events.some(({ name, detail }) => name === "draft" && detail.state === "${state}")`);
  const value = (id: string): Promise<unknown> =>
    page.evaluate(`return document.getElementById("${id}").value`);
  beforeEach(async () => {
    page = await browser().newPage();
  });
  afterEach(async () => {
    await page.evaluate("localStorage.clear()").catch(() => undefined);
    await page.close();
    await site.close();
  });

  it("are kept through a forced sign-out, sealed, and offered to their user after the next sign-in", async () => {
    await start();
    await page.evaluate("document.querySelector('#name').select()");
    await page.type("#name", "A title nobody saved");
    await page.click("#urgent");
    await page.evaluate(
      "const kind = document.querySelector('#kind'); kind.value = 'idea'; kind.dispatchEvent(new Event('change', { bubbles: true }))",
    );
    await endByIdling();
    const stored = await page.evaluate<string>("return JSON.stringify({ ...localStorage })");
    expect(stored).toContain("curfew:d:");
    expect(stored).not.toContain("nobody saved");
    await site.enter(page, "/edit");
    await waitForOffers(1);
    expect((await offers())[0]).toMatch(/^You have unsaved changes from \d.*, before you were signed out\.$/);
    expect(await value("name")).toBe("old title");
    await page.evaluate(press("primary"));
    expect(await value("name")).toContain("A title nobody saved");
    expect(
      await page.evaluate(
        "return [document.querySelector('#urgent').checked, document.querySelector('#kind').value]",
      ),
    ).toEqual([true, "idea"]);
    expect(await page.evaluate("return document.activeElement.id")).toBe("name");
    await waitForOffers(0);
    await page.waitFor(
      `document.querySelector("curfew-draft").shadowRoot.querySelector("[role=status]").textContent === "Unsaved changes restored."`,
    );
    expect((await seenBy(page)).violations).toEqual([]);
  });

  it("are offered to no other user, and remain for their own", async () => {
    await start();
    await page.type("#text", "of ann alone");
    await endByIdling();
    await site.enter(page, "/edit", "bob");
    await page.type("#text", "of bob");
    await saved();
    expect(await offers()).toEqual([]);
    await endByIdling();
    await site.enter(page, "/edit");
    await waitForOffers(1);
    await page.evaluate(press("primary"));
    expect(await value("text")).toBe("of ann alone");
  });

  it("never hold a password, a hidden field or a field that the app excludes", async () => {
    await start();
    await page.evaluate(`window.sealed = []; const { subtle } = crypto; const real = subtle.encrypt;
      SubtleCrypto.prototype.encrypt = function (how, key, text) {
        sealed.push(new TextDecoder().decode(text)); return real.call(this, how, key, text); };`);
    for (const id of ["word", "shown", "private"]) await page.type(`#${id}`, "a secret");
    await page.type("#name", "!");
    await saved();
    const sealed = await page.evaluate<string>("return sealed.join()");
    expect(sealed).toContain("old title");
    expect(sealed).not.toMatch(/a secret|secret of the form|form_key|word|private/);
  });

  it("are not stored while the form is as it was loaded", async () => {
    await start();
    await page.type("#text", "x");
    await saved();
    expect(await page.evaluate(`return ${DRAFTS}.length`)).toBe(1);
    await page.press("Backspace");
    await page.waitFor(`${DRAFTS}.length === 0`);
  });

  it("are deleted by the dialog's sign-out; an app that prevents `curfew:signout` keeps them", async () => {
    await start();
    const signOut = async (): Promise<void> => {
      await page.type("#name", "!");
      await saved();
      await page.start(
        "import(document.querySelector('script[type=module]').src).then(({ client }) => client.signOut())",
      );
      await page.waitFor("location.pathname === '/login'");
    };
    await signOut();
    expect(await page.evaluate(`return ${DRAFTS}`)).toEqual([]);
    await site.enter(page, "/edit");
    await page.evaluate("document.addEventListener('curfew:signout', (event) => event.preventDefault())");
    await signOut();
    expect(await page.evaluate(`return ${DRAFTS}.length`)).toBe(1);
  });

  it("open after a rotation of the cookie's secret; under a removed secret the offer says so", async () => {
    await start();
    await page.type("#text", ", and more");
    await endByIdling();
    site.rotate([OTHER_SECRET, SECRET]);
    await site.enter(page, "/edit");
    await waitForOffers(1);
    await page.evaluate(press("primary"));
    expect(await value("text")).toBe(", and more");
    site.rotate(OTHER_SECRET);
    await site.enter(page, "/edit");
    await waitForOffers(1);
    expect((await offers())[0]).toMatch(/can't be opened any more\.$/);
    await page.evaluate(press("secondary"));
    expect(await page.evaluate(`return ${DRAFTS}`)).toEqual([]);
  });

  it("are deleted once their form has been stored", async () => {
    await start();
    await page.type("#text", "stored now");
    await saved();
    await page.click("#save");
    await page.waitForUrl("/page");
    await site.enter(page, "/edit");
    await page.waitFor("document.querySelector('[data-curfew-kept]') !== null");
    await page.waitFor(`${DRAFTS}.length === 0`);
    expect(await offers()).toEqual([]);
  });

  it("survive a form that was sent after the session's end", async () => {
    await start();
    await page.type("#text", " and unsent");
    await saved();
    site.skip(20);
    await page.click("#save");
    await page.waitFor("location.pathname === '/login' && document.readyState === 'complete'");
    await site.enter(page, "/edit");
    await waitForOffers(1);
    await page.evaluate(press("primary"));
    expect(await value("text")).toBe(" and unsent");
  });

  it("written while an offer is open take a second place, and both are offered", async () => {
    await start();
    await page.type("#text", " first");
    await endByIdling();
    await site.enter(page, "/edit");
    await waitForOffers(1);
    await page.type("#text", " second");
    await endByIdling();
    await site.enter(page, "/edit");
    await waitForOffers(2);
    await page.evaluate(press("primary"));
    expect(await value("text")).toBe(" second");
    await page.evaluate(press("primary"));
    expect(await value("text")).toBe(" first");
    await waitForOffers(0);
  });

  it("name a page that has changed since, and say how many fields they replace", async () => {
    await start();
    await page.type("#text", " mine");
    await endByIdling();
    await fetch(site.url("/store?text=changed"));
    await site.enter(page, "/edit");
    await waitForOffers(1);
    expect((await offers())[0]).toContain(
      "This page has changed since then. Restoring replaces the text now shown (fields: 1).",
    );
  });

  it("a form that a script stores is cleared by the app", async () => {
    await start();
    await page.type("#text", "!");
    await saved();
    await page.evaluate(CLEAR);
    await page.waitFor(`${DRAFTS}.length === 0`);
  });

  it("at a ceiling the dialog writes them and leads to the login page; it says that they are kept", async () => {
    const ceiling = (app: Express, curfew: Curfew, show: ShowPage): void => {
      addEditor(app, curfew, show);
      app.get("/ceiling", async (request, response) => {
        await curfew.signIn(request, { userId: "ann", lifetimeMinutes: 10 });
        response.redirect(303, "/edit");
      });
    };
    await start({ configure: ceiling });
    await page.goto(site.url("/ceiling"));
    await page.waitFor("document.querySelector('[data-curfew-kept]') !== null");
    await page.type("#text", " at the ceiling");
    site.skip(8.5);
    await page.evaluate("(await import(document.querySelector('script[type=module]').src)).client.check()");
    await waitForKeys(page);
    const dialog = `document.querySelector("curfew-dialog").shadowRoot.querySelector("dialog")`;
    expect(await page.evaluate(`return ${dialog}.innerText`)).toContain(
      "Your unsaved changes will be kept on this device",
    );
    await page.start(`${dialog}.querySelector("a").click()`);
    await page.waitFor("location.pathname === '/login'");
    expect(await page.url()).toContain("return_to=%2Fedit");
    await site.enter(page, "/edit");
    await waitForOffers(1);
    await page.evaluate(press("primary"));
    expect(await value("text")).toBe(" at the ceiling");
  });

  it.each([
    ["light", "en"],
    ["dark", "ar"],
  ])("J5: the offer breaks no rule of axe and no strict policy: %s, %s", async (scheme, language) => {
    await start({ policy: "strict" });
    await page.type("#text", "!");
    await endByIdling();
    await site.enter(page, `/edit?scheme=${scheme}&lang=${language}`);
    await waitForOffers(1);
    expect(await axeViolations(page)).toEqual([]);
    const { violations, errors } = await seenBy(page);
    expect([violations, errors]).toEqual([[], []]);
  });

  // Only Chromium's driver sets this preference.
  it.runIf(engine.name === "chromium")("J5: the offer can be read in forced colours", async () => {
    await start();
    await page.type("#text", "!");
    await endByIdling();
    await site.enter(page, "/edit");
    await waitForOffers(1);
    await page.prefer({ forcedColors: "active" });
    const isReadable = await page.evaluate<boolean[]>(
      `const { shadowRoot } = document.querySelector("curfew-draft");
       return [...shadowRoot.querySelectorAll("section, button")].map(${IS_READABLE});`,
    );
    expect(isReadable).toEqual([true, true, true]);
  });
});
