/** The first sentences of the performance page, and the README's paragraph: figures of the judged Node alone. */
import type { ScenarioResult } from "./contest.js";
import { JUDGED_NODE } from "./nodes.js";
import { busyScenario, distantScenario, isSame, type Scenario } from "./plan.js";
import type { ContestantId } from "./processes/messages.js";
import type { RoundTrips } from "./round-trips.js";
import { medianOf, ratioOf } from "./summary.js";
import type { Measurements } from "./targets.js";

/** Contestants that the sentence about full load compares. */
const OTHERS: readonly (readonly [ContestantId, string])[] = [
  ["bare", "bare express-session"],
  ["byHand", "enforcement by hand"],
  ["betterAuth", "better-auth"],
];

/** Returns one or two sentences for each kind of figure that was measured. */
export function headlineOf({ results, traces }: Pick<Measurements, "results" | "traces">): string {
  return [roundTripsOf(traces), throughputOf(results), latencyOf(results)]
    .filter((sentence) => sentence !== null)
    .join(" ");
}

function roundTripsOf(traces: ReadonlyMap<ContestantId, RoundTrips>): string | null {
  const [own, bare] = [traces.get("curfew"), traces.get("bare")];
  if (!own || !bare) return null;
  const total = ({ beforeHandler, afterHandler }: RoundTrips): string => {
    const count = beforeHandler + afterHandler;
    return `${count} round trip${count === 1 ? "" : "s"}`;
  };
  return `A signed-in request that only reads waits for ${total(own)} to Redis, with all rules enforced; bare express-session, which enforces none, waits for ${total(bare)}.`;
}

function throughputOf(results: readonly ScenarioResult[]): string | null {
  const scenario = busyScenario(JUDGED_NODE);
  const result = resultIn(results, scenario);
  if (!result) return null;
  const compared = OTHERS.flatMap(([id, name]) => {
    const ratio = ratioOf(result.samples, "curfew", id, "requestsPerSecond");
    return ratio ? [`${ratio.median.toFixed(2)} times as many as ${name}`] : [];
  });
  if (compared.length === 0) return null;
  return `On Node ${JUDGED_NODE}, Redis is on the same machine and ${scenario.connections} connections send requests without a pause. express-curfew answers ${new Intl.ListFormat("en-GB").format(compared)}.`;
}

function latencyOf(results: readonly ScenarioResult[]): string | null {
  const scenario = distantScenario(JUDGED_NODE);
  const result = resultIn(results, scenario);
  const [own, bare] = [result?.samples.get("curfew"), result?.samples.get("bare")];
  if (!own || !bare) return null;
  const median = (samples: typeof own): string => medianOf(samples, "p50Ms").toFixed(2);
  return `With Redis ${scenario.latencyMs} ms away and equal load on both apps, the median latency is ${median(own)} ms with express-curfew and ${median(bare)} ms with bare express-session.`;
}

function resultIn(results: readonly ScenarioResult[], wanted: Scenario): ScenarioResult | undefined {
  return results.find(({ scenario }) => isSame(scenario, wanted));
}
