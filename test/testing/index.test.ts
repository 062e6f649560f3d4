import { describe, expect, it } from "vitest";
import { isActivity, isDocumentRequest } from "../../src/policy/index.js";
import { createTestClock, FETCH_HEADERS, NAVIGATION_HEADERS } from "../../src/testing/index.js";

describe("createTestClock", () => {
  it("moves only when the test moves it", () => {
    const clock = createTestClock(1_000);
    expect([clock(), clock()]).toEqual([1_000, 1_000]);
  });

  it("starts at the current time by default", () => {
    expect(Math.abs(createTestClock()() - Date.now())).toBeLessThan(1_000);
  });

  it.each([
    [{ milliseconds: 1 }, 1],
    [{ seconds: 1 }, 1_000],
    [{ minutes: 1 }, 60_000],
    [{ hours: 1 }, 3_600_000],
    [{ days: 1 }, 86_400_000],
    [{ days: 1, hours: 1, minutes: 1, seconds: 1, milliseconds: 1 }, 90_061_001],
    [{ minutes: -2 }, -120_000],
    [{}, 0],
  ])("advances by %j", (step, milliseconds) => {
    const clock = createTestClock(0);
    expect(clock.advance(step)).toBe(milliseconds);
    expect(clock()).toBe(milliseconds);
  });

  it.each([{ minute: 5 }, { minutes: "5" }, { minutes: Number.NaN }, 5, undefined])(
    "refuses the step %j",
    (step) => {
      const clock = createTestClock(0);
      expect(() => clock.advance(step as never)).toThrow(/^clock\.advance: /);
      expect(clock()).toBe(0);
    },
  );

  it("can be set to any time, also an earlier time", () => {
    const clock = createTestClock(1_000);
    clock.set(10);
    expect(clock()).toBe(10);
  });

  it("does not move other clocks", () => {
    const [first, second] = [createTestClock(0), createTestClock(0)];
    first.advance({ days: 1 });
    expect(second()).toBe(0);
  });
});

describe("the headers", () => {
  it("M2: of a navigation count as a person's activity, headers of a script do not", () => {
    const navigation = { method: "GET", headers: NAVIGATION_HEADERS };
    const script = { method: "POST", headers: FETCH_HEADERS };
    expect([isActivity(navigation), isActivity(script)]).toEqual([true, false]);
    expect([isDocumentRequest(navigation), isDocumentRequest(script)]).toEqual([true, false]);
  });

  it("are frozen, so that no test can change them", () => {
    expect([Object.isFrozen(NAVIGATION_HEADERS), Object.isFrozen(FETCH_HEADERS)]).toEqual([true, true]);
  });
});
