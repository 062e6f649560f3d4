/** A clock that can be moved on, so that in seconds one sees what otherwise takes minutes or days. */
export interface SkippableClock {
  /** Milliseconds since 1970. */
  (): number;
  /** Moves on. It never goes back: sessions that began "in the future" would make no sense. */
  skip(minutes: number): void;
  /** How far it is ahead of the real time, in milliseconds. */
  aheadMs(): number;
}

const MINUTE_MS = 60_000;

/** Creates a clock that starts at the real time and runs at its pace. */
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
