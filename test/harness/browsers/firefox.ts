import puppeteer, { type Page } from "puppeteer-core";
import { killWithThisProcess } from "../redis-server.js";
import type { BrowserDriver, PageDriver } from "./driver.js";
import { CALL_WITHIN_MS, LAUNCH_WITHIN_MS } from "./within.js";

/** Starts Firefox by WebDriver BiDi. Playwright drives only its own build of Firefox. */
export async function launchFirefox(binary: string): Promise<BrowserDriver> {
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: binary,
    headless: true,
    acceptInsecureCerts: true,
    protocolTimeout: CALL_WITHIN_MS,
    timeout: LAUNCH_WITHIN_MS,
    // Every name leads to this machine, also PLAIN_HOST.
    extraPrefsFirefox: { "network.dns.forceResolve": "127.0.0.1" },
  });
  const child = browser.process();
  if (child !== null) killWithThisProcess(child);
  return {
    newPage: async () => drive(await browser.newPage()),
    close: () => browser.close(),
  };
}

function drive(page: Page): PageDriver {
  page.setDefaultTimeout(CALL_WITHIN_MS);
  return {
    goto: async (url) => {
      await page.goto(url);
    },
    click: (selector) => page.click(selector),
    type: (selector, text) => page.type(selector, text),
    press: async (keys) => {
      for (const key of keys) await page.keyboard.down(key);
      for (const key of keys.toReversed()) await page.keyboard.up(key);
    },
    start: async (statements) => {
      await page.evaluate(`{ ${statements} }`);
    },
    isTrue: async (expression) => (await page.evaluate(`Boolean(${expression})`)) === true,
    evaluate: async (expression) => (await page.evaluate(expression)) as string,
    cookies: async () => {
      const url = page.url();
      const { hostname } = new URL(url);
      const all = await page.browserContext().cookies();
      return all
        .filter(({ domain }) => domain === hostname)
        .map(({ name, value, httpOnly = false, secure, session }) => ({
          name,
          value,
          httpOnly,
          secure,
          isSessionCookie: session,
        }));
    },
    close: () => page.close(),
  };
}
