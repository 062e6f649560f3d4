import { describe, expect, it } from "vitest";
import { isNavigation, isPersonsRequest } from "../../src/policy/index.js";
import { createTestClock, FETCH_HEADERS, NAVIGATION_HEADERS } from "../../src/testing/index.js";

describe("createTestClock", () => {
  it("stands still until it is moved", () => {
    const clock = createTestClock(1_000);
    expect([clock(), clock()]).toEqual([1_000, 1_000]);
  });

  it("starts now where nothing else is said", () => {
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
    "does not stand still in silence where %j is asked of it",
    (step) => {
      const clock = createTestClock(0);
      expect(() => clock.advance(step as never)).toThrow(/^clock\.advance: /);
      expect(clock()).toBe(0);
    },
  );

  it("is set to a time, back as well", () => {
    const clock = createTestClock(1_000);
    clock.set(10);
    expect(clock()).toBe(10);
  });

  it("keeps its time apart from other clocks'", () => {
    const [first, second] = [createTestClock(0), createTestClock(0)];
    first.advance({ days: 1 });
    expect(second()).toBe(0);
  });
});

describe("the headers", () => {
  it("Q18: those of a navigation are a person's, those of a page's script are nobody's", () => {
    const navigation = { method: "GET", headers: NAVIGATION_HEADERS };
    const script = { method: "POST", headers: FETCH_HEADERS };
    expect([isPersonsRequest(navigation), isPersonsRequest(script)]).toEqual([true, false]);
    expect([isNavigation(navigation), isNavigation(script)]).toEqual([true, false]);
  });

  it("can't be changed by a test for the next", () => {
    expect([Object.isFrozen(NAVIGATION_HEADERS), Object.isFrozen(FETCH_HEADERS)]).toEqual([true, true]);
  });
});
