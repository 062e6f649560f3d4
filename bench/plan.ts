/** Which contestants are measured under which circumstances, and for how long. */
import type { BenchOptions } from "./options.js";
import type { ContestantId } from "./processes/messages.js";

/** The circumstances under which contestants are compared. */
export interface Scenario {
  /** `"busy"`: connections that send a request as soon as the last is answered. `"offered"`: requests come when they come. */
  readonly load: "busy" | "offered";
  readonly connections: number;
  readonly latencyMs: number;
  readonly payloadBytes: number;
}

/** One scenario with those who take part. */
export interface Cell {
  readonly scenario: Scenario;
  readonly contestants: readonly ContestantId[];
  /** Those whose figures are judged, and who therefore take part in more rounds. */
  readonly judged: readonly ContestantId[];
}

/** All cells of one distance and one payload, for which apps are started once. */
export interface Group {
  readonly latencyMs: number;
  readonly payloadBytes: number;
  readonly cells: readonly Cell[];
}

/** The payload for which peers take part: a sealed cookie can't hold the larger one. */
export const SMALL_PAYLOAD_BYTES = 300;
/** Requests under way at once, at most, where load is offered. */
export const OFFERED_CONNECTIONS = 64;
/** Connections that are kept busy to find out how much an app can do. */
export const SATURATING_CONNECTIONS = 32;

const FLOORS: readonly ContestantId[] = ["express", "oneGet"];
const PEERS: readonly ContestantId[] = ["betterAuth", "iron"];
const PEERS_UP_TO_MS = 1;

/** How far away Redis is where distance is judged: 1 ms for both directions together, and 1 ms for each. */
export const JUDGED_DISTANCES_MS = [1, 2];

/** Where targets are judged, and between whom. */
const JUDGED: readonly { readonly scenario: Scenario; readonly contestants: readonly ContestantId[] }[] = [
  {
    scenario: busy(SATURATING_CONNECTIONS, 0, SMALL_PAYLOAD_BYTES),
    contestants: ["bare", "betterAuth", "curfew", "otherBuild"],
  },
  ...JUDGED_DISTANCES_MS.flatMap((latencyMs) =>
    [
      busy(SATURATING_CONNECTIONS, latencyMs, SMALL_PAYLOAD_BYTES),
      busy(1, latencyMs, SMALL_PAYLOAD_BYTES),
      offered(latencyMs, SMALL_PAYLOAD_BYTES),
    ].map((scenario) => ({ scenario, contestants: ["bare", "curfew", "otherBuild"] as const })),
  ),
];

function busy(connections: number, latencyMs: number, payloadBytes: number): Scenario {
  return { load: "busy", connections, latencyMs, payloadBytes };
}

function offered(latencyMs: number, payloadBytes: number): Scenario {
  return { load: "offered", connections: OFFERED_CONNECTIONS, latencyMs, payloadBytes };
}

/** Whether two scenarios are the same. */
export function isSame(one: Scenario, other: Scenario): boolean {
  return nameOf(one) === nameOf(other);
}

/** Whether processors would sleep for some of the time, waiting for Redis or for the next request. */
export function leavesProcessorsIdle({ load, connections }: Scenario): boolean {
  return load === "offered" || connections === 1;
}

/** A scenario's name for files. */
export function nameOf({ load, connections, latencyMs, payloadBytes }: Scenario): string {
  return `${load}-${connections}-${latencyMs}ms-${payloadBytes}B`;
}

/** A scenario in words. */
export function describe(scenario: Scenario): string {
  return `${describeLoad(scenario)}, ${scenario.payloadBytes} bytes of session data`;
}

/** A scenario in words, but for its payload. */
export function describeLoad({ load, connections, latencyMs }: Scenario): string {
  const distance = latencyMs === 0 ? "Redis on this machine" : `Redis ${latencyMs} ms away`;
  const loaded =
    load === "offered" ? "Offered load" : `${connections} busy connection${connections === 1 ? "" : "s"}`;
  return `${loaded}, ${distance}`;
}

/** Everything that the options ask for; with `judge`, only what targets are judged on. */
export function planGroups(options: BenchOptions): Group[] {
  return options.payloadBytes
    .flatMap((payloadBytes) =>
      options.latenciesMs.map((latencyMs) => ({
        latencyMs,
        payloadBytes,
        cells: scenariosOf(options, latencyMs, payloadBytes)
          .map((scenario) => cellOf(options, scenario))
          .filter(({ contestants }) => contestants.length > 0),
      })),
    )
    .filter(({ cells }) => cells.length > 0);
}

/** Load is offered with the small payload only: it shows distance, and that doesn't depend on the payload. */
function scenariosOf(options: BenchOptions, latencyMs: number, payloadBytes: number): Scenario[] {
  const scenarios = options.connections.map((connections) => busy(connections, latencyMs, payloadBytes));
  if (payloadBytes === SMALL_PAYLOAD_BYTES) scenarios.push(offered(latencyMs, payloadBytes));
  return scenarios;
}

function cellOf(options: BenchOptions, scenario: Scenario): Cell {
  const isAsked = (id: ContestantId): boolean => options.contestants.includes(id);
  const judged = (JUDGED.find((one) => isSame(one.scenario, scenario))?.contestants ?? []).filter(isAsked);
  if (options.judge) return { scenario, contestants: judged, judged };
  return { scenario, contestants: options.contestants.filter((id) => takesPart(id, scenario)), judged };
}

function takesPart(id: ContestantId, { load, latencyMs, payloadBytes }: Scenario): boolean {
  if (FLOORS.includes(id)) return latencyMs === 0 && load === "busy" && payloadBytes === SMALL_PAYLOAD_BYTES;
  if (PEERS.includes(id)) return latencyMs <= PEERS_UP_TO_MS && payloadBytes === SMALL_PAYLOAD_BYTES;
  return true;
}

/** Who takes part in a round: those who are judged go on when the others have had their rounds. */
export function contestantsOfRound(
  cell: Cell,
  round: number,
  options: BenchOptions,
): readonly ContestantId[] {
  return round < options.rounds ? cell.contestants : cell.judged;
}

/** How many rounds a cell has. */
export function roundsOf(cell: Cell, options: BenchOptions): number {
  return cell.judged.length > 0 ? Math.max(options.rounds, options.judgedRounds) : options.rounds;
}

/** Short, so that a machine that slows down for a while does so to everybody. */
const TURN_SECONDS = 0.5;
/** Of settling down, of asking Redis and the app what they have used, of opening connections. */
const TURN_OVERHEAD_SECONDS = 0.15;
const GROUP_OVERHEAD_SECONDS = 4;
const APP_START_SECONDS = 1.2;

/** How many turns a contestant has in a round. */
export function turnsOf({ seconds }: BenchOptions): number {
  return Math.max(1, Math.round(seconds / TURN_SECONDS));
}

/** What a round of that many contestants takes. */
export function secondsOfRound(contestants: number, options: BenchOptions): number {
  return contestants * (options.seconds + turnsOf(options) * TURN_OVERHEAD_SECONDS);
}

/** What a cell takes before its rounds. */
export function secondsOfWarmUp({ contestants, scenario }: Cell, options: BenchOptions): number {
  const turns = scenario.load === "offered" ? 2 : 1;
  return contestants.length * turns * (options.warmUpSeconds + TURN_OVERHEAD_SECONDS);
}

/** What it takes to start the apps of a group. */
export function secondsToStart(group: Group): number {
  return GROUP_OVERHEAD_SECONDS + APP_START_SECONDS * contestantsOf(group).length;
}

/** Whose apps a group needs. */
export function contestantsOf({ cells }: Group): ContestantId[] {
  return [...new Set(cells.flatMap(({ contestants }) => contestants))];
}

/** What all of it takes, as far as one can tell beforehand. */
export function secondsOfAll(groups: readonly Group[], options: BenchOptions): number {
  const secondsOfCell = (cell: Cell): number => {
    let seconds = secondsOfWarmUp(cell, options);
    for (let round = 0; round < roundsOf(cell, options); round += 1)
      seconds += secondsOfRound(contestantsOfRound(cell, round, options).length, options);
    return seconds;
  };
  return groups.reduce(
    (total, group) =>
      total + secondsToStart(group) + group.cells.reduce((sum, cell) => sum + secondsOfCell(cell), 0),
    0,
  );
}
