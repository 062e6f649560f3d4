import { describe, expect, it } from "vitest";
import { parseBenchOptions } from "../../bench/options.js";
import { pageOf, type PageContent } from "../../bench/performance-page.js";
import { busyScenario, distantScenario } from "../../bench/plan.js";
import { judgeTargets } from "../../bench/targets.js";
import { growthOf, resultOf } from "./measurements.js";

function contentOf(requestsPerSecond: number): PageContent {
  const options = parseBenchOptions([]);
  if (!options) throw new Error("The arguments ask for help.");
  const results = [
    resultOf(busyScenario("26"), { bare: {}, curfew: { requestsPerSecond, cpuMicros: 100 } }),
    resultOf(distantScenario("26"), { bare: {}, curfew: { p50Ms: 2 } }),
    resultOf(busyScenario("20"), { bare: {}, curfew: { requestsPerSecond: 2_345 } }),
  ];
  const measured = { results, growth: growthOf({ few: 100, many: 100, busyUser: 100 }), traces: new Map() };
  return {
    ...measured,
    options,
    nodes: new Map([["26", { path: "node", version: "26.1.2" }]]),
    redisVersion: "7.0.15",
    commandLine: "npm run bench -- --write",
    profiles: new Map(),
    targets: judgeTargets(measured),
  };
}

describe("the performance page", () => {
  it("begins with figures of Node 26, and shows Node 20 in tables only", () => {
    const page = pageOf(contentOf(1_300), "2026-01-01", true);
    const [beginning = "", ...rest] = page.split("## Other versions of Node.js");
    expect(beginning).toContain("On Node 26, ");
    expect(beginning).toContain("1.30 times as many as bare express-session");
    expect(beginning).not.toMatch(/Node 2[0-5]|2\.35|2345/);
    expect(rest.join("")).toContain("2345");
  });

  it("says whether the run met its targets", () => {
    expect(pageOf(contentOf(1_300), "2026-01-01", true)).toContain("This run met all 8 targets.");
    const missed = pageOf(contentOf(1_000), "2026-01-01", true);
    expect(missed).toContain("This run missed 1 of 8 targets:");
    expect(missed).toContain("**1.00 (1.00–1.00)**");
  });

  it("names the machine's versions, and the chart only if there is one", () => {
    const page = pageOf(contentOf(1_300), "2026-01-01", false);
    expect(page).toContain("Node 26.1.2; Redis 7.0.15");
    expect(page).not.toContain("latency.svg");
    expect(pageOf(contentOf(1_300), "2026-01-01", true)).toContain("(latency.svg)");
  });
});
