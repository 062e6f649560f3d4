import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Events } from "../../src/events.js";
import { ClockWatch } from "../../src/redis/clock-watch.js";

const T = 1_760_000_000_000;
const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Returns a process and a Redis whose clocks run together until a test moves one of them. */
function watching(timeoutMs = 1_000) {
  const told: string[] = [];
  const watch = new ClockWatch(
    new Events(({ code, message }) => told.push(`${code}: ${message}`)),
    timeoutMs,
  );
  let serverTime = T;
  return {
    told,
    watch,
    pass: (ms: number, movedMs = 0): void => {
      vi.advanceTimersByTime(ms);
      serverTime += ms + movedMs;
      watch.see(serverTime);
    },
  };
}

it.each([
  ["ahead", 20 * 60 * SECOND_MS, "ahead by about 1200 s"],
  ["back", -20 * 60 * SECOND_MS, "back by about 1200 s"],
  ["ahead by a day", 25 * HOUR_MS, "ahead by about 90000 s"],
])("case D3: a clock that jumps %s is reported once", (_how, movedMs, words) => {
  const { told, pass } = watching();
  for (let turn = 0; turn < 50; turn += 1) pass(100);
  expect(told).toEqual([]);
  pass(100, movedMs);
  for (let turn = 0; turn < 50; turn += 1) pass(100);
  expect(told).toEqual([expect.stringContaining(words)]);
  expect(told[0]).toMatch(/^clock_jumped: /);
});

it("ignores late answers, and clocks that drift while no command is sent", () => {
  const { told, pass } = watching();
  pass(0);
  for (const lateMs of [400, -400, 900, -900, 4_000, -4_000]) pass(2 * SECOND_MS, lateMs);
  // A day at 100 parts in a million.
  pass(24 * HOUR_MS, 8_640);
  expect(told).toEqual([]);
});

it("ignores a delay that a long time-out allows", () => {
  const { told, pass } = watching(60_000);
  pass(0);
  pass(2 * SECOND_MS, 50_000);
  expect(told).toEqual([]);
});

it("reports a lasting difference between clocks of a cluster once a minute", () => {
  const { told, pass } = watching();
  pass(0);
  for (let second = 0; second < 150; second += 1) pass(SECOND_MS, second % 2 === 0 ? 30_000 : -30_000);
  expect(told).toHaveLength(3);
});

it("ignores a time that is not a number, and still sees a jump", () => {
  const { told, pass, watch } = watching();
  pass(0);
  watch.see(Number.NaN);
  pass(SECOND_MS, HOUR_MS);
  expect(told).toHaveLength(1);
});

describe("the time of Redis at a moment of this process", () => {
  /** Returns the time of Redis now, as the watch estimates it, minus the true time. */
  const replies = () => {
    const watch = new ClockWatch(new Events(() => undefined), 1_000);
    const beganAt = performance.now();
    const trueTime = () => T + performance.now() - beganAt;
    return {
      watch,
      /** Passes time, then sees a reply of Redis that took so long to arrive. */
      reply: (ms: number, lateMs: number, movedMs = 0): void => {
        vi.advanceTimersByTime(ms);
        watch.see(trueTime() - lateMs + movedMs);
      },
      error: () => (watch.serverTimeAt(performance.now()) ?? Number.NaN) - trueTime(),
    };
  };

  it("is unknown before the first reply", () => {
    const { watch, reply, error } = replies();
    expect(watch.serverTimeAt(performance.now())).toBeNull();
    reply(0, 0);
    expect(error()).toBe(0);
  });

  it("follows the fastest reply of the last half second, even if later replies are slow", () => {
    const { reply, error } = replies();
    for (let turn = 0; turn < 30; turn += 1) reply(50, turn % 5 === 0 ? 1 : 80);
    const errors: number[] = [];
    for (let turn = 0; turn < 200; turn += 1) {
      reply(50, turn % 5 === 0 ? 1 : 80);
      errors.push(error());
    }
    expect(errors.every((ms) => ms === -1)).toBe(true);
  });

  it("follows a clock that is set back after a second", () => {
    const { reply, error } = replies();
    reply(0, 1);
    reply(600, 1, -HOUR_MS);
    expect(error()).toBe(-1);
    reply(600, 1, -HOUR_MS);
    expect(error()).toBe(-1 - HOUR_MS);
  });

  it("forgets replies that are older than a pause", () => {
    const { reply, error } = replies();
    reply(0, 1);
    reply(1_200, 300);
    expect(error()).toBe(-300);
  });
});
