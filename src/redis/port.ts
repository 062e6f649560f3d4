/** An argument of a command. */
export type Argument = string | number;

/**
 * The interface of Redis for the state layer. Every call settles within the time-out. Every failure is a
 * `redis_unavailable` {@link CurfewError}.
 */
export interface RedisPort {
  /** Runs a script; the first `script.keyCount` arguments are its keys. */
  run(script: LuaScript, args: readonly Argument[]): Promise<unknown>;
  /** Returns a view of this port. All its calls together end within `budgetMs` from now. */
  within(budgetMs: number): RedisPort;
  /** Sends one command. */
  call(command: string, args: readonly Argument[]): Promise<unknown>;
  /**
   * Reads several strings and the clock of the first key's server in one round trip. All reads of one turn of the event
   * loop share one `TIME`, which is sent after them: the time is never older than the values.
   */
  readTogether(keys: readonly string[]): Promise<TimedValues>;
}

/** Values read together with the server's clock. */
export interface TimedValues {
  /** The strings, in the order of their keys; `null` where there is none or the key holds another type. */
  readonly values: readonly (string | null)[];
  /** Milliseconds since 1970 on the server's clock. */
  readonly serverTime: number;
}

/** A Lua script for EVALSHA, and for EVAL if Redis does not have the script yet. */
export interface LuaScript {
  readonly name: string;
  /** Number of arguments that are keys. Keys come first. */
  readonly keyCount: number;
  readonly lua: string;
  /** The name that EVALSHA uses: the SHA-1 of `lua`, in hex. */
  readonly sha1: string;
}
