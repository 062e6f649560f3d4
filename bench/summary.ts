/** Contestants' names, and how they compare. */
import type { ScenarioResult } from "./contest.js";
import type { Figure, Sample } from "./measure.js";
import type { ContestantId } from "./processes/messages.js";
import { spreadOf, type Spread } from "./statistics.js";

/** What each contestant is, in reports. */
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

/** A contestant's median of one figure over all rounds. */
export function medianOf(samples: readonly Sample[], figure: Figure): number {
  return spreadOf(samples.map((sample) => sample[figure])).median;
}

/** One contestant's figure against another's, round by round: what disturbs a whole round disturbs both. */
export function ratioOf(
  { samples }: Pick<ScenarioResult, "samples">,
  id: ContestantId,
  to: ContestantId,
  figure: Figure,
): Spread | null {
  const [own, other] = [samples.get(id), samples.get(to)];
  if (!own || !other) return null;
  // The judged go on when the others have had their rounds.
  const rounds = Math.min(own.length, other.length);
  return spreadOf(
    own.slice(0, rounds).map((sample, round) => sample[figure] / (other[round]?.[figure] ?? Number.NaN)),
  );
}
