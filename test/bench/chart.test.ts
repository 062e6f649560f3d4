import { describe, expect, it } from "vitest";
import { drawChart, type Chart } from "../../bench/chart.js";

const CHART: Chart = {
  title: "Latency & all <that>",
  notes: ["Measured somewhere"],
  panels: [
    {
      title: "Near",
      rows: [
        { name: "theirs", p50Ms: 2, p99Ms: 4, isOwn: false },
        { name: "own", p50Ms: 1, p99Ms: 2, isOwn: true },
      ],
    },
    { title: "Far", rows: [{ name: "theirs", p50Ms: 4, p99Ms: 8, isOwn: false }] },
  ],
};

/** Widths of the bars, from the top down. */
const barsOf = (svg: string): number[] =>
  [...svg.matchAll(/<rect class="p50[^"]*"[^>]* width="([\d.]+)"/g)].map((match) => Number(match[1]));

describe("the chart of latencies", () => {
  const svg = drawChart(CHART);

  it("draws bars as long as the medians, on one scale in all panels", () => {
    const [first = 0, second = 0, third = 0] = barsOf(svg);
    expect(first).toBeGreaterThan(0);
    expect(second).toBeCloseTo(first / 2, 0);
    expect(third).toBeCloseTo(first * 2, 0);
  });

  it("ends whiskers at the 99th percentile", () => {
    const ends = [...svg.matchAll(/d="M([\d.]+) [\d.]+H([\d.]+)/g)].map((match) => [
      Number(match[1]),
      Number(match[2]),
    ]);
    const [[p50 = 0, p99 = 0] = []] = ends;
    const [bar = 0] = barsOf(svg);
    expect(ends).toHaveLength(3);
    expect(p99 - p50).toBeCloseTo(bar, 0);
  });

  it("writes every figure as text, and lists all figures for screen readers", () => {
    for (const figures of ["2.00 / 4.00 ms", "1.00 / 2.00 ms", "4.00 / 8.00 ms"])
      expect(svg).toContain(figures);
    expect(svg).toMatch(/<svg [^>]*role="img" aria-labelledby="title desc"/);
    expect(svg).toContain('<title id="title">Latency &amp; all &lt;that&gt;</title>');
    expect(svg).toContain(
      "Near. theirs: median 2.00 ms, 99th percentile 4.00 ms; own: median 1.00 ms, 99th percentile 2.00 ms. Far. theirs: median 4.00 ms, 99th percentile 8.00 ms.",
    );
  });

  it("has its own ground, and other colours where darkness is preferred", () => {
    expect(svg).toMatch(/<rect class="ground"/);
    expect(svg).toContain("@media (prefers-color-scheme: dark)");
  });

  it("stays within its frame and fetches nothing", () => {
    const width = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1]);
    for (const [, x] of svg.matchAll(/H([\d.]+)m/g)) expect(Number(x)).toBeLessThan(width);
    expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(/https?:|href|url\(|<script/);
  });

  it("draws nothing but words where nothing has been measured", () => {
    expect(drawChart({ ...CHART, panels: [] })).not.toMatch(/NaN|Infinity/);
  });
});
