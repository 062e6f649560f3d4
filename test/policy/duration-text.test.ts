import { describe, expect, it } from "vitest";
import { inLargestUnit } from "../../src/policy/duration-text.js";
import { DAY_MS, durationText, HOUR_MS, MINUTE_MS } from "../../src/policy/index.js";

describe("durations in words", () => {
  it.each([
    [0, "en", "0 seconds"],
    [-5, "en", "0 seconds"],
    [999, "en", "0 seconds"],
    [MINUTE_MS, "en", "1 minute"],
    [90 * MINUTE_MS, "en", "1 hour 30 minutes"],
    [DAY_MS + MINUTE_MS, "en", "1 day"],
    [2 * DAY_MS + 5 * HOUR_MS + MINUTE_MS, "en", "2 days 5 hours"],
    [90 * MINUTE_MS, "de", "1 Stunde, 30 Minuten"],
  ])("writes %i ms in %s as %s", (ms, language, text) => {
    expect(durationText(ms, language)).toBe(text);
  });

  it.each([
    [59_999, [59, "second"]],
    [-90 * MINUTE_MS, [-1, "hour"]],
    [0, [0, "second"]],
  ])("finds the largest unit of %i ms", (ms, expected) => {
    expect(inLargestUnit(ms)).toEqual(expected);
  });
});
