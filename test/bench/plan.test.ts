import { describe, expect, it } from "vitest";
import { parseBenchOptions, type BenchOptions } from "../../bench/options.js";
import {
  contestantsOf,
  contestantsOfRound,
  nameOf,
  planGroups,
  roundsOf,
  secondsOfAll,
} from "../../bench/plan.js";
import { Progress } from "../../bench/progress.js";

function optionsOf(...args: string[]): BenchOptions {
  const options = parseBenchOptions(args);
  if (!options) throw new Error("Help was asked for.");
  return options;
}

const cellsOf = (...args: string[]) => planGroups(optionsOf(...args)).flatMap(({ cells }) => cells);

describe("the benchmark's plan", () => {
  it("has all connections, distances and payloads, and load that is offered at each distance", () => {
    const names = cellsOf().map(({ scenario }) => nameOf(scenario));
    const busy = ["300B", "10000B"].flatMap((payload) =>
      [0, 1, 2, 5].flatMap((ms) => [1, 32, 256].map((count) => `busy-${count}-${ms}ms-${payload}`)),
    );
    const offered = [0, 1, 2, 5].map((ms) => `offered-64-${ms}ms-300B`);
    expect(names.toSorted()).toEqual([...busy, ...offered].toSorted());
  });

  it("has bare express-session and enforcement by hand everywhere, and no sealed cookie of 10 kB", () => {
    for (const { scenario, contestants } of cellsOf()) {
      expect(contestants).toEqual(expect.arrayContaining(["bare", "byHand", "curfew"]));
      if (scenario.payloadBytes > 300) expect(contestants).not.toContain("iron");
    }
  });

  it("gives more rounds to whose figures are judged, and only to them", () => {
    const options = optionsOf("--rounds", "2", "--judged-rounds", "5");
    const cells = planGroups(options).flatMap((group) => group.cells);
    const judged = cells.filter((cell) => cell.judged.length > 0);
    expect(judged.map(({ scenario }) => nameOf(scenario))).toEqual([
      "busy-32-0ms-300B",
      "busy-1-1ms-300B",
      "busy-32-1ms-300B",
      "offered-64-1ms-300B",
      "busy-1-2ms-300B",
      "busy-32-2ms-300B",
      "offered-64-2ms-300B",
    ]);
    for (const cell of judged) {
      expect(roundsOf(cell, options)).toBe(5);
      expect(contestantsOfRound(cell, 1, options)).toContain("byHand");
      expect(contestantsOfRound(cell, 2, options)).toEqual(cell.judged);
    }
    expect(cells.filter((cell) => roundsOf(cell, options) === 2)).toHaveLength(cells.length - judged.length);
  });

  it("measures with --judge nothing but what targets are judged on", () => {
    const groups = planGroups(optionsOf("--judge"));
    expect(groups.flatMap(({ cells }) => cells)).toHaveLength(7);
    expect(new Set(groups.flatMap(contestantsOf))).toEqual(new Set(["bare", "betterAuth", "curfew"]));
  });

  it("takes no longer than 25 minutes, and with --quick no longer than four", () => {
    const minutes = (...args: string[]): number => {
      const options = optionsOf(...args);
      return secondsOfAll(planGroups(options), options) / 60;
    };
    expect(minutes()).toBeLessThan(25);
    expect(minutes("--quick")).toBeLessThan(4);
  });

  it.each(["--rounds", "--judged-rounds", "--seconds", "--connections"])(
    "refuses nonsense for %s",
    (option) => {
      expect(() => optionsOf(option, "many")).toThrow(option);
    },
  );
});

describe("the progress of a run", () => {
  it("tells from the clock how long it will go on, when the plan was wrong", () => {
    let nowMs = 0;
    const progress = new Progress(1_000, () => nowMs);
    expect(progress.toString()).toBe("[  0 %, about 17 min left]");
    progress.done(500);
    nowMs = 1_000_000;
    expect(progress.toString()).toBe("[ 50 %, about 17 min left]");
    progress.done(480);
    nowMs = 1_960_000;
    expect(progress.toString()).toBe("[ 98 %, about 40 s left]");
  });
});
