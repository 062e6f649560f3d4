import { describe, expect, it } from "vitest";
import type { ScenarioResult } from "../../bench/contest.js";
import { busyScenario } from "../../bench/plan.js";
import { spreadOf } from "../../bench/statistics.js";
import { nodesTable, targetsTable } from "../../bench/tables.js";
import { judgeTargets, listMisses, type Measurements, type Target } from "../../bench/targets.js";
import { BUSY, growthOf, OFFERED, resultOf, SAMPLE } from "./measurements.js";

const NOTHING: Measurements = { results: [], growth: null, traces: new Map() };

const judged = (...results: ScenarioResult[]): Target[] => judgeTargets({ ...NOTHING, results });

function targetAbout(words: string, targets: readonly Target[]): Target {
  const found = targets.filter(({ name }) => name.includes(words));
  const [target] = found;
  if (!target || found.length > 1) throw new Error(`Expected one target about ${words}: ${found.length}`);
  return target;
}

/** Returns the cells of a Markdown table without its rule. */
const cellsOf = (text: string): string[][] =>
  text
    .split("\n")
    .filter((_line, index) => index !== 1)
    .map((line) => line.split("|").slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()));

describe("a target of full load", () => {
  it.each([
    ["requests a second", { requestsPerSecond: 1_150 }, true],
    ["requests a second", { requestsPerSecond: 1_149 }, false],
    ["the app's processor time", { cpuMicros: 180 }, true],
    ["the app's processor time", { cpuMicros: 181 }, false],
    ["Redis's processor time", { redisCpuMicros: 20 }, true],
    ["Redis's processor time", { redisCpuMicros: 20.1 }, false],
  ])("about %s is, at %o, met: %s", (words, curfew, met) => {
    const targets = judged(resultOf(BUSY, { bare: {}, curfew }));
    expect(targetAbout(words, targets).isMet).toBe(met);
  });
});

describe("a target of latency", () => {
  it.each([
    ["median latency", { p50Ms: 2.2 }, true],
    ["median latency", { p50Ms: 2.21 }, false],
    ["99th percentile", { p99Ms: 10 }, true],
    ["99th percentile", { p99Ms: 10.1 }, false],
  ])("about the %s is, at %o, met: %s", (words, curfew, met) => {
    const targets = judged(resultOf(OFFERED, { bare: {}, curfew }));
    expect(targetAbout(words, targets).isMet).toBe(met);
  });
});

describe("a target of growth", () => {
  const growthTargets = (...[micros, bytes]: Parameters<typeof growthOf>): Target[] =>
    judgeTargets({ ...NOTHING, growth: growthOf(micros, bytes) });

  it.each([
    [104, true],
    [106, false],
  ])("is, at %i to 100 microseconds for one user with many sessions, met: %s", (busyUser, met) => {
    const targets = growthTargets({ few: 100, many: 100, busyUser });
    expect(targetAbout("A user after 10,000 sign-ins", targets).isMet).toBe(met);
    expect(targetAbout("1,000,000 sessions: processor time", targets).isMet).toBe(true);
  });

  it.each([
    [104, true],
    [106, false],
  ])("is, at %i to 100 microseconds for a million sessions, met: %s", (many, met) => {
    const targets = growthTargets({ few: 100, many, busyUser: 100 });
    expect(targetAbout("1,000,000 sessions: processor time", targets).isMet).toBe(met);
    expect(targetAbout("A user after 10,000 sign-ins", targets).isMet).toBe(true);
  });

  it.each([
    [500, true],
    [501, false],
  ])("is, at %i bytes a session, met: %s", (bytes, met) => {
    const targets = growthTargets({ few: 100, many: 100, busyUser: 100 }, bytes);
    expect(targetAbout("memory a session", targets)).toMatchObject({ isMet: met, measured: `${bytes} B` });
  });
});

describe("targets", () => {
  it("ask for one round trip before the handler and none after it", () => {
    const curfew = { beforeHandler: 1, afterHandler: 1, commands: ["MGET", "EXPIRE"] };
    const [target, ...others] = judgeTargets({ ...NOTHING, traces: new Map([["curfew", curfew]]) });
    expect(others).toEqual([]);
    expect(target).toMatchObject({ measured: "1 and 1", isMet: false, evidence: "MGET, EXPIRE" });
  });

  it("leave out what was not measured, and other Node versions", () => {
    expect(judged(resultOf({ ...BUSY, connections: 256 }, { bare: {}, curfew: {} }))).toEqual([]);
    expect(judged(resultOf(busyScenario("20"), { bare: {}, curfew: {} }))).toEqual([]);
    expect(judged(resultOf(BUSY, { curfew: {} }))).toEqual([]);
  });

  it("are in one row with a column for each Node, misses in bold", () => {
    const fast = { requestsPerSecond: 1_200, cpuMicros: 160, redisCpuMicros: 15 };
    const [near, older] = [
      resultOf(BUSY, { bare: {}, curfew: fast }),
      resultOf(busyScenario("24"), { bare: {}, curfew: { ...fast, requestsPerSecond: 1_100 } }),
    ];
    const place = "32 busy connections, Redis on this machine";
    expect(cellsOf(targetsTable(judged(near, older)))).toEqual([
      ["target", "asked", "Node 26", "Node 24"],
      [
        `${place}: requests a second, beside express-session, bare`,
        "≥ 1.15",
        "1.20 (1.20–1.20)",
        "**1.10 (1.10–1.10)**",
      ],
      [
        `${place}: the app's processor time a request, beside express-session, bare`,
        "≤ 0.90",
        "0.80 (0.80–0.80)",
        "0.80 (0.80–0.80)",
      ],
      [
        `${place}: Redis's processor time a request, beside express-session, bare`,
        "≤ 1.00",
        "0.75 (0.75–0.75)",
        "0.75 (0.75–0.75)",
      ],
    ]);
  });
});

describe("the list of misses", () => {
  it("is empty if every target was met", () => {
    expect(listMisses(judged(resultOf(OFFERED, { bare: {}, curfew: { p50Ms: 2, p99Ms: 9 } })))).toBe("");
  });

  it("has the figures of both sides and the Node", () => {
    const text = listMisses(judged(resultOf(OFFERED, { bare: {}, curfew: { p50Ms: 3.5, p99Ms: 9 } })));
    expect(text).toBe(
      "- Node 26. Offered load, Redis 1 ms away: median latency, beside express-session, bare: 3.50 ms with express-curfew, 4.00 ms with express-session, bare.",
    );
  });

  it("says if another run may judge differently", () => {
    const result = resultOf(OFFERED, { bare: {}, curfew: { p50Ms: 2 } });
    const p99s = [8, 9, 10.4, 10.6, 11, 12];
    const samples = new Map(result.samples).set(
      "curfew",
      p99s.map((p99Ms) => ({ ...SAMPLE, p50Ms: 2, p99Ms })),
    );
    const targets = judged({ ...result, samples });
    expect(targetAbout("99th percentile", targets).measured).toBe("1.05 (0.80–1.20)");
    expect(listMisses(targets)).toContain("another run may judge differently");
  });
});

describe("the table of Node versions", () => {
  it("has full load on each Node that was measured", () => {
    const results = [
      resultOf(BUSY, { bare: {}, curfew: {} }),
      resultOf(OFFERED, { bare: {}, curfew: {} }),
      resultOf(busyScenario("20"), { bare: {}, curfew: { requestsPerSecond: 1_500, cpuMicros: 100 } }),
    ];
    const [, ...rows] = cellsOf(nodesTable(results));
    expect(rows).toEqual([
      ["Node 26", "1000", "1000", "1.00 (1.00–1.00)", "1.00 (1.00–1.00)", "1.00 (1.00–1.00)"],
      ["Node 20", "1000", "1500", "1.50 (1.50–1.50)", "0.50 (0.50–0.50)", "1.00 (1.00–1.00)"],
    ]);
  });
});

describe("the interval of a median", () => {
  it("leaves out as many values at each end as the binomial distribution allows", () => {
    const upTo = (count: number): number[] => Array.from({ length: count }, (_value, index) => index + 1);
    expect(spreadOf(upTo(5))).toEqual({ median: 3, interval: [1, 5] });
    expect(spreadOf(upTo(8))).toEqual({ median: 4.5, interval: [1, 8] });
    expect(spreadOf(upTo(12))).toEqual({ median: 6.5, interval: [3, 10] });
    expect(spreadOf(upTo(16))).toEqual({ median: 8.5, interval: [4, 13] });
  });
});
