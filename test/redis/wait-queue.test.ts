/** Waits that are bounded by one timer. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, vi } from "vitest";
import { expireAfter, WaitQueue } from "../../src/redis/wait-queue.js";

function keepBusy(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

it("a wait ends in time where nothing comes, and the next one too", async () => {
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

it("A13: what comes while the process is busy for longer than the wait has come in time", async () => {
  const queue = new WaitQueue(20);
  const expire = vi.fn();
  const wait = queue.add(expire);
  keepBusy(200);
  // An answer that lay in the socket, or to what could not be sent before.
  await sleep(5);
  expect(queue.end(wait)).toBe(true);
  expect(expire).not.toHaveBeenCalled();
});

it("A13: a wait ends soon after such a time where nothing comes", async () => {
  const queue = new WaitQueue(20);
  const expire = vi.fn();
  queue.add(expire);
  keepBusy(200);
  await vi.waitUntil(() => expire.mock.calls.length > 0, { timeout: 1_000, interval: 1 });
});

it("M31: a wait goes on while bytes arrive, and tells silence from a reply that takes too long", async () => {
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

it("M31: bytes that came before do not count", async () => {
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
