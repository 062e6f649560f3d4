import { expect, it } from "vitest";
import { createTexts } from "../../src/client/texts.js";
import { ENGLISH } from "../../src/client/words/english.js";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

it.each([
  [45 * SECOND_MS, "45 seconds"],
  [MINUTE_MS, "1 minute"],
  [90 * SECOND_MS, "90 seconds"],
  [2 * MINUTE_MS - 4 * SECOND_MS, "2 minutes"],
  [15 * MINUTE_MS, "15 minutes"],
  [90 * MINUTE_MS, "90 minutes"],
  [24 * 60 * MINUTE_MS, "24 hours"],
  [30 * 24 * 60 * MINUTE_MS, "30 days"],
])("a duration of %d ms reads %j", (milliseconds, text) => {
  expect(createTexts("en", ENGLISH).duration(milliseconds)).toBe(text);
});
