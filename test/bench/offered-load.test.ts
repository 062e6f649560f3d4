import { describe, expect, it } from "vitest";
import { createAlarm } from "../../bench/processes/alarm.js";
import { momentsOf, statusOfWhole } from "../../bench/processes/offered-load.js";

describe("offered load", () => {
  it("comes at the asked rate, in gaps as random as people's", () => {
    const moments = momentsOf(1_000, 20, 1);
    expect(moments.length).toBeGreaterThan(19_000);
    expect(moments.length).toBeLessThan(21_000);
    const gaps = moments.map((at, index) => at - (moments[index - 1] ?? 0));
    const meanOf = (values: readonly number[]): number =>
      values.reduce((sum, one) => sum + one, 0) / values.length;
    const mean = meanOf(gaps);
    const deviation = Math.sqrt(meanOf(gaps.map((gap) => (gap - mean) ** 2)));
    // Gaps between independent events deviate by as much as they are long.
    expect(deviation / mean).toBeCloseTo(1, 1);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0);
  });

  it("comes at the same moments for every contestant, and at other moments in the next turn", () => {
    expect(momentsOf(100, 1, 7)).toEqual(momentsOf(100, 1, 7));
    expect(momentsOf(100, 1, 7)).not.toEqual(momentsOf(100, 1, 8));
  });

  it("waits for the last byte of an answer's body", () => {
    const answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";
    for (let length = 0; length < answer.length; length += 1)
      expect(statusOfWhole(answer.slice(0, length))).toBeNull();
    expect(statusOfWhole(answer)).toBe(200);
  });

  it("refuses an answer without Content-Length", () => {
    expect(() => statusOfWhole("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0")).toThrow(
      "no Content-Length",
    );
  });
});

describe("an alarm", () => {
  it.each([0, 0.4, 1, 3.5])("that is set for %d ms ahead rings once, and not before", async (aheadMs) => {
    const rung: number[] = [];
    const dueAt = performance.now() + aheadMs;
    await new Promise<void>((resolve) => {
      createAlarm(() => {
        rung.push(performance.now());
        resolve();
      })(dueAt);
    });
    const [at = 0] = rung;
    expect(at).toBeGreaterThanOrEqual(dueAt - 0.01);
    await new Promise((resolve) => setImmediate(resolve));
    expect(rung).toHaveLength(1);
  });
});
