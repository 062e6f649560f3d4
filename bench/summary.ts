/** Names of contestants and comparisons between them. */
import type { Figure, Sample } from "./measure.js";
import type { ContestantId } from "./processes/messages.js";
import { spreadOf, type Spread } from "./statistics.js";

/** The contestants' names in reports. */
export const CONTESTANT_NAMES: Readonly<Record<ContestantId, string>> = {
  express: "Express alone",
  oneGet: "Express, one GET",
  bare: "express-session, bare",
  byHand: "enforced by hand",
  betterAuth: "better-auth",
  iron: "iron-session",
  curfew: "express-curfew",
  otherBuild: "express-curfew, other build",
};

/** Returns the median of one figure over all rounds. */
export function medianOf(samples: readonly Sample[], figure: Figure): number {
  return spreadOf(samples.map((sample) => sample[figure])).median;
}

/** Compares one figure round by round, so that a disturbance of a whole round touches both sides. */
export function ratioOf<Id extends string>(
  samples: ReadonlyMap<Id, readonly Sample[]>,
  id: Id,
  to: Id,
  figure: Figure,
): Spread | null {
  const [own, other] = [samples.get(id), samples.get(to)];
  if (!own || !other) return null;
  // Judged contestants have more rounds than the others.
  const rounds = Math.min(own.length, other.length);
  return spreadOf(
    own.slice(0, rounds).map((sample, round) => sample[figure] / (other[round]?.[figure] ?? Number.NaN)),
  );
}

/** Returns a ratio with its interval, such as `1.20 (1.17–1.24)`. */
export function ratioText({ median, interval: [from, until] }: Spread): string {
  return `${median.toFixed(2)} (${from.toFixed(2)}–${until.toFixed(2)})`;
}
