/**
 * The configuration of the app's processes, for the program of an operator. The program judges sessions as the app does,
 * so it needs the app's defaults and limits.
 */
import { parseStoredSettings, type Settings, type SystemLimits } from "../../policy/index.js";
import { fieldsOf, parseJson } from "./json.js";

/** The configuration of an app. */
export interface AppFacts {
  readonly sessionPrefix: string;
  readonly defaults: Settings;
  readonly limits: SystemLimits;
  readonly limitOpenSessions: boolean;
  /** Bound of the audit trail; `null` without a trail. */
  readonly auditEntries: number | null;
  /** True with the option `waitForReplicas`, for which the app's Redis user needs another right. */
  readonly waitsForReplicas: boolean;
  /** Warnings about options of the app's own Redis client. */
  readonly unsafeOptions: readonly string[];
}

/** Facts, and the time at which a process wrote them. */
export interface WrittenFacts extends AppFacts {
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Returns the text for {@link decodeFacts}. */
export function encodeFacts(facts: AppFacts, at: number): string {
  return JSON.stringify({ ...facts, at } satisfies WrittenFacts);
}

/** Reads facts. @returns `null` if the text makes no sense */
export function decodeFacts(text: string): WrittenFacts | null {
  const { sessionPrefix, defaults, limits, limitOpenSessions, at, ...rest } = fieldsOf(parseJson(text));
  const { auditEntries, waitsForReplicas, unsafeOptions } = rest;
  const settings = parseStoredSettings(defaults);
  const { absoluteMinutes, idleMinutes } = fieldsOf(limits);
  if (settings === null || !isMinutes(absoluteMinutes) || !isMinutes(idleMinutes)) return null;
  if (typeof sessionPrefix !== "string" || typeof at !== "number") return null;
  return {
    sessionPrefix,
    defaults: settings,
    limits: { absoluteMinutes, idleMinutes },
    limitOpenSessions: limitOpenSessions !== false,
    auditEntries: typeof auditEntries === "number" ? auditEntries : null,
    waitsForReplicas: waitsForReplicas === true,
    unsafeOptions: Array.isArray(unsafeOptions) ? unsafeOptions.map(String) : [],
    at,
  };
}

const isMinutes = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
