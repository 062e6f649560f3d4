import { describe, expect, it } from "vitest";
import { NAME_CHARACTERS } from "../../bench/chart.js";
import type { ScenarioResult } from "../../bench/contest.js";
import { latencyChart } from "../../bench/latency-chart.js";
import type { Sample } from "../../bench/measure.js";
import type { Scenario } from "../../bench/plan.js";
import { CONTESTANTS, type ContestantId } from "../../bench/processes/messages.js";
import { spreadOf } from "../../bench/statistics.js";
import { judgeTargets, type Target } from "../../bench/targets.js";

const SAMPLE: Sample = {
  requestsPerSecond: 1_000,
  p50Ms: 4,
  p99Ms: 10,
  cpuMicros: 200,
  redisCommands: 2,
  redisCpuMicros: 20,
  failures: 0,
};
const BUSY: Scenario = { load: "busy", connections: 32, latencyMs: 0, payloadBytes: 300 };
const OFFERED: Scenario = { load: "offered", connections: 64, latencyMs: 1, payloadBytes: 300 };

/** Six rounds each, with what is given in place of the sample's figures. */
function resultOf(
  scenario: Scenario,
  figures: Partial<Record<ContestantId, Partial<Sample>>>,
): ScenarioResult {
  const samples = Object.entries(figures).map(
    ([id, own]) => [id as ContestantId, Array<Sample>(6).fill({ ...SAMPLE, ...own })] as const,
  );
  return { scenario, roundTripMs: scenario.latencyMs, offeredPerSecond: null, samples: new Map(samples) };
}

function targetOf(result: ScenarioResult, words: string): Target {
  const found = judgeTargets([result], new Map()).find(({ text }) => text.includes(words));
  if (!found) throw new Error(`There is no target about ${words}.`);
  return found;
}

describe("a target", () => {
  it.each([
    [1_160, "met, first in field"],
    [1_150, "met, first in field"],
    [1_120, "met"],
    [1_100, "met"],
    [1_099, "missed"],
  ])("of 1.10 times the throughput is, at %i to 1000 requests a second, %s", (requestsPerSecond, verdict) => {
    const result = resultOf(BUSY, { bare: {}, curfew: { requestsPerSecond } });
    expect(targetOf(result, "requests a second").verdict).toBe(verdict);
  });

  it.each([
    [2.2, "met"],
    [2.21, "missed"],
  ])("of 0.55 times the median latency is, at %d to 4 ms, %s", (p50Ms, verdict) => {
    const result = resultOf(OFFERED, { bare: {}, curfew: { p50Ms } });
    expect(targetOf(result, "median latency").verdict).toBe(verdict);
  });

  it("that is missed has a reason with what was measured, and one that is met has none", () => {
    const result = resultOf(OFFERED, { bare: {}, curfew: { p50Ms: 3.5, p99Ms: 11 } });
    expect(targetOf(result, "median latency").reason).toMatch(/3\.50 ms .* 4\.00 ms.*2\.50 and 2\.00 ms/);
    expect(targetOf(result, "99th percentile").reason).toMatch(/11\.00 ms .*10\.00 ms.* rounds agree/);
    const good = resultOf(OFFERED, { bare: {}, curfew: { p50Ms: 2, p99Ms: 9 } });
    expect(targetOf(good, "median latency").reason).toBeNull();
  });

  it("says when the rounds can't tell whether it was missed", () => {
    const result = resultOf(OFFERED, { bare: {}, curfew: {} });
    const p99s = [8, 9, 10.4, 10.6, 11, 12];
    const samples = new Map(result.samples).set(
      "curfew",
      p99s.map((p99Ms) => ({ ...SAMPLE, p99Ms })),
    );
    const target = targetOf({ ...result, samples }, "99th percentile");
    expect(target.verdict).toBe("missed");
    expect(target.measured).toBe("1.05 (0.80–1.20)");
    expect(target.reason).toContain("another run may say otherwise");
  });

  it("is not told of where nothing was measured, and round trips are one before and none after", () => {
    const curfew = { beforeHandler: 1, afterHandler: 1, commands: ["EVALSHA", "EXPIRE"] };
    expect(judgeTargets([], new Map([["curfew", curfew]]))).toEqual([
      expect.objectContaining({ measured: "1 and 1", verdict: "missed" }),
    ]);
    expect(
      judgeTargets([resultOf({ ...BUSY, connections: 256 }, { bare: {}, curfew: {} })], new Map()),
    ).toEqual([]);
  });
});

describe("the interval of a median", () => {
  it("leaves out as many values at each end as a coin tossed for each would allow", () => {
    const upTo = (count: number): number[] => Array.from({ length: count }, (_value, index) => index + 1);
    expect(spreadOf(upTo(5))).toEqual({ median: 3, interval: [1, 5] });
    expect(spreadOf(upTo(8))).toEqual({ median: 4.5, interval: [1, 8] });
    expect(spreadOf(upTo(12))).toEqual({ median: 6.5, interval: [3, 10] });
    expect(spreadOf(upTo(16))).toEqual({ median: 8.5, interval: [4, 13] });
  });
});

describe("the chart of a run", () => {
  it("has a panel for each distance up to 1 ms at which load was offered, and marks express-curfew", () => {
    const far = { ...OFFERED, latencyMs: 5 };
    const results = [OFFERED, far, BUSY].map((scenario) =>
      resultOf(scenario, { bare: {}, curfew: { p50Ms: 2 } }),
    );
    const chart = latencyChart(results, ["A test."]);
    expect(chart?.panels).toEqual([
      {
        title: "Redis 1 ms away, 0 requests a second",
        rows: [
          { name: "express-session, bare (enforces nothing)", p50Ms: 4, p99Ms: 10, isOurs: false },
          { name: "express-curfew", p50Ms: 2, p99Ms: 10, isOurs: true },
        ],
      },
    ]);
    expect(latencyChart(results.slice(2), ["A test."])).toBeNull();
  });

  it("has no name that is longer than the room for it", () => {
    const ids = CONTESTANTS.map((id) => [id, {}] as const);
    const chart = latencyChart([resultOf(OFFERED, Object.fromEntries(ids))], ["A test."]);
    const names = chart?.panels.flatMap(({ rows }) => rows.map(({ name }) => name)) ?? [];
    expect(names).toHaveLength(CONTESTANTS.length - 1);
    expect(names.filter((name) => name.length > NAME_CHARACTERS)).toEqual([]);
  });
});
