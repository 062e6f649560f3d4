/** Checks waits that share one timer. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, vi } from "vitest";
import { expireAfter, WaitQueue } from "../../src/redis/wait-queue.js";

function keepBusy(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

it("a wait without an answer ends in time, and the next wait too", async () => {
  const queue = new WaitQueue(20);
  const expired = [vi.fn(), vi.fn()];
  for (const expire of expired) {
    const startedAt = performance.now();
    queue.add(expire);
    await vi.waitUntil(() => expire.mock.calls.length > 0, { interval: 1 });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(19);
  }
  expect(queue.isEmpty).toBe(true);
});

it("A13: an answer that arrives while the process is busy beyond the limit counts as in time", async () => {
  const queue = new WaitQueue(20);
  const expire = vi.fn();
  const wait = queue.add(expire);
  keepBusy(200);
  // The answer was already in the socket, or the command could not be sent earlier.
  await sleep(5);
  expect(queue.end(wait)).toBe(true);
  expect(expire).not.toHaveBeenCalled();
});

it("A13: after a busy time, a wait without an answer ends soon", async () => {
  const queue = new WaitQueue(20);
  const expire = vi.fn();
  queue.add(expire);
  keepBusy(200);
  await vi.waitUntil(() => expire.mock.calls.length > 0, { timeout: 1_000, interval: 1 });
});

it("M31: a wait continues while bytes arrive, and distinguishes silence from a slow reply", async () => {
  let bytes = 0;
  const queue = new WaitQueue(100, () => bytes);
  const expire = vi.fn();
  const startedAt = performance.now();
  queue.add(expire);
  const arriving = setInterval(() => (bytes += 1), 10);
  await vi.waitUntil(() => expire.mock.calls.length > 0, { timeout: 2_000, interval: 1 });
  clearInterval(arriving);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(199);
  expect(expire.mock.calls).toEqual([[false]]);
});

it("M31: bytes that came earlier do not count", async () => {
  const queue = new WaitQueue(60, () => 5);
  const expire = vi.fn();
  queue.add(expire);
  await vi.waitUntil(() => expire.mock.calls.length > 0, { timeout: 2_000, interval: 1 });
  expect(expire.mock.calls).toEqual([[true]]);
});

it("M31: the other waits have the same grace", async () => {
  const expire = vi.fn();
  const end = expireAfter(20, expire);
  keepBusy(200);
  await sleep(5);
  expect(expire).not.toHaveBeenCalled();
  end();
  await sleep(100);
  expect(expire).not.toHaveBeenCalled();
  expireAfter(20, expire);
  await vi.waitUntil(() => expire.mock.calls.length > 0, { timeout: 1_000, interval: 1 });
});

it("a wait longer than Node's timers does not end at once", async () => {
  const expire = vi.fn();
  const end = expireAfter(2 ** 32, expire);
  await sleep(50);
  end();
  expect(expire).not.toHaveBeenCalled();
});
