import { setTimeout as sleep } from "node:timers/promises";
import type { EngineCookie, EngineName, Key, PageDriver, Preferences } from "./driver.js";
import { CALL_WITHIN_MS, within } from "./within.js";

const POLL_MS = 25;

/** A value that a script may take as an argument. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json | undefined };

/**
 * One tab of a real browser, with the same methods in all three engines. Clicks and keys are trusted events, as a
 * person's are. Every call rejects if it takes longer than {@link CALL_WITHIN_MS}.
 */
export class EnginePage {
  constructor(
    readonly engine: EngineName,
    private readonly driver: PageDriver,
  ) {}

  /** Opens an address as if a person had typed it, and waits until the page has loaded. */
  goto(url: string): Promise<void> {
    return this.bounded(`goto ${url}`, this.driver.goto(url));
  }

  /**
   * Goes one page back and waits until that page is shown. Uses the page's own history: the drivers' commands wait for a
   * load event, which a page from the back/forward cache does not have.
   */
  async back(): Promise<void> {
    const leave = "window.isLeft = true; setTimeout(() => history.back());";
    await this.bounded("back", this.driver.start(leave));
    await this.waitFor("window.isLeft === undefined && document.readyState === 'complete'");
  }

  /** Clicks an element. Does not wait for a page that the click opens; use `waitFor`. */
  click(selector: string): Promise<void> {
    return this.bounded(`click ${selector}`, this.driver.click(selector));
  }

  /** Types into an element, key by key. */
  type(selector: string, text: string): Promise<void> {
    return this.bounded(`type into ${selector}`, this.driver.type(selector, text));
  }

  /** Presses a key in the focused element, with other keys held down: `press("Shift", "Tab")`. */
  press(...keys: readonly [Key, ...Key[]]): Promise<void> {
    return this.bounded(`press ${keys.join("+")}`, this.driver.press(keys));
  }

  /**
   * Runs the body of an async function in the page, even if the page's CSP forbids scripts. In Chromium the script
   * counts as a person's gesture. A script that must not count has to be in the page.
   *
   * @example `await page.evaluate<number>("return document.querySelectorAll(args[0]).length", "dialog")`
   */
  async evaluate<T = unknown>(body: string, ...args: readonly Json[]): Promise<T> {
    // The values are sent as JSON, because each engine treats undefined, dates and NaN differently.
    const call = `(async (...args) => { ${body}\n})(...${JSON.stringify(args)})`;
    const expression = `${call}.then((value) => JSON.stringify(value) ?? "")`;
    const json = await this.bounded(`evaluate ${body}`, this.driver.evaluate(expression));
    return (json === "" ? undefined : JSON.parse(json)) as T;
  }

  /** Runs statements that leave the page, such as `location = "/next"`. Does not wait. */
  start(statements: string): Promise<void> {
    return this.bounded(`start ${statements}`, this.driver.start(`setTimeout(() => { ${statements} });`));
  }

  /** Returns the page's title. */
  title(): Promise<string> {
    return this.evaluate<string>("return document.title");
  }

  /** Returns the page's address. */
  url(): Promise<string> {
    return this.evaluate<string>("return location.href");
  }

  /** Returns the text that a person sees in an element, once the page has it. */
  async text(selector = "body"): Promise<string> {
    await this.waitFor(`document.querySelector(${JSON.stringify(selector)}) !== null`);
    return this.evaluate<string>("return document.querySelector(args[0]).innerText", selector);
  }

  /** Returns the cookies that requests to this page's address carry, with HttpOnly cookies. */
  cookies(): Promise<EngineCookie[]> {
    return this.bounded("cookies", this.driver.cookies());
  }

  /**
   * Waits until a JavaScript expression is true in the page, through navigations too.
   *
   * @example `await page.waitFor("document.title === 'Signed out'")`
   */
  async waitFor(condition: string, milliseconds = CALL_WITHIN_MS): Promise<void> {
    const until = performance.now() + milliseconds;
    let last: unknown;
    do {
      try {
        if (await this.bounded(`ask ${condition}`, this.driver.isTrue(condition))) return;
        last = undefined;
      } catch (error) {
        // A page that is being replaced cannot answer.
        last = error;
      }
      await sleep(POLL_MS);
    } while (performance.now() < until);
    const page = await this.url().catch(() => "a page that does not answer");
    const message = `${this.engine}: not within ${milliseconds} ms on ${page}: ${condition}`;
    throw new Error(message, { cause: last });
  }

  /** Waits until the page's address ends with `end`, and the page has loaded. */
  waitForUrl(end: string): Promise<void> {
    const isThere = `location.href.endsWith(${JSON.stringify(end)})`;
    return this.waitFor(`${isThere} && document.readyState === "complete"`);
  }

  /** Sets a person's preferences. @throws Error in Firefox and WebKit, whose drivers can't */
  async prefer(preferences: Preferences): Promise<void> {
    if (!this.driver.prefer) throw new Error(`${this.engine} can't set preferences`);
    await this.bounded("prefer", this.driver.prefer(preferences));
  }

  close(): Promise<void> {
    return this.bounded("close", this.driver.close());
  }

  private bounded<T>(call: string, result: Promise<T>): Promise<T> {
    return within(CALL_WITHIN_MS, `${this.engine}: ${call}`, result);
  }
}
