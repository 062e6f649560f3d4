/** The messages between the benchmark's processes. */

/** The compared apps. */
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

/** The id of a compared app; `CONTESTANT_NAMES` in `summary.ts` explains each. */
export type ContestantId = (typeof CONTESTANTS)[number];

/** Apps that answer 401 to requests without a session. */
export const GUARDED: readonly ContestantId[] = ["byHand", "betterAuth", "iron", "curfew", "otherBuild"];

/** The app that a process starts. */
export interface AppSpec {
  readonly contestant: ContestantId;
  readonly redisUrl: string;
  /** URL of the built package's `index.js`. */
  readonly packageEntry: string;
  /** Session data, in bytes of JSON. */
  readonly payloadBytes: number;
  /** Limit of browsers per user, for express-curfew. */
  readonly maxSessionsPerUser: number;
}

/** The processor time of an app's process since its start. */
export interface CpuUsage {
  readonly cpuMicros: number;
}

/** Load on one app. */
export interface LoadSpec {
  readonly url: string;
  /** One `Cookie` header for each session. */
  readonly cookies: readonly string[];
  /** Busy connections; for offered load, the most requests under way at once. */
  readonly connections: number;
  readonly seconds: number;
  /** Requests a second, sent whether or not others are answered; `null` for busy connections. */
  readonly offeredPerSecond: number | null;
  /** Offered requests with the same seed come at the same moments. */
  readonly seed: number;
}

/** The answers that the load generator received. */
export interface LoadResult {
  /** Number of requests that were answered with 200. */
  readonly requests: number;
  readonly failures: number;
  readonly seconds: number;
  /** Latencies of the requests that were answered with 200. */
  readonly latenciesMs: readonly number[];
}

/** Sign-ins to send. */
export interface SignInSpec {
  /** Origins of apps on the same Redis; they share the sign-ins. */
  readonly origins: readonly string[];
  readonly kind: "browser" | "api";
  readonly count: number;
  /** A user's name; with `isOneUser` false, the beginning of each user's name. */
  readonly user: string;
  readonly isOneUser: boolean;
  /** Number of the first user. */
  readonly first: number;
  /** Number of returned cookies, spread evenly over the latest `last` sign-ins. */
  readonly keep: { readonly cookies: number; readonly last: number };
}

/** The Redis behind a proxy. */
export interface FarAwaySpec {
  readonly redisPort: number;
}

/** Questions to an app process and their answers. */
export interface AppCalls {
  /** Starts an app. A process may start several. */
  start(spec: AppSpec): { readonly port: number };
  usage(): CpuUsage;
  startProfile(): void;
  /** Ends the profile and writes it as a `.cpuprofile` file. */
  stopProfile(path: string): void;
}

/** Questions to the load generator. */
export interface LoadCalls {
  run(spec: LoadSpec): LoadResult;
  /** Signs in many times. Returns `Cookie` headers. @throws if an app refuses one */
  signIn(spec: SignInSpec): readonly string[];
}

/** Questions to a proxy. */
export interface FarAwayCalls {
  start(spec: FarAwaySpec): { readonly port: number };
  /** Delays each request by this number of milliseconds from now on. */
  hold(ms: number): void;
}

/** Questions to the process that keeps processors awake. */
export interface AwakeCalls {
  keepAwake(): void;
  letSleep(): void;
}

/** A question. */
export interface Question {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

/** An answer; `id` is its question's. */
export interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}
