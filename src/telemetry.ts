import type { EndReason } from "./policy/index.js";

/** The decision about a request, as it is counted. */
export interface RequestVerdict {
  /** `unavailable` if Redis cannot be asked, and `failed` after any other error. `refused` is the verdict of a token. */
  readonly verdict: "active" | "ended" | "anonymous" | "refused" | "unavailable" | "failed";
  /** Reason of the end; `null` unless the verdict is `ended`. */
  readonly reason: EndReason | null;
}

/** Proof that a request carries: the session cookie or a bearer token. */
export type Credential = "cookie" | "token";

/** An operation that is traced. */
export type TracedOperation = "sign_in" | "sign_out" | "extend" | "reauthenticate";

/** One command that was sent to Redis. */
export interface RedisCommand {
  /** Name of the command, such as `MGET`. */
  readonly name: string;
  /** Name of the script that the command runs; `null` if it runs none. */
  readonly script: string | null;
  /** Time from the command to its reply, in milliseconds. */
  readonly durationMs: number;
  /** First word of the error that Redis answered, `timeout` or `connection`; `null` for a command without an error. */
  readonly problem: string | null;
}

/** Numbers of Redis servers, by the state of their circuit breaker. A Cluster has several. */
export interface RedisServers {
  /** Servers that get commands. */
  readonly closed: number;
  /** Servers without a connection, or that do not answer. Commands to them fail at once. */
  readonly open: number;
}

/**
 * Receives measurements. `openTelemetry()` of `express-curfew/otel` makes it. No value names a session or a user.
 * A method must not throw.
 */
export interface Telemetry {
  /** Runs the check of a request's session or token, and counts the request by its verdict. */
  check<Result>(
    credential: Credential,
    work: () => Promise<Result>,
    verdictOf: (result: Result) => RequestVerdict,
  ): Promise<Result>;
  /** Counts a request that was judged without Redis, by its cookies. */
  countRequest(verdict: RequestVerdict): void;
  /** Runs an operation, and traces it. */
  trace<Result>(operation: TracedOperation, work: () => Promise<Result>): Promise<Result>;
  /** Counts a session that this process has ended. */
  countEnd(reason: EndReason): void;
  /** Records a command that Redis answered, or did not answer in time. */
  noteCommand(command: RedisCommand): void;
  /** Reads the states of the Redis servers whenever they are exported. @returns a function that stops this */
  watchServers(read: () => RedisServers): () => void;
}
