/** The targets of express-curfew's speed, and their judgement. */
import type { ScenarioResult } from "./contest.js";
import { API_SESSIONS, BROWSERS, FEW_SESSIONS, SIGN_INS, type Growth, type GrowthId } from "./growth.js";
import type { Figure, Sample } from "./measure.js";
import { JUDGED_NODE, TARGET_NODES, type NodeVersion } from "./nodes.js";
import { busyScenario, describeLoad, distantScenario, isSame, type Scenario } from "./plan.js";
import type { ContestantId } from "./processes/messages.js";
import type { RoundTrips } from "./round-trips.js";
import type { Spread } from "./statistics.js";
import { CONTESTANT_NAMES, medianOf, ratioOf, ratioText } from "./summary.js";

/** A target on one Node, and the measured value. */
export interface Target {
  readonly node: NodeVersion;
  readonly name: string;
  readonly asked: string;
  readonly measured: string;
  readonly isMet: boolean;
  /** The figures of both sides, such as `140 µs with express-curfew, 150 µs with express-session, bare`. */
  readonly evidence: string;
  /** True if the limit lies within the interval, so that another run may judge differently. */
  readonly isClose: boolean;
}

/** A promised ratio. */
interface Promised<Id extends string> {
  readonly name: string;
  readonly figure: Figure;
  readonly id: Id;
  readonly to: Id;
  readonly is: "at least" | "at most";
  readonly limit: number;
}

/** Results of a run. */
export interface Measurements {
  readonly results: readonly ScenarioResult[];
  readonly growth: Growth | null;
  readonly traces: ReadonlyMap<ContestantId, RoundTrips>;
}

const FIGURES: Readonly<Record<Figure, { readonly name: string; readonly unit: string }>> = {
  requestsPerSecond: { name: "requests a second", unit: "/s" },
  p50Ms: { name: "median latency", unit: " ms" },
  p99Ms: { name: "99th percentile of latency", unit: " ms" },
  cpuMicros: { name: "the app's processor time a request", unit: " µs" },
  redisCpuMicros: { name: "Redis's processor time a request", unit: " µs" },
  allCpuMicros: { name: "processor time of app and Redis a request", unit: " µs" },
  failures: { name: "failed requests", unit: "" },
};

const BYTES_OF_SESSION = 500;
const FLAT = 1.05;

function promisedIn(scenario: Scenario, limits: Partial<Record<Figure, number>>): Promised<ContestantId>[] {
  return (Object.entries(limits) as [Figure, number][]).map(([figure, limit]) => ({
    name: `${describeLoad(scenario)}: ${FIGURES[figure].name}, beside ${CONTESTANT_NAMES.bare}`,
    figure,
    id: "curfew",
    to: "bare",
    is: figure === "requestsPerSecond" ? "at least" : "at most",
    limit,
  }));
}

const count = (number: number): string => number.toLocaleString("en");

function promisedOfGrowth(sessions: number): Promised<GrowthId>[] {
  const flat = { figure: "allCpuMicros", to: "few", is: "at most", limit: FLAT } as const;
  const user = `A user after ${count(SIGN_INS)} sign-ins, with up to ${count(BROWSERS)} browsers and ${count(API_SESSIONS)} API sessions`;
  return [
    { ...flat, id: "busyUser", name: `${user}: ${FIGURES.allCpuMicros.name}, beside other users` },
    {
      ...flat,
      id: "many",
      name: `${count(sessions)} sessions: ${FIGURES.allCpuMicros.name}, beside ${count(FEW_SESSIONS)} sessions`,
    },
  ];
}

/** Judges the targets that this run has measured, on each Node. */
export function judgeTargets({ results, growth, traces }: Measurements): Target[] {
  const trace = traces.get("curfew");
  return [
    ...(trace ? [judgeRoundTrips(trace)] : []),
    ...TARGET_NODES.flatMap((node) => judgeContest(results, node)),
    ...(growth ? judgeGrowth(growth) : []),
  ];
}

function judgeContest(results: readonly ScenarioResult[], node: NodeVersion): Target[] {
  const promised = [
    {
      scenario: busyScenario(node),
      limits: { requestsPerSecond: 1.15, cpuMicros: 0.9, redisCpuMicros: 1 },
    },
    { scenario: distantScenario(node), limits: { p50Ms: 0.55, p99Ms: 1 } },
  ];
  return promised.flatMap(({ scenario, limits }) => {
    const samples = results.find((result) => isSame(result.scenario, scenario))?.samples;
    if (!samples) return [];
    return promisedIn(scenario, limits).flatMap((one) => judge(one, node, samples, CONTESTANT_NAMES));
  });
}

function judgeGrowth({ sessions, samples, bytesOfSession }: Growth): Target[] {
  const names: Readonly<Record<GrowthId, string>> = {
    few: `${count(FEW_SESSIONS)} sessions of as many users`,
    many: `${count(sessions)} sessions of as many users`,
    busyUser: "the user with many sessions",
  };
  const ratios = [...samples].flatMap(([node, own]) =>
    promisedOfGrowth(sessions).flatMap((promised) => judge(promised, node, own, names)),
  );
  const bytes = `${bytesOfSession.toFixed(0)} B`;
  return [
    ...ratios,
    {
      node: JUDGED_NODE,
      name: `${count(sessions)} sessions: Redis's memory a session, beside the app's own data`,
      asked: `≤ ${BYTES_OF_SESSION} B`,
      measured: bytes,
      isMet: bytesOfSession <= BYTES_OF_SESSION,
      evidence: bytes,
      isClose: false,
    },
  ];
}

function judgeRoundTrips({ beforeHandler, afterHandler, commands }: RoundTrips): Target {
  return {
    node: JUDGED_NODE,
    name: "Round trips that a reading request waits for, before its handler and after it",
    asked: "1 and 0",
    measured: `${beforeHandler} and ${afterHandler}`,
    isMet: beforeHandler === 1 && afterHandler === 0,
    evidence: commands.join(", "),
    isClose: false,
  };
}

function judge<Id extends string>(
  { name, figure, id, to, is, limit }: Promised<Id>,
  node: NodeVersion,
  samples: ReadonlyMap<Id, readonly Sample[]>,
  names: Readonly<Record<Id, string>>,
): Target[] {
  const ratio = ratioOf(samples, id, to, figure);
  if (!ratio) return [];
  const side = (one: Id): string => {
    const median = medianOf(samples.get(one) ?? [], figure);
    const { unit } = FIGURES[figure];
    return `${median.toFixed(unit === " ms" ? 2 : 0)}${unit} with ${names[one]}`;
  };
  return [
    {
      node,
      name,
      asked: `${is === "at least" ? "≥" : "≤"} ${limit.toFixed(2)}`,
      measured: ratioText(ratio),
      isMet: is === "at least" ? ratio.median >= limit : ratio.median <= limit,
      evidence: `${side(id)}, ${side(to)}`,
      isClose: isWithin(limit, ratio),
    },
  ];
}

function isWithin(limit: number, { interval: [from, until] }: Spread): boolean {
  return from <= limit && limit <= until;
}

/** Lists the missed targets with the figures of both sides. */
export function listMisses(targets: readonly Target[]): string {
  const missed = targets.filter(({ isMet }) => !isMet);
  const lines = missed.map(({ node, name, evidence, isClose }) => {
    const close = isClose ? " The interval holds the limit, so another run may judge differently." : "";
    return `- Node ${node}. ${name}: ${evidence}.${close}`;
  });
  return lines.join("\n");
}
