/** Medians, and how far they can be trusted. */

/** A median, and where the true one lies. */
export interface Spread {
  readonly median: number;
  /** Holds the true median in 95 of 100 runs, or all values where they are too few to tell. */
  readonly interval: readonly [from: number, to: number];
}

const CONFIDENCE = 0.95;

/** The median of the figures, with its uncertainty. */
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
 * How many values at either end may be left out. As each value lies above the true median or below it like a coin that
 * is tossed, the binomial distribution says so, whatever the values' own distribution.
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
