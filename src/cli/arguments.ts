/** The command line's arguments. */
import { parseArgs } from "node:util";
import { unknownName } from "../check-options.js";
import { isRef } from "../state/keys.js";

/** Options of all commands. */
const OPTIONS = {
  redis: { type: "string" },
  cluster: { type: "boolean" },
  prefix: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
  actor: { type: "string" },
  user: { type: "string" },
  "if-version": { type: "string" },
  except: { type: "string" },
  limit: { type: "string" },
  type: { type: "string", multiple: true },
  since: { type: "string" },
  follow: { type: "boolean" },
  days: { type: "string" },
  stop: { type: "boolean" },
  "redis-user": { type: "string" },
  require: { type: "string", multiple: true },
} as const;

/** Options that every command takes. */
const EVERYWHERE = ["redis", "cluster", "prefix", "json", "help", "version"];

/** A command: its words and the further options that it takes. */
interface Command {
  readonly takes: readonly string[];
  /** Number of words behind the command, at least and at most. */
  readonly words: readonly [number, number];
}

/** Commands with their own options. */
const COMMANDS = {
  "settings get": { takes: [], words: [0, 0] },
  "settings set": { takes: ["actor", "if-version"], words: [1, Infinity] },
  "settings preview": { takes: [], words: [1, Infinity] },
  "settings observe": { takes: ["actor", "days", "stop"], words: [0, Infinity] },
  "settings history": { takes: [], words: [0, 0] },
  "settings rollback": { takes: ["actor", "if-version"], words: [1, 1] },
  "sessions list": { takes: ["user", "limit"], words: [0, 0] },
  "sessions end": { takes: ["user", "except", "actor"], words: [0, 1] },
  audit: { takes: ["user", "type", "since", "limit", "follow"], words: [0, 0] },
  doctor: { takes: ["redis-user", "require"], words: [0, 0] },
} as const satisfies Readonly<Record<string, Command>>;

/** Name of a command. */
export type CommandName = keyof typeof COMMANDS;

const NAMES = Object.keys(COMMANDS) as readonly CommandName[];

/** Parsed arguments. */
export interface Arguments {
  readonly command: CommandName;
  /** Words behind the command, such as `sessionMinutes=30`. */
  readonly words: readonly string[];
  readonly redis: string | undefined;
  readonly isCluster: boolean;
  readonly prefix: string;
  readonly json: boolean;
  readonly text: (
    option: "actor" | "user" | "except" | "since" | "limit" | "redis-user",
  ) => string | undefined;
  readonly whole: (option: "limit" | "if-version" | "days", min: number, max: number) => number | undefined;
  /** Types of events, as the person has written them. */
  readonly types: readonly string[];
  /** Ids of standards, as the person has written them. */
  readonly required: readonly string[];
  readonly follows: boolean;
  readonly stops: boolean;
}

/** Wrong use of the command line. The message says what to write. */
export class UsageError extends Error {}

export const USAGE = `Usage: express-curfew <command> [options]

Commands:
  settings get                      shows the saved settings, and those that apply
  settings set name=value ...       saves a change; it applies from everyone's next request
  settings preview name=value ...   counts the sessions that a change would end
  settings observe name=value ...   counts the sessions that a change would end from now on
  settings observe                  shows the counts; with --stop it ends the observation
  settings history                  shows the latest changes
  settings rollback <version>       saves the settings of a version again
  sessions list                     lists living sessions
  sessions end <ref>                ends one session
  sessions end --user <id>          ends all sessions of a user
  audit                             shows the audit trail
  doctor                            checks Redis, the app's options and the settings

Options of all commands:
  --redis <url>                     Redis of the app; without it, the variable REDIS_URL
  --cluster                         the URL is a node of a Redis Cluster
  --prefix <text>                   the app's option prefix (default "curfew:")
  --json                            prints JSON for programs
  -h, --help                        prints this text
  --version                         prints the version

Further options:
  --actor <id>                      user id of the person who acts (settings set, rollback, observe, sessions end)
  --if-version <n>                  refuses the change if another version is in force (settings set, rollback)
  --days <n>                        length of the observation, 1 to 90 (settings observe; default 7)
  --stop                            ends the observation (settings observe)
  --user <id>                       one user (sessions list, sessions end, audit)
  --except <ref>                    session that continues (sessions end --user)
  --limit <n>                       number of rows, at most 500000 (sessions list, audit; default 50)
  --type <type>                     type of event, also several times (audit)
  --since <time>                    30m, 12h, 7d, or a date such as 2025-01-01T12:00Z (audit)
  --follow                          prints new events as JSON lines until it is stopped (audit)
  --redis-user <name>               Redis user of the app, whose rights are checked (doctor)
  --require <standard>              fails if the settings do not meet this standard, also several times (doctor)

Exit codes: 0 done, 1 the answer is no, 2 wrong usage, 3 Redis is unavailable.`;

/** Parses arguments. @returns `"help"` or `"version"` if they ask for that @throws UsageError */
export function parseArguments(argv: readonly string[]): Arguments | "help" | "version" {
  const { values, positionals } = parse(argv);
  if (values.help === true) return "help";
  if (values.version === true) return "version";
  if (positionals.length === 0) throw new UsageError("a command is missing");
  const command = commandIn(positionals);
  const { takes, words: range }: Command = COMMANDS[command];
  const words = positionals.slice(command.split(" ").length);
  for (const name of Object.keys(values))
    if (![...EVERYWHERE, ...takes].includes(name)) throw new UsageError(`${command} takes no --${name}`);
  if (words.length < range[0]) throw new UsageError(`${command} needs ${missing(command)}`);
  if (words.length > range[1])
    throw new UsageError(`${command} takes no further word, and got "${words[range[1]] ?? ""}"`);
  return {
    command,
    words,
    redis: values.redis,
    isCluster: values.cluster === true,
    prefix: values.prefix ?? "curfew:",
    json: values.json === true,
    text: (option) => {
      const text = values[option];
      if (text === "") throw new UsageError(`--${option} is empty`);
      return text;
    },
    whole: (option, min, max) => wholeNumber(`--${option}`, values[option], min, max),
    types: values.type ?? [],
    required: values.require ?? [],
    follows: values.follow === true,
    stops: values.stop === true,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: withDashedRefs(argv), options: OPTIONS, allowPositionals: true });
  } catch (error) {
    const [first = ""] = String(error instanceof Error ? error.message : error).split(". ");
    throw new UsageError(first.charAt(0).toLowerCase() + first.slice(1));
  }
}

/** Returns the arguments in a form in which `parseArgs` takes no ref for an option. One ref in 64 begins with "-". */
function withDashedRefs(argv: readonly string[]): string[] {
  if (argv.includes("--")) return [...argv];
  const words: string[] = [];
  const refs: string[] = [];
  for (const word of argv) {
    if (!word.startsWith("-") || !isRef(word)) words.push(word);
    else if (words.at(-1) === "--except") words.splice(-1, 1, `--except=${word}`);
    else refs.push(word);
  }
  return refs.length === 0 ? words : [...words, "--", ...refs];
}

function commandIn([first = "", second = ""]: readonly string[]): CommandName {
  const full = `${first} ${second}`.trim();
  const found = NAMES.find((name) => name === first) ?? NAMES.find((name) => name === full);
  if (found === undefined) throw new UsageError(`"${full}" ${unknownName(full, NAMES, "command")}`);
  return found;
}

const missing = (command: CommandName): string =>
  command === "settings rollback" ? "a version" : "a setting, such as sessionMinutes=30";

/** Reads a whole number. @throws UsageError */
export function wholeNumber(
  name: string,
  text: string | undefined,
  min: number,
  max: number,
): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= min && number <= max))
    throw new UsageError(`${name} must be a whole number from ${String(min)} to ${String(max)}`);
  return number;
}
