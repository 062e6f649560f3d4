/** Steps of a person with a browser of one engine. Each request has the headers that the engine really sends. */
import type { TestApp } from "./app.js";
import { Browser, PASSWORD } from "./browser.js";
import type { BrowserEngine, RequestOrigin } from "./header-sets.js";
import type { Answer } from "./http.js";
import { T } from "./policy-fixtures.js";

const MINUTE_MS = 60_000;

/** Signs in by a form, or by a page's own call. */
export async function signedInWith(
  site: TestApp,
  engine: BrowserEngine,
  origin: RequestOrigin = "secure",
  kind: "formpost" | "fetchpost" = "formpost",
): Promise<Browser> {
  const browser = new Browser(site.server, { engine, origin });
  const answer = await browser.ask(kind, "/login", { userId: "ann", password: PASSWORD });
  if (answer.status !== 303) throw new Error(`login answered ${String(answer.status)}: ${answer.text}`);
  return browser;
}

/** Reports input, as the pages' script does. */
export function report(browser: Browser, idleMs = 0): Promise<Answer> {
  return browser.ask("fetchpost", "/curfew/activity", { idleMs });
}

/**
 * Repeats a step at an interval in minutes.
 *
 * @returns the minute after {@link T} at which the session was over, or "in" after 45 more minutes
 */
export async function staysIn(
  site: TestApp,
  browser: Browser,
  everyMinutes: number,
  step: () => Promise<unknown>,
): Promise<number | "in"> {
  const minute = (): number => (site.clock() - T) / MINUTE_MS;
  const end = minute() + 45;
  while (minute() < end) {
    site.clock.advance({ minutes: everyMinutes });
    // The step may be a request that no person makes, so the status decides.
    await step();
    if ((await browser.standing()) !== "in") return minute();
  }
  return "in";
}

/** Returns the session's last activity, in minutes after {@link T}. */
export async function lastActivity(browser: Browser): Promise<number> {
  const state = await browser.state();
  return state.state === "active" ? (state.session.lastActivityAt - T) / MINUTE_MS : Number.NaN;
}
