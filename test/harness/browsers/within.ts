import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds that one call to a browser may take. A call that takes longer has hung. */
export const CALL_WITHIN_MS = 10_000;

/** Milliseconds in which a browser must be up. The first start on a cold machine is the slowest. */
export const LAUNCH_WITHIN_MS = 30_000;

/**
 * Passes a result on if it arrives in time.
 *
 * @throws an error that names the call, if it does not
 */
export async function within<T>(milliseconds: number, call: string, result: Promise<T>): Promise<T> {
  const stop = new AbortController();
  const timer = sleep(milliseconds, undefined, { signal: stop.signal, ref: false }).then(
    () => {
      throw new Error(`${call} did not finish within ${milliseconds} ms`);
    },
    // Stopped, because the result was there first.
    () => result,
  );
  try {
    return await Promise.race([result, timer]);
  } finally {
    stop.abort();
  }
}
