/** Why targets were missed, as far as the figures tell. */
import type { ScenarioResult } from "./contest.js";
import { groupBy } from "./group-by.js";
import type { Figure } from "./measure.js";
import type { ContestantId } from "./processes/messages.js";
import type { Spread } from "./statistics.js";
import { CONTESTANT_NAMES, medianOf } from "./summary.js";
import type { Promised, Target } from "./targets.js";

/** Why a target was missed. */
export interface Miss {
  readonly cause: Cause;
  /** What was measured that shows it. */
  readonly evidence: string;
  /** Whether the limit lies within what the rounds can tell apart. */
  readonly isClose: boolean;
}

/** What misses can have in common. */
export type Cause = "roundTrips" | "processor" | "work" | "tail";

const CAUSES: Readonly<Record<Cause, string>> = {
  roundTrips: "**Round trips.** A request soon after another sent more than it should:",
  processor:
    "**Processor time.** Where Redis is near it decides, and what Express, Node and the network take of it can't be saved:",
  work: "**Work that no round trip spares.** One round trip instead of two would halve a request's time if it were nothing else. What is left of the median latency without them is work on the same two ends, which brings the ratio up from a half:",
  tail: "**The slowest requests.** How long one request in a hundred takes garbage collection decides, and whatever else the machine does, which a round trip less does not spare:",
};

const CLOSE =
  '"Close" says that the limit lies within what the rounds can tell apart, so another run may say otherwise; of the others the rounds agree that they were missed.';

/** A reason for each cause, once, with where it was met. */
export function explainMisses(targets: readonly Target[]): string {
  const missed = targets.flatMap((target) => (target.miss ? [{ ...target, miss: target.miss }] : []));
  const paragraphs = (Object.keys(CAUSES) as Cause[]).flatMap((cause) => {
    const own = missed.filter(({ miss }) => miss.cause === cause);
    if (own.length === 0) return [];
    const places = groupBy(own, ({ place, miss }) => `${placeOf(place)}: ${miss.evidence}`);
    const lines = [...places].map(([told, there]) => {
      const figures = there.map(({ figure, miss }) => `${figure}${miss.isClose ? " (close)" : ""}`);
      return `- ${told} Missed: ${figures.join(", ")}.`;
    });
    return [`${CAUSES[cause]}\n\n${lines.join("\n")}`];
  });
  if (missed.some(({ miss }) => miss.isClose)) paragraphs.push(CLOSE);
  return paragraphs.join("\n\n");
}

const placeOf = (place: string | null): string => place ?? "Everywhere";

/** What a request sent that waited for other round trips than it may. */
export function missOfRoundTrips(commands: readonly string[]): Miss {
  return { cause: "roundTrips", evidence: `${commands.join(", ")}.`, isClose: false };
}

/** Where the time is: in round trips, or in work that no round trip saved makes smaller. */
export function missOf(promised: Promised, result: ScenarioResult, { interval }: Spread): Miss {
  const [from, until] = interval;
  const isClose = from <= promised.limit && promised.limit <= until;
  if (promised.figure === "p99Ms") return { cause: "tail", evidence: tailsOf(promised, result), isClose };
  return promised.scenario.latencyMs > 0
    ? { cause: "work", evidence: workOf(promised, result), isClose }
    : { cause: "processor", evidence: processorTimesOf(promised, result), isClose };
}

const medianIn = (result: ScenarioResult, id: ContestantId, figure: Figure): number =>
  medianOf(result.samples.get(id) ?? [], figure);

/** What half of all requests took at most, and what of it was no round trip: one here, two with the other. */
function workOf({ to }: Promised, result: ScenarioResult): string {
  const ofOne = (id: ContestantId, roundTrips: number): string => {
    const ms = medianIn(result, id, "p50Ms");
    const work = ms - roundTrips * result.roundTripMs;
    return `${work.toFixed(2)} of ${ms.toFixed(2)} ms with ${CONTESTANT_NAMES[id]}`;
  };
  return `${ofOne("curfew", 1)}, ${ofOne(to, 2)}.`;
}

function tailsOf({ to }: Promised, result: ScenarioResult): string {
  const tail = (id: ContestantId): string =>
    `${medianIn(result, id, "p99Ms").toFixed(2)} ms with ${CONTESTANT_NAMES[id]}`;
  return `${tail("curfew")}, ${tail(to)}.`;
}

function processorTimesOf({ to }: Promised, result: ScenarioResult): string {
  const told: ContestantId[] = ["curfew", to, ...(result.samples.has("oneGet") ? ["oneGet" as const] : [])];
  return `${told.map((id) => `${medianIn(result, id, "cpuMicros").toFixed(0)} µs a request with ${CONTESTANT_NAMES[id]}`).join(", ")}.`;
}
