/**
 * For an app's own tests: a clock to set, and the headers by which a server tells a person's navigation from
 * a page's own request.
 *
 * @packageDocumentation
 */
import { checkArguments, type Check, type OptionsSpec } from "../check-options.js";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../policy/index.js";

/** How far to move a clock; what is left out is 0. Negative values set it back. */
export interface ClockStep {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
  readonly milliseconds?: number;
}

/** A clock that stands still until it is told to move: give it to `createCurfew({ clock })`. */
export interface TestClock {
  (): number;
  /** Moves on. @returns the new time, in milliseconds since 1970 @throws CurfewError `invalid_argument` */
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

/** Creates a test clock. @param start - in milliseconds since 1970 (default: now) */
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

/** What a browser sends when a person opens a page or submits a form: counts as activity. */
export const NAVIGATION_HEADERS: Readonly<Record<string, string>> = Object.freeze({
  accept: "text/html,application/xhtml+xml",
  "sec-fetch-dest": "document",
  "sec-fetch-mode": "navigate",
  "sec-fetch-site": "same-origin",
  "sec-fetch-user": "?1",
});

/** What a browser sends when a page's script asks by itself: counts as nobody's activity. */
export const FETCH_HEADERS: Readonly<Record<string, string>> = Object.freeze({
  accept: "*/*",
  "sec-fetch-dest": "empty",
  "sec-fetch-mode": "cors",
  "sec-fetch-site": "same-origin",
});
