/** What the benchmark's processes say to each other. */

/** The apps that are compared. */
export const CONTESTANTS = [
  "express",
  "oneGet",
  "bare",
  "byHand",
  "betterAuth",
  "iron",
  "curfew",
  "otherBuild",
] as const;

/** See `CONTESTANT_NAMES` in `summary.ts` for what each one is. */
export type ContestantId = (typeof CONTESTANTS)[number];

/** Those who answer 401 to who is not signed in. */
export const GUARDED: readonly ContestantId[] = ["byHand", "betterAuth", "iron", "curfew", "otherBuild"];

/** How an app process is started. */
export interface AppSpec {
  readonly contestant: ContestantId;
  readonly redisUrl: string;
  /** URL of the built package's `index.js`. */
  readonly packageEntry: string;
  /** How much data a session carries, in bytes of JSON. */
  readonly payloadBytes: number;
}

/** What an app process has used since it began. */
export interface CpuUsage {
  readonly cpuMicros: number;
  /** Resident memory, in bytes. */
  readonly residentBytes: number;
}

/** One stretch of load. */
export interface LoadSpec {
  readonly url: string;
  /** One for each session. */
  readonly cookies: readonly string[];
  /** Connections that are kept busy; or, of offered load, that requests may be under way on at once. */
  readonly connections: number;
  readonly seconds: number;
  /** Requests a second that come whether or not others are answered; `null`: each connection's next after its last. */
  readonly offeredPerSecond: number | null;
  /** The same seed makes offered requests come at the same moments. */
  readonly seed: number;
}

/** What the load generator saw. */
export interface LoadResult {
  /** Those that were answered well. */
  readonly requests: number;
  readonly failures: number;
  readonly seconds: number;
  /** Of each request that was answered well. */
  readonly latenciesMs: readonly number[];
}

/** A proxy in front of Redis. */
export interface FarAwaySpec {
  readonly redisPort: number;
}

/** Questions to an app process and their answers. */
export interface AppCalls {
  start(spec: AppSpec): { readonly port: number };
  usage(): CpuUsage;
  startProfile(): void;
  /** Writes a `.cpuprofile` of what was done since. */
  stopProfile(path: string): void;
}

/** Questions to the load generator. */
export interface LoadCalls {
  run(spec: LoadSpec): LoadResult;
}

/** Questions to a proxy. */
export interface FarAwayCalls {
  start(spec: FarAwaySpec): { readonly port: number };
  /** Holds back requests for so many milliseconds from now on. */
  hold(ms: number): void;
}

/** Questions to who keeps processors awake. */
export interface AwakeCalls {
  keepAwake(): void;
  letSleep(): void;
}

/** A question on its way. */
export interface Question {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

/** Its answer. */
export interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}
