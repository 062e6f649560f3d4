import { setTimeout as sleep } from "node:timers/promises";
import { chromium, type BrowserContext, type Page } from "playwright-core";
import { PLAIN_HOST, type BrowserDriver, type PageDriver } from "./driver.js";
import { CALL_WITHIN_MS, LAUNCH_WITHIN_MS } from "./within.js";

const CLOSE_WITHIN_MS = 2_000;

const ARGUMENTS = [
  // Root cannot use the sandbox, and containers have a small /dev/shm.
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  `--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1`,
];

/** Starts Chromium by the DevTools protocol. */
export async function launchChromium(binary: string): Promise<BrowserDriver> {
  const browser = await chromium.launch({
    executablePath: binary,
    args: ARGUMENTS,
    // Chrome has the back/forward cache, so pages must work with it.
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
    timeout: LAUNCH_WITHIN_MS,
  });
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  context.setDefaultTimeout(CALL_WITHIN_MS);
  return {
    newPage: async () => drive(context, await context.newPage()),
    close: () => browser.close(),
  };
}

function drive(context: BrowserContext, page: Page): PageDriver {
  return {
    goto: async (url) => {
      await page.goto(url);
    },
    click: (selector) => page.click(selector, { noWaitAfter: true }),
    type: (selector, text) => page.locator(selector).pressSequentially(text),
    press: (keys) => page.keyboard.press(keys.join("+")),
    start: async (statements) => {
      await page.evaluate(`{ ${statements} }`);
    },
    isTrue: async (expression) => (await page.evaluate(`Boolean(${expression})`)) === true,
    evaluate: (expression) => page.evaluate<string>(expression),
    cookies: async () =>
      (await context.cookies(page.url())).map(({ name, value, httpOnly, secure, expires }) => ({
        name,
        value,
        httpOnly,
        secure,
        isSessionCookie: expires === -1,
      })),
    prefer: async ({ width, ...preferences }) => {
      await page.emulateMedia(preferences);
      if (width !== undefined) await page.setViewportSize({ width, height: 800 });
    },
    // Chromium does not answer 15 of 60 closes of a page that calls location.replace at that moment, also if the page has
    // no other script. That page closes with the browser.
    close: () => Promise.race([page.close(), sleep(CLOSE_WITHIN_MS, undefined, { ref: false })]),
  };
}
