import { describe, expect, it } from "vitest";
import { microsIn, processorMicrosOf } from "../../bench/processor-time.js";

describe("the processor time of a process", () => {
  it("is the sum of user and system time, also if the program's name holds spaces and brackets", () => {
    const rest = "S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 1 0";
    expect(microsIn(`7 (redis-server) ${rest}`)).toBe(3_000_000);
    expect(microsIn(`7 (odd ) name 1) ${rest}`)).toBe(3_000_000);
  });

  it.runIf(process.platform === "linux")("grows with this process's work", () => {
    const before = processorMicrosOf(process.pid);
    const used = process.cpuUsage();
    while (process.cpuUsage(used).user < 300_000) Math.sqrt(before);
    const { user, system } = process.cpuUsage(used);
    expect(Math.abs(processorMicrosOf(process.pid) - before - user - system)).toBeLessThan(60_000);
  });
});
