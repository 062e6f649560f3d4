/** The methods of the client that an app calls, in real browsers. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { describeEngines, type EnginePage } from "../harness/browsers/index.js";
import { ClientSite, isVeiled, nearTheEnd, pass, PASSWORD, waitForDialog } from "./client-site.js";

const IDLE = { inactivityLogout: true, allowPersistentSessions: false, sessionMinutes: 300 };
/** JavaScript that declares the client of the page. */
const CLIENT = `const { client } = await import(document.querySelector("script[data-base]").src);`;
/** JavaScript that reads the button that stays signed in. */
const BUTTON = `document.querySelector("curfew-dialog").shadowRoot.querySelector("[part~=primary]")`;

describeEngines("the client's method", ({ browser }) => {
  let page: EnginePage;
  let site: ClientSite;

  beforeEach(async () => {
    page = await browser().newPage();
    site = await ClientSite.start({ defaults: IDLE });
  });
  afterEach(async () => {
    await page.close();
    await site.close();
  });

  it.each([
    ["de", "after texts in the page's language have loaded"],
    ["xx", "if texts in the page's language cannot be loaded"],
  ])("setWords keeps the texts that the app has set: %s, %s", async (language) => {
    await site.enter(page, `/page?lang=${language}`);
    await page.evaluate(`${CLIENT} client.setWords({ "idle.primary": "Stay here" });`);
    await nearTheEnd(site, page, 15);
    await waitForDialog(page, true);
    const file = `/words.${language}.json`;
    await page.waitFor(
      `performance.getEntriesByType("resource").some(({ name }) => name.endsWith("${file}"))`,
    );
    // The dialog takes the texts a moment after the file has arrived.
    await page.evaluate("await new Promise((resolve) => setTimeout(resolve, 200))");
    expect(await page.evaluate(`return ${BUTTON}.textContent`)).toBe("Stay here");
  });

  it("stop uncovers the page", async () => {
    await site.enter(page);
    await page.evaluate(`document.addEventListener("curfew:ending", (event) => event.preventDefault())`);
    await pass(site, page, 16);
    await page.waitFor("document.documentElement.hasAttribute('data-curfew-veil')");
    await page.evaluate(`${CLIENT} client.stop();`);
    expect(await isVeiled(page)).toBe(false);
  });

  it("stop fails no action that is under way", async () => {
    await site.enter(page);
    const done = await page.evaluate(
      `${CLIENT}
       const done = client.reauthenticate({ password: ${JSON.stringify(PASSWORD)} });
       client.stop();
       return done.catch((error) => error.name);`,
    );
    expect(done).toBe(true);
  });
});
