import { describe, expect, it } from "vitest";

import * as durations from "../../src/policy/durations.js";

describe("the fixed durations", () => {
  it("are in milliseconds from a second to a day", () => {
    const { SECOND_MS, MINUTE_MS, HOUR_MS, DAY_MS } = durations;
    expect([SECOND_MS, MINUTE_MS, HOUR_MS, DAY_MS]).toEqual([1_000, 60_000, 3_600_000, 86_400_000]);
  });

  it("D3, N3: the warning comes 120 seconds before the end", () => {
    expect(durations.WARNING_MS).toBe(120_000);
  });

  it("P2, D5: a persistent session lasts 43,200 minutes, an extension adds at most 30", () => {
    expect([durations.PERSISTENT_SESSION_MINUTES, durations.MAX_EXTENSION_MINUTES]).toEqual([43_200, 30]);
  });

  it("F2: a stamp may lie a minute ahead of a clock that was set back", () => {
    expect(durations.CLOCK_TOLERANCE_MS).toBe(60_000);
  });
});
