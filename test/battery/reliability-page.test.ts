import { describe, expect, it } from "vitest";
import { reachedOf } from "./reliability-page.js";

const figures = (...told: readonly (readonly [string, string])[]) =>
  told.map(([name, reached]) => ({ name, reached, passed: true }));

describe("what a case has reached", () => {
  it("is one line where it has no parts", () => {
    expect(reachedOf(figures(["races", "2500"], ["zombies", "0"]))).toBe("races: 2500; zombies: 0");
  });

  it("names a part once, on a line of its own", () => {
    const told = figures(
      ["50 ms: worked", "100"],
      ["50 ms: extended twice", "0"],
      ["200 ms: worked", "99"],
      ["200 ms: extended twice", "1 (asked: 0)"],
      ["unanswered", "3"],
    );
    expect(reachedOf(told)).toBe(
      "**50 ms** worked: 100; extended twice: 0<br>**200 ms** worked: 99; extended twice: 1 (asked: 0)<br>unanswered: 3",
    );
  });

  it("leaves a name whole that only looks like one of several", () => {
    const told = figures(["durable true before: kept", "20"], ["slowest", "5 ms"]);
    expect(reachedOf(told)).toBe("durable true before: kept: 20; slowest: 5 ms");
  });

  it("has one 0 for all that came to nothing, and loses none of them", () => {
    const told = figures(["500", "0"], ["requests", "10"], ["leaks", "0"], ["wrong", "0 of 3"]);
    expect(reachedOf(told)).toBe("requests: 10; wrong: 0 of 3; 0 each: 500 · leaks");
  });
});
