/**
 * Helpers for an app's tests: a clock that the test sets, a Redis inside the process, and the headers that browsers and
 * programs send with each kind of request.
 *
 * @packageDocumentation
 */
import { checkArguments, type Check, type OptionsSpec } from "../check-options.js";
export { createTestRedis, type TestRedis } from "./test-redis.js";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../policy/index.js";

export {
  BROWSER_ENGINES,
  headersOf,
  methodOf,
  PROGRAM_HEADERS,
  REQUEST_KINDS,
  sendsKind,
  type BrowserEngine,
  type HeaderSetQuery,
  type RequestKind,
  type RequestOrigin,
} from "./header-sets.js";

/** A step of a clock. A part that is left out is 0. Negative values set the clock back. */
export interface ClockStep {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
  readonly milliseconds?: number;
}

/** A clock that moves only when the test moves it: pass it to `createCurfew({ clock })`. */
export interface TestClock {
  (): number;
  /** Moves the clock. @returns the new time, in milliseconds since 1970 @throws CurfewError `invalid_argument` */
  advance(step: ClockStep): number;
  /** Sets the time, in milliseconds since 1970. */
  set(time: number): void;
}

const isNumber: Check = (value) => (Number.isFinite(value) ? null : "must be a number");

const STEP: OptionsSpec<ClockStep> = {
  by: "clock.advance",
  usage: "clock.advance({ minutes: 5 })",
  checks: {
    days: isNumber,
    hours: isNumber,
    minutes: isNumber,
    seconds: isNumber,
    milliseconds: isNumber,
  },
};

/** Creates a test clock. @param start - the first time, in milliseconds since 1970; by default the current time */
export function createTestClock(start: number = Date.now()): TestClock {
  let time = start;
  const clock = (): number => time;
  return Object.assign(clock, {
    advance: (step: ClockStep): number => {
      checkArguments(STEP, step);
      const { days = 0, hours = 0, minutes = 0, seconds = 0, milliseconds = 0 } = step;
      time += days * DAY_MS + hours * HOUR_MS + minutes * MINUTE_MS + seconds * SECOND_MS + milliseconds;
      return time;
    },
    set: (to: number): void => {
      time = to;
    },
  });
}

/** Headers of a browser when a person opens a page or submits a form. The request counts as activity. */
export const NAVIGATION_HEADERS: Readonly<Record<string, string>> = Object.freeze({
  accept: "text/html,application/xhtml+xml",
  "sec-fetch-dest": "document",
  "sec-fetch-mode": "navigate",
  "sec-fetch-site": "same-origin",
  "sec-fetch-user": "?1",
});

/** Headers of a browser when a page's script sends a request. The request does not count as activity. */
export const FETCH_HEADERS: Readonly<Record<string, string>> = Object.freeze({
  accept: "*/*",
  "sec-fetch-dest": "empty",
  "sec-fetch-mode": "cors",
  "sec-fetch-site": "same-origin",
});
