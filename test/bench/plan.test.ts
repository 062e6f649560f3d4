import { describe, expect, it } from "vitest";
import { secondsOfGrowth } from "../../bench/growth.js";
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
  if (!options) throw new Error("The arguments ask for help.");
  return options;
}

const cellsOf = (...args: string[]) => planGroups(optionsOf(...args)).flatMap(({ cells }) => cells);

describe("the benchmark's plan", () => {
  it("measures every scenario on Node 26, both targets on 24, and full load on 22 and 20", () => {
    const names = cellsOf().map(({ scenario }) => nameOf(scenario));
    expect(names.toSorted()).toEqual([
      "node20-busy-32-0ms-300B",
      "node22-busy-32-0ms-300B",
      "node24-busy-32-0ms-300B",
      "node24-offered-64-1ms-300B",
      "node26-busy-1-0ms-300B",
      "node26-busy-32-0ms-10000B",
      "node26-busy-32-0ms-300B",
      "node26-busy-32-1ms-300B",
      "node26-offered-64-0ms-300B",
      "node26-offered-64-1ms-300B",
      "node26-offered-64-5ms-300B",
    ]);
  });

  it("shows other packages on Node 26 only, and no sealed cookie of 10 kB", () => {
    for (const { scenario, contestants } of cellsOf()) {
      if (scenario.node !== "26") expect(contestants).toEqual(["bare", "curfew"]);
      else expect(contestants).toEqual(expect.arrayContaining(["bare", "byHand", "curfew"]));
      if (scenario.payloadBytes > 300) expect(contestants).not.toContain("iron");
    }
  });

  it("starts apps once per Node, distance and payload", () => {
    const keys = planGroups(optionsOf()).map(({ node, latencyMs, payloadBytes }) =>
      [node, latencyMs, payloadBytes].join(" "),
    );
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("gives more rounds only to the apps that a target compares", () => {
    const options = optionsOf("--rounds", "2", "--judged-rounds", "5");
    const cells = planGroups(options).flatMap((group) => group.cells);
    const judged = cells.filter((cell) => cell.judged.length > 0);
    expect(judged.map(({ scenario }) => nameOf(scenario))).toEqual([
      "node26-busy-32-0ms-300B",
      "node26-offered-64-1ms-300B",
      "node24-busy-32-0ms-300B",
      "node24-offered-64-1ms-300B",
      "node22-busy-32-0ms-300B",
      "node20-busy-32-0ms-300B",
    ]);
    for (const cell of judged) {
      expect(roundsOf(cell, options)).toBe(5);
      expect(contestantsOfRound(cell, 1, options)).toEqual(cell.contestants);
      expect(contestantsOfRound(cell, 2, options)).toEqual(["bare", "curfew"]);
    }
    expect(cells.filter((cell) => roundsOf(cell, options) === 2)).toHaveLength(cells.length - judged.length);
  });

  it("measures with --judge only the targets, on Node 26 and 24", () => {
    const groups = planGroups(optionsOf("--judge"));
    expect(groups.flatMap(({ cells }) => cells.map(({ scenario }) => nameOf(scenario)))).toEqual([
      "node26-busy-32-0ms-300B",
      "node26-offered-64-1ms-300B",
      "node24-busy-32-0ms-300B",
      "node24-offered-64-1ms-300B",
    ]);
    expect(new Set(groups.flatMap(contestantsOf))).toEqual(new Set(["bare", "curfew"]));
  });

  it("takes at most 20 minutes, and with --quick at most three", () => {
    const minutes = (...args: string[]): number => {
      const options = optionsOf(...args);
      return (secondsOfAll(planGroups(options), options) + secondsOfGrowth(options)) / 60;
    };
    expect(minutes()).toBeLessThan(20);
    expect(minutes("--quick")).toBeLessThan(3);
  });

  it("leaves growth out where no target is measured", () => {
    for (const args of [
      ["--sessions", "0"],
      ["--nodes", "22,20"],
      ["--only", "bare"],
    ])
      expect(secondsOfGrowth(optionsOf(...args))).toBe(0);
  });

  it.each(["--rounds", "--judged-rounds", "--seconds", "--sessions", "--nodes", "--only"])(
    "refuses nonsense for %s",
    (option) => {
      expect(() => optionsOf(option, "many")).toThrow(option);
    },
  );
});

describe("the progress of a run", () => {
  it("corrects the remaining time by the clock when the plan was wrong", () => {
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
