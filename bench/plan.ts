/** Plans which contestants are measured in which scenarios, and how long this takes. */
import { JUDGED_NODE, TARGET_NODES, type NodeVersion } from "./nodes.js";
import type { BenchOptions } from "./options.js";
import type { ContestantId } from "./processes/messages.js";

/** The circumstances of a comparison. */
export interface Scenario {
  readonly node: NodeVersion;
  /** `"busy"`: a connection sends its next request after each answer. `"offered"`: requests come at random moments. */
  readonly load: "busy" | "offered";
  readonly connections: number;
  /** Distance of Redis, in milliseconds a round trip. */
  readonly latencyMs: number;
  /** Session data, in bytes of JSON. */
  readonly payloadBytes: number;
}

/** One scenario with its contestants. */
export interface Cell {
  readonly scenario: Scenario;
  readonly contestants: readonly ContestantId[];
  /** Contestants whose figures a target compares; they take part in more rounds. */
  readonly judged: readonly ContestantId[];
}

/** Cells that share the same app processes. */
export interface Group {
  readonly node: NodeVersion;
  readonly latencyMs: number;
  readonly payloadBytes: number;
  readonly cells: readonly Cell[];
}

/** The payload for which all contestants take part; iron-session's cookie can't hold the larger payload. */
export const SMALL_PAYLOAD_BYTES = 300;
const LARGE_PAYLOAD_BYTES = 10_000;
/** The most requests that offered load keeps under way at once. */
const OFFERED_CONNECTIONS = 64;
/** Connections that keep an app's processor busy all the time. */
export const SATURATING_CONNECTIONS = 32;

const FLOORS: readonly ContestantId[] = ["express", "oneGet"];
const PEERS: readonly ContestantId[] = ["betterAuth", "iron"];
const PEERS_UP_TO_MS = 1;
const JUDGED: readonly ContestantId[] = ["bare", "curfew", "otherBuild"];

function busy(
  node: NodeVersion,
  connections = SATURATING_CONNECTIONS,
  { latencyMs = 0, payloadBytes = SMALL_PAYLOAD_BYTES } = {},
): Scenario {
  return { node, load: "busy", connections, latencyMs, payloadBytes };
}

function offered(node: NodeVersion, latencyMs: number): Scenario {
  return {
    node,
    load: "offered",
    connections: OFFERED_CONNECTIONS,
    latencyMs,
    payloadBytes: SMALL_PAYLOAD_BYTES,
  };
}

/** Returns the scenario of the targets for full load. */
export const busyScenario = (node: NodeVersion): Scenario => busy(node);

/** Returns the scenario of the targets for latency. */
export const distantScenario = (node: NodeVersion): Scenario => offered(node, 1);

/** Every scenario on the judged Node; on the other Nodes only those that are compared with it. */
function scenariosOf(node: NodeVersion): Scenario[] {
  const [full, distant] = [busyScenario(node), distantScenario(node)];
  if (!TARGET_NODES.includes(node)) return [full];
  if (node !== JUDGED_NODE) return [full, distant];
  return [
    busy(node, 1),
    full,
    offered(node, 0),
    busy(node, SATURATING_CONNECTIONS, { latencyMs: 1 }),
    distant,
    offered(node, 5),
    busy(node, SATURATING_CONNECTIONS, { payloadBytes: LARGE_PAYLOAD_BYTES }),
  ];
}

/** Returns whether two scenarios are the same. */
export function isSame(one: Scenario, other: Scenario): boolean {
  return nameOf(one) === nameOf(other);
}

/** Returns whether processors would sleep for some of the time, waiting for Redis or for the next request. */
export function leavesProcessorsIdle({ load, connections }: Scenario): boolean {
  return load === "offered" || connections === 1;
}

/** Returns a short, unique name of a scenario. */
export function nameOf({ node, load, connections, latencyMs, payloadBytes }: Scenario): string {
  return `node${node}-${load}-${connections}-${latencyMs}ms-${payloadBytes}B`;
}

/** Returns a scenario in words, without its Node. */
export function describe(scenario: Scenario): string {
  return `${describeLoad(scenario)}, ${scenario.payloadBytes} bytes of session data`;
}

/** Returns a scenario in words, without its Node and its payload. */
export function describeLoad({ load, connections, latencyMs }: Scenario): string {
  const distance = latencyMs === 0 ? "Redis on this machine" : `Redis ${latencyMs} ms away`;
  const loaded =
    load === "offered" ? "Offered load" : `${connections} busy connection${connections === 1 ? "" : "s"}`;
  return `${loaded}, ${distance}`;
}

/** Plans everything that the options ask for, Node by Node. */
export function planGroups(options: BenchOptions): Group[] {
  const groups = new Map<string, Group & { cells: Cell[] }>();
  for (const scenario of options.nodes.flatMap(scenariosOf)) {
    const cell = cellOf(options, scenario);
    if (cell.contestants.length === 0) continue;
    const { node, latencyMs, payloadBytes } = scenario;
    const key = `${node} ${latencyMs} ${payloadBytes}`;
    const group = groups.get(key) ?? { node, latencyMs, payloadBytes, cells: [] };
    group.cells.push(cell);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function cellOf(options: BenchOptions, scenario: Scenario): Cell {
  const asked = options.contestants.filter((id) => takesPart(id, scenario));
  const { node } = scenario;
  const isTarget = [busyScenario(node), distantScenario(node)].some((one) => isSame(one, scenario));
  const judged = isTarget ? asked.filter((id) => JUDGED.includes(id)) : [];
  if (!options.judge) return { scenario, contestants: asked, judged };
  return { scenario, contestants: TARGET_NODES.includes(node) ? judged : [], judged };
}

function takesPart(id: ContestantId, { node, load, latencyMs, payloadBytes }: Scenario): boolean {
  if (JUDGED.includes(id)) return true;
  if (node !== JUDGED_NODE) return false;
  if (FLOORS.includes(id)) return latencyMs === 0 && load === "busy" && payloadBytes === SMALL_PAYLOAD_BYTES;
  if (PEERS.includes(id)) return latencyMs <= PEERS_UP_TO_MS && payloadBytes === SMALL_PAYLOAD_BYTES;
  return true;
}

/** Returns the contestants of a round; after the common rounds, only judged contestants continue. */
export function contestantsOfRound(
  cell: Cell,
  round: number,
  options: BenchOptions,
): readonly ContestantId[] {
  return round < options.rounds ? cell.contestants : cell.judged;
}

/** Returns the number of rounds of a cell. */
export function roundsOf(cell: Cell, options: BenchOptions): number {
  if (cell.judged.length === 0) return options.rounds;
  return Math.max(options.rounds, options.judgedRounds);
}

/** Short, so that all contestants share the times at which the machine is slow. */
const TURN_SECONDS = 0.5;
/** Time between turns: settling, reading processor times, opening connections. */
const TURN_OVERHEAD_SECONDS = 0.15;
const GROUP_OVERHEAD_SECONDS = 4;
const APP_START_SECONDS = 1.2;

/** Returns how many turns a contestant has in a round. */
export function turnsOf({ seconds }: Pick<BenchOptions, "seconds">): number {
  return Math.max(1, Math.round(seconds / TURN_SECONDS));
}

/** Returns the seconds of a round with this number of contestants. */
export function secondsOfRound(contestants: number, options: Pick<BenchOptions, "seconds">): number {
  return contestants * (options.seconds + turnsOf(options) * TURN_OVERHEAD_SECONDS);
}

/** Returns the seconds that a cell takes before its rounds. */
export function secondsOfWarmUp({ contestants, scenario }: Cell, options: BenchOptions): number {
  const turns = scenario.load === "offered" ? 2 : 1;
  return contestants.length * turns * (options.warmUpSeconds + TURN_OVERHEAD_SECONDS);
}

/** Returns the seconds that the start of a group's apps takes. */
export function secondsToStart(group: Group): number {
  return GROUP_OVERHEAD_SECONDS + APP_START_SECONDS * contestantsOf(group).length;
}

/** Returns the contestants of a group, each once. */
export function contestantsOf({ cells }: Group): ContestantId[] {
  return [...new Set(cells.flatMap(({ contestants }) => contestants))];
}

/** Estimates the seconds that all groups take. */
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
