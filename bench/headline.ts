/** What a run has shown, in the few sentences that somebody reads who reads no table. */
import type { ScenarioResult } from "./contest.js";
import {
  isSame,
  OFFERED_CONNECTIONS,
  SATURATING_CONNECTIONS,
  SMALL_PAYLOAD_BYTES,
  type Scenario,
} from "./plan.js";
import type { ContestantId } from "./processes/messages.js";
import type { RoundTrips } from "./round-trips.js";
import { medianOf, ratioOf } from "./summary.js";

/** Compared with at full load, whoever of them took part. */
const OTHERS: readonly (readonly [ContestantId, string])[] = [
  ["bare", "bare express-session"],
  ["byHand", "express-session with enforcement by hand"],
  ["betterAuth", "better-auth"],
];
const AWAY_MS = 1;

/** At most three sentences; of what was not measured there is none. */
export function headlineOf(
  results: readonly ScenarioResult[],
  traces: ReadonlyMap<ContestantId, RoundTrips>,
): string {
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
  return `A signed-in request that only reads waits for ${total(own)} to Redis, with everything enforced; bare express-session, which enforces nothing, waits for ${total(bare)}.`;
}

function throughputOf(results: readonly ScenarioResult[]): string | null {
  const result = resultIn(results, { load: "busy", connections: SATURATING_CONNECTIONS, latencyMs: 0 });
  if (!result) return null;
  const compared = OTHERS.flatMap(([id, name]) => {
    const ratio = ratioOf(result, "curfew", id, "requestsPerSecond");
    return ratio ? [{ times: ratio.median.toFixed(2), name }] : [];
  });
  if (compared.length === 0) return null;
  const told = compared.map(
    ({ times, name }, index) => `${times} times as many ${index === 0 ? "requests " : ""}as ${name}`,
  );
  return `With Redis on the same machine and ${SATURATING_CONNECTIONS} busy connections express-curfew answers ${new Intl.ListFormat("en-GB").format(told)}.`;
}

function latencyOf(results: readonly ScenarioResult[]): string | null {
  const result = resultIn(results, {
    load: "offered",
    connections: OFFERED_CONNECTIONS,
    latencyMs: AWAY_MS,
  });
  const [own, bare] = [result?.samples.get("curfew"), result?.samples.get("bare")];
  if (!own || !bare) return null;
  const median = (samples: typeof own): string => medianOf(samples, "p50Ms").toFixed(2);
  return `With Redis ${AWAY_MS} ms away and no app overloaded, half of all requests take at most ${median(own)} ms, and ${median(bare)} ms with bare express-session.`;
}

function resultIn(
  results: readonly ScenarioResult[],
  circumstances: Omit<Scenario, "payloadBytes">,
): ScenarioResult | undefined {
  const wanted = { ...circumstances, payloadBytes: SMALL_PAYLOAD_BYTES };
  return results.find(({ scenario }) => isSame(scenario, wanted));
}
