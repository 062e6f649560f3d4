/** Steps in Chromium that the pictures and the walk through the checklist share. */
import { chromium, type Browser, type Page } from "playwright-core";
import { findEngines } from "../test/harness/browsers/find-engines.js";
import { DEMO_ACCOUNTS } from "./users.js";

/** Starts Chromium. @throws an error that names the missing program */
export async function startChromium(): Promise<Browser> {
  const { engines, missing } = await findEngines(["chromium"], false);
  const [engine] = engines;
  if (!engine) throw new Error(missing.join("\n"));
  return chromium.launch({
    executablePath: engine.binary,
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
}

/** Signs one of the demo users in, and waits until the code of drafts runs. */
export async function signIn(page: Page, url: string, user = "ana"): Promise<void> {
  const password = DEMO_ACCOUNTS.find(({ userId }) => userId === user)?.password ?? "";
  await page.goto(`${url}/login`);
  await page.locator("input[name=user]").fill(user);
  await page.locator("input[name=password]").fill(password);
  await Promise.all([page.waitForURL(`${url}/`), page.locator("main form button").first().click()]);
  await page.locator("[data-curfew-kept]").waitFor({ state: "attached" });
}

/** Lets the script ask the server, as at a focus. */
export async function check(page: Page): Promise<void> {
  await page.evaluate(
    `import(document.querySelector("script[type=module]").src).then(({ client }) => client.check())`,
  );
}

/** Lets the script report the input so far. Otherwise a report could arrive after the clock has been moved. */
export async function report(page: Page): Promise<void> {
  const reported = page.waitForResponse(/\/activity$/);
  await check(page);
  await reported;
}

/** Waits for the open dialog, and until the dialog takes keys. */
export async function waitForDialog(page: Page): Promise<void> {
  await page.locator("curfew-dialog dialog[open]").waitFor();
  await page.waitForTimeout(600);
}
