import { describe, expect, it } from "vitest";
import { NAME_CHARACTERS } from "../../bench/chart.js";
import type { ScenarioResult } from "../../bench/contest.js";
import { headlineOf } from "../../bench/headline.js";
import { latencyChart } from "../../bench/latency-chart.js";
import type { Sample } from "../../bench/measure.js";
import { explainMisses } from "../../bench/misses.js";
import type { Scenario } from "../../bench/plan.js";
import { CONTESTANTS, type ContestantId } from "../../bench/processes/messages.js";
import { spreadOf } from "../../bench/statistics.js";
import { targetsTable } from "../../bench/tables.js";
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
  const found = judgeTargets([result], new Map()).find(({ figure }) => figure.includes(words));
  if (!found) throw new Error(`There is no target about ${words}.`);
  return found;
}

const isMet = ({ miss }: Target): boolean => miss === null;

/** What is told of what was missed in a run. */
const told = (...results: ScenarioResult[]): string => explainMisses(judgeTargets(results, new Map()));

describe("a target", () => {
  it.each([
    [1_120, true],
    [1_100, true],
    [1_099, false],
  ])(
    "of 1.10 times the throughput is, at %i to 1000 requests a second, met: %s",
    (requestsPerSecond, met) => {
      const result = resultOf(BUSY, { bare: {}, curfew: { requestsPerSecond } });
      expect(isMet(targetOf(result, "requests a second"))).toBe(met);
    },
  );

  it.each([
    [2.2, true],
    [2.21, false],
  ])("of 0.55 times the median latency is, at %d to 4 ms, met: %s", (p50Ms, met) => {
    const result = resultOf(OFFERED, { bare: {}, curfew: { p50Ms } });
    expect(isMet(targetOf(result, "median latency"))).toBe(met);
  });

  it("is not told of where nothing was measured, and round trips are one before and none after", () => {
    const curfew = { beforeHandler: 1, afterHandler: 1, commands: ["EVALSHA", "EXPIRE"] };
    const [target, ...others] = judgeTargets([], new Map([["curfew", curfew]]));
    expect(others).toEqual([]);
    expect(target).toMatchObject({ measured: "1 and 1", miss: { evidence: "EVALSHA, EXPIRE." } });
    expect(
      judgeTargets([resultOf({ ...BUSY, connections: 256 }, { bare: {}, curfew: {} })], new Map()),
    ).toEqual([]);
  });
});

describe("the table of targets", () => {
  it("has a row for each place, with what was missed in bold", () => {
    const near = resultOf(BUSY, { bare: {}, betterAuth: {}, curfew: { requestsPerSecond: 1_200 } });
    const far = resultOf(OFFERED, { bare: {}, curfew: { p50Ms: 2 } });
    const cells = targetsTable(judgeTargets([near, far], new Map()))
      .split("\n")
      .map((line) =>
        line
          .split("|")
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    expect(cells.filter((_row, index) => index !== 1)).toEqual([
      ["", "requests a second", "processor time a request", "median latency", "99th percentile of latency"],
      [
        "32 busy connections, Redis on this machine, against express-session, bare",
        "1.20 (1.20–1.20), asked ≥ 1.10",
        "**1.00 (1.00–1.00), asked ≤ 0.95**",
        "",
        "",
      ],
      [
        "32 busy connections, Redis on this machine, against better-auth",
        "**1.20 (1.20–1.20), asked ≥ 1.80**",
        "",
        "",
        "",
      ],
      [
        "Offered load, Redis 1 ms away, against express-session, bare",
        "",
        "",
        "0.50 (0.50–0.50), asked ≤ 0.55",
        "1.00 (1.00–1.00), asked ≤ 1.00",
      ],
    ]);
  });

  it("says of round trips what was counted, also where nothing else was measured", () => {
    const traces = new Map([["curfew", { beforeHandler: 1, afterHandler: 0, commands: [] }] as const]);
    expect(targetsTable(judgeTargets([], traces))).toBe(
      "Round trips that a reading request waits for, before its handler and after it: 1 and 0, asked 1 and 0.",
    );
  });
});

describe("what is told of misses", () => {
  it("is nothing where all was met", () => {
    expect(told(resultOf(OFFERED, { bare: {}, curfew: { p50Ms: 2, p99Ms: 9 } }))).toBe("");
  });

  it("is one paragraph for each cause, with what was measured in each place", () => {
    const alone: Scenario = { ...BUSY, connections: 1, latencyMs: 1 };
    const slow = { p50Ms: 3.5, p99Ms: 11 };
    const text = told(
      resultOf(alone, { bare: {}, curfew: slow }),
      resultOf(OFFERED, { bare: {}, curfew: slow }),
    );
    const [work = "", tail = "", ...others] = text
      .split("**")
      .filter((_part, index) => index > 0 && index % 2 === 0);
    expect(others).toEqual([]);
    expect(work.split("\n").filter((line) => line.startsWith("- "))).toEqual([
      "- 1 busy connection, Redis 1 ms away, against express-session, bare: 2.50 of 3.50 ms with express-curfew, 2.00 of 4.00 ms with express-session, bare. Missed: median latency, requests a second.",
      "- Offered load, Redis 1 ms away, against express-session, bare: 2.50 of 3.50 ms with express-curfew, 2.00 of 4.00 ms with express-session, bare. Missed: median latency.",
    ]);
    expect(tail).toContain("11.00 ms with express-curfew, 10.00 ms with express-session, bare. Missed: 99th");
    expect(text).not.toContain("close");
  });

  it("says when the rounds can't tell whether it was missed", () => {
    const result = resultOf(OFFERED, { bare: {}, curfew: { p50Ms: 2 } });
    const p99s = [8, 9, 10.4, 10.6, 11, 12];
    const samples = new Map(result.samples).set(
      "curfew",
      p99s.map((p99Ms) => ({ ...SAMPLE, p50Ms: 2, p99Ms })),
    );
    expect(targetOf({ ...result, samples }, "99th percentile").measured).toBe("1.05 (0.80–1.20)");
    const text = told({ ...result, samples });
    expect(text).toContain("Missed: 99th percentile of latency (close).");
    expect(text).toContain("another run may say otherwise");
  });

  it("names the processor where Redis is near", () => {
    const text = told(resultOf(BUSY, { bare: {}, oneGet: { cpuMicros: 150 }, curfew: {} }));
    expect(text).toContain("200 µs a request with express-curfew");
    expect(text).toContain("150 µs a request with Express, one GET");
    expect(text).toContain("Missed: requests a second, processor time a request.");
  });
});

describe("the headline", () => {
  const trip = { beforeHandler: 1, afterHandler: 0, commands: [] };
  const traces = new Map([
    ["curfew", trip],
    ["bare", { ...trip, afterHandler: 1 }],
  ] as const);

  it("is three sentences with figures of this run", () => {
    const near = resultOf(BUSY, {
      bare: {},
      betterAuth: { requestsPerSecond: 500 },
      curfew: { requestsPerSecond: 1_500 },
    });
    const far = resultOf(OFFERED, { bare: {}, curfew: { p50Ms: 2.5 } });
    const sentences = headlineOf([near, far], traces).split(/(?<=\.) (?=[A-Z])/);
    expect(sentences).toHaveLength(3);
    expect(sentences[0]).toMatch(/waits for 1 round trip to Redis.* waits for 2 round trips\.$/);
    expect(sentences[1]).toMatch(
      / answers 1\.50 times as many requests as bare express-session and 3\.00 times as many as better-auth\.$/,
    );
    expect(sentences[2]).toMatch(/take at most 2\.50 ms, and 4\.00 ms with bare express-session\.$/);
  });

  it("says nothing of what was not measured", () => {
    expect(headlineOf([], new Map())).toBe("");
    expect(headlineOf([resultOf(BUSY, { curfew: {} })], new Map())).toBe("");
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
