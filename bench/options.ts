import { parseArgs } from "node:util";
import { CONTESTANTS, type ContestantId } from "./processes/messages.js";

/** What is measured, and how long. */
export interface BenchOptions {
  readonly connections: readonly number[];
  /** How far away Redis is, in milliseconds a round trip. */
  readonly latenciesMs: readonly number[];
  /** Session data, in bytes of JSON. */
  readonly payloadBytes: readonly number[];
  readonly contestants: readonly ContestantId[];
  readonly sessions: number;
  readonly rounds: number;
  /** Rounds of those contestants whose figures targets are judged on. */
  readonly judgedRounds: number;
  /** How long one contestant is measured in one round, in several turns. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** Measure only what targets are judged on. */
  readonly judge: boolean;
  /** Write `docs/performance.md` and its chart. */
  readonly write: boolean;
  /** Folder of another build of the package, measured beside this one. */
  readonly against: string | null;
  /** Folder that processor profiles of the apps are kept in. */
  readonly profile: string | null;
}

/** Printed by `--help`. */
export const USAGE = `npm run bench -- [options]

  --quick                 short rounds, for a first impression
  --judge                 only what targets are judged on, and only who is judged
  --write                 write docs/performance.md and docs/latency.svg
  --connections 1,32,256  connections that are kept busy                          (1,32,256)
  --latency-ms 0,1,2,5    how far away Redis is, in milliseconds a round trip     (0,1,2,5)
  --payload 300,10000     session data, in bytes of JSON                          (300,10000)
  --sessions 32           signed-in sessions, each with a user of its own         (32)
  --rounds 4              rounds, in each of which every contestant has its turns (4)
  --judged-rounds 16      rounds of those whose figures targets are judged on     (16)
  --seconds 1.5           how long its turns in a round last together             (1.5)
  --only bare,curfew      some of ${CONTESTANTS.join(", ")}
  --against FOLDER        measure another build (its dist folder) too
  --profile FOLDER        keep the processor profiles of the apps there
`;

const FULL = { rounds: "4", judgedRounds: "16", seconds: "1.5", warmUpSeconds: 1.5 };
const QUICK = { rounds: "1", judgedRounds: "3", seconds: "0.5", warmUpSeconds: 0.3 };

/** Reads the command line. `null` if help is asked for. @throws Error naming what is wrong */
export function parseBenchOptions(args: readonly string[]): BenchOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      connections: { type: "string", default: "1,32,256" },
      "latency-ms": { type: "string", default: "0,1,2,5" },
      payload: { type: "string", default: "300,10000" },
      sessions: { type: "string", default: "32" },
      rounds: { type: "string" },
      "judged-rounds": { type: "string" },
      seconds: { type: "string" },
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
  return {
    connections: numbers("connections", values.connections, 1),
    latenciesMs: numbers("latency-ms", values["latency-ms"], 0),
    payloadBytes: numbers("payload", values.payload, 50),
    contestants: contestants(values.only, values.against),
    sessions: single("sessions", values.sessions, 1),
    rounds: single("rounds", values.rounds ?? defaults.rounds, 1),
    judgedRounds: single("judged-rounds", values["judged-rounds"] ?? defaults.judgedRounds, 1),
    seconds: single("seconds", values.seconds ?? defaults.seconds, 0.2),
    warmUpSeconds: defaults.warmUpSeconds,
    judge: values.judge,
    write: values.write,
    against: values.against ?? null,
    profile: values.profile ?? null,
  };
}

/** Another build takes part if there is one. */
function contestants(only: string | undefined, against: string | undefined): ContestantId[] {
  const all = CONTESTANTS.filter((id) => id !== "otherBuild" || against !== undefined);
  if (only === undefined) return all;
  const names = only.split(",");
  const unknown = names.find((name) => !all.some((id) => id === name));
  if (unknown !== undefined) throw new Error(`--only takes ${all.join(", ")}, not "${unknown}".`);
  return all.filter((id) => names.includes(id));
}

function numbers(option: string, text: string, min: number): number[] {
  return text.split(",").map((part) => single(option, part, min));
}

function single(option: string, text: string, min: number): number {
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number) || number < min)
    throw new Error(`--${option} takes numbers of at least ${min}, not "${text}".`);
  return number;
}
