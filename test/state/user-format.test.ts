import { describe, expect, it } from "vitest";
import { parseStanding, type CountedLimits } from "../../src/state/sessions/user-format.js";
import { NO_CLASS_LIMITS } from "../../src/policy/index.js";

const T = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
const CLASS_STEP = 2e13;
const [DESKTOP, PHONE] = [1, 2] as const;

const base36 = (number: number): string => number.toString(36).padStart(9, "0");
const browserKey = (index: number): string => `browser${String(index)}`;

interface Entry {
  readonly browser: number;
  readonly endsAt?: number;
  readonly deviceClass?: number;
}

/** Returns the text of a user's key whose browsers signed in one millisecond after another. */
function userText(entries: readonly Entry[]): string {
  const zeros = "0".repeat(36);
  const head = `2----${zeros}${base36(T + entries.length)}${"0".repeat(9)}`;
  return entries.reduce((text, { browser, endsAt = T + DAY, deviceClass = DESKTOP }, index) => {
    const ref = `ref-${String(index)}`.padEnd(21, "x");
    return `${text}${ref}${browserKey(browser)}${base36(T + index)}${base36(deviceClass * CLASS_STEP + endsAt)}`;
  }, head);
}

const limitsOf = (most: number | null, phones: number | null = null): CountedLimits => ({
  ...NO_CLASS_LIMITS,
  maxSessionsPerUser: most,
  maxPhonesPerUser: phones,
});

/** Returns the standing of the session at a place of the order, at noon. */
const standingOf = (text: string, index: number, browser: number, limits: CountedLimits | null) =>
  parseStanding(
    text,
    { kind: "browser", browserKey: browserKey(browser), number: T + index },
    T + DAY / 2,
    limits,
  );

describe("the count of newer browsers, with three browsers (rules C1 and C2)", () => {
  const text = userText([{ browser: 0 }, { browser: 1 }, { browser: 2 }]);

  it.each([
    { most: 1, oldest: 2, middle: 1, newest: 0 },
    { most: 2, oldest: 2, middle: 1, newest: 0 },
    { most: 3, oldest: 0, middle: 0, newest: 0 },
    { most: null, oldest: 0, middle: 0, newest: 0 },
  ])("is $oldest, $middle and $newest under a limit of $most", ({ most, oldest, middle, newest }) => {
    const counts = [0, 1, 2].map((index) => standingOf(text, index, index, limitsOf(most))?.newerBrowsers);
    expect(counts).toEqual([oldest, middle, newest]);
  });

  it("counts every entry for a session without a place", () => {
    const before = { kind: "browser", browserKey: "evicted0", number: T - 1 } as const;
    const standing = parseStanding(text, before, T + DAY / 2, limitsOf(3));
    expect(standing).toMatchObject({ hasPlace: false, newerBrowsers: 3 });
  });

  it("leaves out a browser whose entry is over, and counts the twins of one browser once", () => {
    const mixed = userText([{ browser: 0 }, { browser: 1 }, { browser: 1 }, { browser: 2, endsAt: T + 10 }]);
    expect(standingOf(mixed, 0, 0, limitsOf(1))?.newerBrowsers).toBe(1);
  });

  it("counts the newer browsers of a class whose own limit can be reached, below the limit of all (rule C12)", () => {
    const phones = userText([
      { browser: 0, deviceClass: PHONE },
      { browser: 1, deviceClass: DESKTOP },
      { browser: 2, deviceClass: PHONE },
    ]);
    expect(standingOf(phones, 0, 0, limitsOf(9, 1))).toMatchObject({ newerBrowsers: 2, newerOfClass: 1 });
    expect(standingOf(phones, 0, 0, limitsOf(9, 3))).toMatchObject({ newerBrowsers: 0, newerOfClass: 0 });
  });
});
