/** The doctor: checks Redis, the app's options and the settings. */
import { durationText, MINUTE_MS } from "../../policy/index.js";
import type { WrittenFacts } from "../../state/values/app-facts.js";
import { areRulesLost, LOST_RULES } from "../../state/settings/read-book.js";
import { readSettings } from "../../state/settings/settings-store.js";
import type { SettingsState } from "../../state/values/settings-cache.js";
import type { Opened } from "../open.js";
import { visible } from "../output.js";
import { ok, problem, type Finding } from "./finding.js";
import { nodesOf } from "./ask.js";
import { askNode } from "./node-facts.js";
import { checkMasters, checkNode } from "./redis-checks.js";
import { checkRights } from "./rights.js";
import { compareStandards, type Comparison } from "./standards.js";

/** Findings about one server. */
export interface NodeFindings {
  readonly name: string;
  readonly findings: readonly Finding[];
}

/** Result of all checks. */
export interface Diagnosis {
  readonly redis: readonly NodeFindings[];
  /** Findings about the app's processes and its Redis user. */
  readonly app: readonly Finding[];
  readonly settings: { readonly version: number; readonly standards: readonly Comparison[] };
}

/** Runs all checks. @param redisUser - the app's Redis user; with `undefined` the user of this connection */
export async function diagnose(
  { client, storage, facts }: Opened,
  redisUser: string | undefined,
): Promise<Diagnosis> {
  const [nodes, rights, state] = await Promise.all([
    Promise.all(nodesOf(client).map(askNode)),
    checkRights(client, {
      user: redisUser,
      keys: storage.keys,
      waitsForReplicas: facts?.waitsForReplicas ?? false,
    }),
    readSettings(storage).catch((error: unknown) => {
      if (areRulesLost(error)) return null;
      throw error;
    }),
  ]);
  return {
    redis: nodes.map((node) => ({ name: node.name, findings: checkNode(node) })),
    app: [...checkMasters(nodes), rights, ...checkApp(facts, state?.now ?? Date.now()), checkSaved(state)],
    settings: {
      version: state?.version ?? 0,
      standards: state ? compareStandards(state.effective) : [],
    },
  };
}

function checkSaved(state: SettingsState | null): Finding {
  if (!state)
    return problem(
      "fail",
      "settings",
      `${LOST_RULES}, so requests with a session get 503`,
      "call curfew.settings.rules.reset() in the app: it ends all sessions, and begins without rules",
    );
  const { readable, version } = state;
  if (!readable) return problem("fail", "settings", "unreadable", "save the settings again");
  return ok("settings", version === 0 ? "none saved; the defaults apply" : `version ${String(version)}`);
}

/** Time after which the app's processes count as stopped. A process writes every 15 seconds. */
const STOPPED_AFTER_MS = MINUTE_MS;

function checkApp(facts: WrittenFacts | null, now: number): Finding[] {
  if (facts === null)
    return [
      problem(
        "warn",
        "app",
        "no process of the app has been here",
        "start the app, wait 15 seconds, and check --prefix; the package's default limits are assumed here",
      ),
    ];
  const sinceMs = now - facts.at;
  const seen =
    sinceMs < STOPPED_AFTER_MS
      ? ok("app", "is running")
      : problem("warn", "app", `was here last ${durationText(sinceMs)} ago`, "start the app");
  const options = facts.unsafeOptions.map((line) =>
    problem("warn", "client", line, "set this option in the app's Redis client"),
  );
  return [seen, ...(options.length > 0 ? options : [ok("client", "no unsafe option")])];
}

/** Returns the findings that a person must act on. */
export function failuresOf({ redis, app }: Diagnosis): Finding[] {
  return [...redis.flatMap(({ findings }) => findings), ...app].filter(({ level }) => level === "fail");
}

/** Returns the diagnosis as lines for people. */
export function diagnosisLines({ redis, app, settings }: Diagnosis): string[] {
  const width = Math.max(
    ...[...redis.flatMap(({ findings }) => findings), ...app].map(({ check }) => check.length),
  );
  const standardWidth = Math.max(...settings.standards.map(({ name }) => name.length));
  const line = (level: string, name: string, found: string, fix: string | null): string[] => [
    `  ${level.padEnd(7)}  ${name}  ${visible(found)}`,
    ...(fix === null ? [] : [`           -> ${visible(fix)}`]),
  ];
  const findingLines = (findings: readonly Finding[]): string[] =>
    findings.flatMap(({ level, check, found, fix }) => line(level, check.padEnd(width), found, fix));
  return [
    ...redis.flatMap(({ name, findings }) => [`Redis ${visible(name)}`, ...findingLines(findings)]),
    "App",
    ...findingLines(app),
    "Settings",
    ...settings.standards.flatMap(({ name, met, found, fix }) =>
      line(met ? "met" : "not met", name.padEnd(standardWidth), found, fix),
    ),
  ];
}
