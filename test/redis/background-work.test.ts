import { describe, expect, it } from "vitest";
import { BackgroundWork } from "../../src/redis/background-work.js";

/** Returns a task that a test ends. */
function task() {
  let finish = (): void => undefined;
  let fail = (_error: Error): void => undefined;
  const promise = new Promise<void>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  return { promise, finish, fail };
}

const unwanted = (error: unknown): void => {
  throw error as Error;
};
const LONG_MS = 60_000;

describe("closing", () => {
  it("waits for tasks under way, and for tasks that they begin", async () => {
    const work = new BackgroundWork();
    const [outer, inner] = [task(), task()];
    let isClosed = false;
    work.begin(async () => {
      await outer.promise;
      work.begin(() => inner.promise, unwanted);
    }, unwanted);
    const closing = work.close(LONG_MS).then(() => {
      isClosed = true;
    });
    outer.finish();
    await new Promise(setImmediate);
    expect(isClosed).toBe(false);
    inner.finish();
    await closing;
  });

  it("waits no longer than its limit, and ignores later failures", async () => {
    const work = new BackgroundWork();
    const stuck = task();
    const told: unknown[] = [];
    work.begin(
      () => stuck.promise,
      (error) => told.push(error),
    );
    await work.close(5);
    stuck.fail(new Error("Connection is closed."));
    await new Promise(setImmediate);
    expect(told).toEqual([]);
  });

  it("begins no new task afterwards", async () => {
    const work = new BackgroundWork();
    await work.close(LONG_MS);
    let hasBegun = false;
    work.begin(() => {
      hasBegun = true;
      return Promise.resolve();
    }, unwanted);
    expect(hasBegun).toBe(false);
  });
});

it("reports failures before the end", async () => {
  const work = new BackgroundWork();
  const told: unknown[] = [];
  const error = new Error("no answer");
  work.begin(
    () => Promise.reject(error),
    (failure) => told.push(failure),
  );
  await work.close(LONG_MS);
  expect(told).toEqual([error]);
});
