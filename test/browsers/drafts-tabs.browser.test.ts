/** Unsaved work of a form that is open in two tabs, in real browsers. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { describeEngines, type EnginePage } from "../harness/browsers/index.js";
import { ClientSite } from "./client-site.js";
import { CLEAR, DRAFTS, IDLE, OFFERS, press } from "./draft-scripts.js";
import { addEditor } from "./editor.js";

const IS_READY = "document.querySelector('[data-curfew-kept]') !== null";

describeEngines("drafts in two tabs", ({ browser }) => {
  let page: EnginePage;
  let other: EnginePage;
  let site: ClientSite;
  const offers = (): Promise<string[]> => page.evaluate<string[]>(`return ${OFFERS}`);
  const saved = (tab: EnginePage): Promise<void> =>
    tab.waitFor("seen.events.some(({ name, detail }) => name === 'draft' && detail.state === 'saved')");
  beforeEach(async () => {
    site = await ClientSite.start({ defaults: IDLE, configure: addEditor });
    page = await browser().newPage();
    await site.enter(page, "/edit");
    await page.waitFor(IS_READY);
    other = await browser().newPage();
  });
  afterEach(async () => {
    await page.evaluate("localStorage.clear()").catch(() => undefined);
    await other.close();
    await page.close();
    await site.close();
  });

  it("are deleted by a sign-out form with data-curfew-signout, and other tabs write no more of them", async () => {
    await other.goto(site.url("/edit"));
    await other.waitFor(IS_READY);
    await other.type("#text", "late");
    await page.type("#name", "!");
    await saved(page);
    await page.click("#out");
    await page.waitForUrl("/login");
    await other.waitFor("location.pathname === '/login'");
    expect(await page.evaluate(`return ${DRAFTS}`)).toEqual([]);
    await site.enter(page, "/edit");
    await page.waitFor(IS_READY);
    expect(await offers()).toEqual([]);
  });

  it.each(["clears", "sends"])("continued in another tab stay if the first tab %s its form", async (act) => {
    await page.type("#text", "from A");
    await saved(page);
    await other.goto(site.url("/edit"));
    await other.waitFor(`${OFFERS}.length === 1`);
    await other.evaluate(press("primary"));
    await other.type("#text", ", continued in B");
    await saved(other);
    if (act === "clears") {
      await page.evaluate(CLEAR);
    } else {
      // The page that answers has no script, so that nothing else changes a draft.
      await fetch(site.url("/store?text=&broken=1"));
      await page.click("#save");
      await page.waitFor("document.body.textContent.includes('It failed.')");
      await fetch(site.url("/store?text="));
    }
    await site.enter(page, "/edit");
    await page.waitFor(`${OFFERS}.length > 0`);
    if (act === "clears") expect(await offers()).toHaveLength(1);
    // The first tab's own draft stands first, if the browser has stored it before the page was left.
    while ((await offers()).length > 0) await page.evaluate(press("primary"));
    expect(await page.evaluate('return document.getElementById("text").value')).toBe(
      "from A, continued in B",
    );
  });
});
