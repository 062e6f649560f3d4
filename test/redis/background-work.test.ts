import { describe, expect, it } from "vitest";
import { BackgroundWork } from "../../src/redis/background-work.js";

/** Something to be done by hand. */
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
  it("waits for what is under way, and for what that begins", async () => {
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

  it("does not wait for longer than it is told, and what fails later is nobody's news", async () => {
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

  it("begins nothing any more", async () => {
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

it("tells what fails before", async () => {
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
