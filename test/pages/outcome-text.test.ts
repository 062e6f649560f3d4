/** The sentence that says how the settings work together. */
import { describe, expect, it } from "vitest";
import { outcomeText } from "../../src/pages/settings-words.js";
import { DEFAULT_SETTINGS, effectiveSettings } from "../../src/policy/index.js";

const textOf = (sessionMinutes: number): string =>
  outcomeText(
    effectiveSettings({ ...DEFAULT_SETTINGS, sessionMinutes }, { absoluteMinutes: 90, idleMinutes: 90 }),
  );

describe("the sentence about the settings", () => {
  it("offers more time below the system limit only, which no extension passes (Q10)", () => {
    expect(textOf(60)).toMatch(
      /^People are signed out 1 hour after signing in, unless they ask for more time\./,
    );
    expect(textOf(90)).toMatch(/^People must sign in again after 1 hour 30 minutes\./);
    expect(textOf(600)).toMatch(/^People must sign in again after 1 hour 30 minutes\./);
  });
});
