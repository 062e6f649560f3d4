/** Runs a command line. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { CurfewError } from "../errors.js";
import { printableJson } from "../events.js";
import { parseArguments, USAGE, UsageError, type Arguments } from "./arguments.js";
import { runAudit } from "./commands/audit.js";
import { runDoctor } from "./commands/doctor.js";
import { runSessions } from "./commands/sessions.js";
import { runSettings } from "./commands/settings.js";
import { open, type Opened } from "./open.js";
import { EXIT, printResult, type Result, type Surroundings } from "./output.js";

const UNKNOWN_APP =
  "warning: no process of the app has been here, so the package's default limits are assumed. Check --prefix.";

/** Runs a command line. @returns the exit code */
export async function run(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { print, note } = surroundings;
  let asJson = argv.includes("--json");
  try {
    const given = parseArguments(argv);
    if (given === "help" || given === "version") {
      print(given === "help" ? USAGE : versionText());
      return EXIT.done;
    }
    asJson = given.json;
    return await runCommand(given, surroundings);
  } catch (error) {
    const [code, message, rest] = failureOf(error);
    if (asJson) print(printableJson({ error: message, ...rest }));
    note(`express-curfew: ${message}`);
    if (code === EXIT.usage) note("Write express-curfew --help for all commands.");
    return code;
  }
}

async function runCommand(given: Arguments, surroundings: Surroundings): Promise<number> {
  const { env, note } = surroundings;
  // The doctor reports the same problems in its own way.
  const isDoctor = given.command === "doctor";
  const opened = await open({ ...given, redis: given.redis ?? env["REDIS_URL"] }, ({ message }) => {
    if (!isDoctor) note(`warning: ${message}`);
  });
  if (opened.facts === null && !isDoctor) note(UNKNOWN_APP);
  try {
    return printResult(surroundings, given.json, await resultOf(given, opened, surroundings));
  } finally {
    await opened.close();
  }
}

function resultOf(given: Arguments, opened: Opened, surroundings: Surroundings): Promise<Result> {
  if (given.command === "doctor") return runDoctor(opened, given);
  if (given.command === "audit") return runAudit(opened, given, surroundings);
  if (given.command === "sessions list" || given.command === "sessions end")
    return runSessions(opened, given, surroundings);
  return runSettings(opened, given, surroundings);
}

/** Returns the version of the package. In the project's source the working directory is the root. */
function versionText(): string {
  const root = typeof __filename === "string" ? join(__filename, "../../../..") : process.cwd();
  const manifest = createRequire(join(root, "package.json"))("./package.json") as {
    readonly version: string;
  };
  return manifest.version;
}

type Failure = readonly [code: number, message: string, rest: object];

function failureOf(error: unknown): Failure {
  if (error instanceof UsageError) return [EXIT.usage, error.message, {}];
  if (!(error instanceof CurfewError)) throw error;
  const { code, shortMessage, details } = error;
  const rest = { code, ...(details as object) };
  if (code === "redis_unavailable") return [EXIT.unavailable, shortMessage, rest];
  if (code === "settings_conflict" || code === "invalid_settings") return [EXIT.no, shortMessage, rest];
  return [EXIT.usage, shortMessage, rest];
}
