import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { NAME_CHARACTERS } from "../../bench/chart.js";
import { headlineOf } from "../../bench/headline.js";
import { latencyChart } from "../../bench/latency-chart.js";
import { busyScenario, distantScenario } from "../../bench/plan.js";
import { CONTESTANTS } from "../../bench/processes/messages.js";
import { withFigures } from "../../bench/readme.js";
import { BUSY, OFFERED, resultOf } from "./measurements.js";

describe("the headline", () => {
  const trip = { beforeHandler: 1, afterHandler: 0, commands: [] };
  const traces = new Map([
    ["curfew", trip],
    ["bare", { ...trip, afterHandler: 1 }],
  ] as const);

  it("is four sentences with figures of this run", () => {
    const near = resultOf(BUSY, {
      bare: {},
      betterAuth: { requestsPerSecond: 500 },
      curfew: { requestsPerSecond: 1_500 },
    });
    const far = resultOf(OFFERED, { bare: {}, curfew: { p50Ms: 2.5 } });
    const sentences = headlineOf({ results: [near, far], traces }).split(/(?<=\.) (?=[A-Ze])/);
    expect(sentences).toHaveLength(4);
    expect(sentences[0]).toMatch(/waits for 1 round trip to Redis.* waits for 2 round trips\.$/);
    expect(sentences[1]).toMatch(/^On Node 26, Redis is on the same machine and 32 connections /);
    expect(sentences[2]).toBe(
      "express-curfew answers 1.50 times as many as bare express-session and 3.00 times as many as better-auth.",
    );
    expect(sentences[3]).toMatch(/2\.50 ms with express-curfew and 4\.00 ms with bare express-session\.$/);
  });

  it("has no figure of another Node, and none that was not measured", () => {
    const older = [busyScenario("20"), busyScenario("24"), distantScenario("24")].map((scenario) =>
      resultOf(scenario, { bare: {}, curfew: { requestsPerSecond: 2_000, p50Ms: 1 } }),
    );
    expect(headlineOf({ results: older, traces: new Map() })).toBe("");
    expect(headlineOf({ results: [resultOf(BUSY, { curfew: {} })], traces: new Map() })).toBe("");
  });
});

describe("the chart of a run", () => {
  it("has a panel for each distance up to 1 ms on Node 26, and marks express-curfew", () => {
    const far = { ...OFFERED, latencyMs: 5 };
    const results = [OFFERED, far, BUSY, distantScenario("24")].map((scenario) =>
      resultOf(scenario, { bare: {}, curfew: { p50Ms: 2 } }),
    );
    const chart = latencyChart(results, ["A test."]);
    expect(chart?.title).toContain("Node 26");
    expect(chart?.panels).toEqual([
      {
        title: "Redis 1 ms away, 0 requests a second",
        rows: [
          { name: "express-session, bare (enforces nothing)", p50Ms: 4, p99Ms: 10, isOwn: false },
          { name: "express-curfew", p50Ms: 2, p99Ms: 10, isOwn: true },
        ],
      },
    ]);
    expect(latencyChart(results.slice(1), ["A test."])).toBeNull();
  });

  it("has room for every name", () => {
    const ids = CONTESTANTS.map((id) => [id, {}] as const);
    const chart = latencyChart([resultOf(OFFERED, Object.fromEntries(ids))], ["A test."]);
    const names = chart?.panels.flatMap(({ rows }) => rows.map(({ name }) => name)) ?? [];
    expect(names).toHaveLength(CONTESTANTS.length - 1);
    expect(names.filter((name) => name.length > NAME_CHARACTERS)).toEqual([]);
  });
});

describe("the README's figures", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

  it("replace only the figures of the previous run", () => {
    const once = withFigures(readme, "First figures.");
    expect(withFigures(once, "Second figures.")).toBe(
      once.replace("First figures.", () => "Second figures."),
    );
    const lines = new Set(once.split("\n"));
    const lost = readme.split("\n").filter((line) => !lines.has(line));
    expect(lost.length).toBeLessThanOrEqual(1);
  });

  it("need a place in the README", () => {
    expect(() => withFigures("# A README", "Figures.")).toThrow("README.md: expected one");
  });
});
