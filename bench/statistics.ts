/** Medians and their intervals. */

/** A median and its interval. */
export interface Spread {
  readonly median: number;
  /** Interval that holds the true median in 95 of 100 runs; all values if there are fewer than six. */
  readonly interval: readonly [from: number, to: number];
}

const CONFIDENCE = 0.95;

/** Returns the median of the values and its interval. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  const outside = countOutside(sorted.length);
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    interval: [at(outside), at(sorted.length - 1 - outside)],
  };
}

/**
 * Returns how many values at each end lie outside the interval. Each value lies above or below the true median with the
 * same probability, so the binomial distribution gives the number for any distribution of the values.
 */
function countOutside(count: number): number {
  let exactly = 0.5 ** count;
  let atMost = exactly;
  let outside = 0;
  while (2 * atMost <= 1 - CONFIDENCE) {
    outside += 1;
    exactly = (exactly * (count - outside + 1)) / outside;
    atMost += exactly;
  }
  return Math.max(0, outside - 1);
}
