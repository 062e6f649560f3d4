import { expect, it } from "vitest";
import { within } from "../harness/browsers/within.js";

it("passes on a result that is there in time", async () => {
  expect(await within(1_000, "quick", Promise.resolve(5))).toBe(5);
  await expect(within(1_000, "broken", Promise.reject(new Error("why")))).rejects.toThrow("why");
});

it("gives up on a call that hangs", async () => {
  const hung = new Promise(() => undefined);
  await expect(within(20, "a hung call", hung)).rejects.toThrow("a hung call did not finish within 20 ms");
});
