import { parseArgs } from "node:util";
import { NODE_VERSIONS, type NodeVersion } from "./nodes.js";
import { CONTESTANTS, type ContestantId } from "./processes/messages.js";

/** The choices that a command line makes. */
export interface BenchOptions {
  readonly nodes: readonly NodeVersion[];
  readonly contestants: readonly ContestantId[];
  /** Rounds of every scenario. */
  readonly rounds: number;
  /** Rounds of the contestants whose figures a target compares. */
  readonly judgedRounds: number;
  /** Seconds of load on one contestant in one round, in several turns. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** Sessions of the larger Redis that shows growth; 0 leaves growth out. */
  readonly sessions: number;
  /** True if only the figures of targets are measured. */
  readonly judge: boolean;
  /** True if the run writes `docs/performance.md`, `docs/latency.svg` and the README's sentence. */
  readonly write: boolean;
  /** Folder of another build of the package, measured beside this build. */
  readonly against: string | null;
  /** Folder that receives the processor profiles of the apps. */
  readonly profile: string | null;
}

/** Text of `--help`. */
export const USAGE = `npm run bench -- [options]

  --quick               short rounds and fewer sessions, in about three minutes
  --judge               only the figures that targets compare
  --write               write docs/performance.md, docs/latency.svg and the README's sentence
  --nodes 26,24         some of the Node.js versions ${NODE_VERSIONS.join(", ")}            (all)
  --rounds 3            rounds; each contestant has its turns in each             (3)
  --judged-rounds 12    rounds of contestants whose figures a target compares     (12)
  --seconds 1.5         seconds of one contestant's turns in one round            (1.5)
  --sessions 1000000    sessions of the Redis that shows growth; 0 leaves it out  (1000000)
  --only bare,curfew    some of ${CONTESTANTS.join(", ")}
  --against FOLDER      measure another build (its dist folder) too
  --profile FOLDER      keep the processor profiles of the apps in this folder
`;

const FULL = { rounds: "3", judgedRounds: "12", seconds: "1.5", sessions: "1000000", warmUpSeconds: 1.5 };
const QUICK = { rounds: "1", judgedRounds: "3", seconds: "0.5", sessions: "20000", warmUpSeconds: 0.5 };

/** Reads the command line. Returns `null` if it asks for help. @throws Error that names the wrong option */
export function parseBenchOptions(args: readonly string[]): BenchOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      nodes: { type: "string", default: NODE_VERSIONS.join(",") },
      rounds: { type: "string" },
      "judged-rounds": { type: "string" },
      seconds: { type: "string" },
      sessions: { type: "string" },
      quick: { type: "boolean", default: false },
      judge: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      against: { type: "string" },
      profile: { type: "string" },
      only: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return null;
  const defaults = values.quick ? QUICK : FULL;
  const contestants = CONTESTANTS.filter((id) => id !== "otherBuild" || values.against !== undefined);
  return {
    nodes: someOf("nodes", values.nodes, NODE_VERSIONS),
    contestants: values.only === undefined ? contestants : someOf("only", values.only, contestants),
    rounds: numberOf("rounds", values.rounds ?? defaults.rounds, 1),
    judgedRounds: numberOf("judged-rounds", values["judged-rounds"] ?? defaults.judgedRounds, 1),
    seconds: numberOf("seconds", values.seconds ?? defaults.seconds, 0.2),
    warmUpSeconds: defaults.warmUpSeconds,
    sessions: numberOf("sessions", values.sessions ?? defaults.sessions, 0),
    judge: values.judge,
    write: values.write,
    against: values.against ?? null,
    profile: values.profile ?? null,
  };
}

/** Returns the named values in the order of `all`. */
function someOf<Value extends string>(option: string, text: string, all: readonly Value[]): Value[] {
  const names = text.split(",");
  const unknown = names.find((name) => !all.some((value) => value === name));
  if (unknown !== undefined)
    throw new Error(`--${option}: expected some of ${all.join(", ")}, got "${unknown}".`);
  return all.filter((value) => names.includes(value));
}

function numberOf(option: string, text: string, min: number): number {
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number) || number < min)
    throw new Error(`--${option}: expected a number of at least ${min}, got "${text}".`);
  return number;
}
