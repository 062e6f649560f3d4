/** A clock that can skip time, so that minutes or days pass in seconds. */
export interface SkippableClock {
  /** Milliseconds since 1970. */
  (): number;
  /** Skips time forward. There is no way back: a session that begins in the future would end at once. */
  skip(minutes: number): void;
  /** Returns the lead over the real time, in milliseconds. */
  aheadMs(): number;
}

/** Name of the parameter that marks the page after a skip. */
export const SKIPPED = "skipped";

const MINUTE_MS = 60_000;

/** Creates a clock that starts at the real time and runs at the same pace. */
export function createSkippableClock(realNow: () => number = Date.now): SkippableClock {
  let aheadMs = 0;
  return Object.assign(() => realNow() + aheadMs, {
    skip: (minutes: number): void => {
      if (!(minutes > 0)) throw new RangeError("The clock only moves on.");
      aheadMs += minutes * MINUTE_MS;
    },
    aheadMs: () => aheadMs,
  });
}
