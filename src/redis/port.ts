/** An argument of a command. */
export type Argument = string | number;

/**
 * What the state layer needs of Redis. Every call settles within the time-out, and every failure is a
 * `redis_unavailable` {@link CurfewError}.
 */
export interface RedisPort {
  /** Whether one server holds every key, so that one script may read several of them. */
  readonly oneServer: boolean;
  /** Runs a script; the first `script.keyCount` arguments are its keys. */
  run(script: LuaScript, args: readonly Argument[]): Promise<unknown>;
  /** A view of this port whose calls, however many, end within `budgetMs` from now, all together. */
  within(budgetMs: number): RedisPort;
  /** Sends one command. */
  call(command: string, args: readonly Argument[]): Promise<unknown>;
}

/** A Lua script, ready for EVALSHA, and for EVAL where Redis does not hold it yet. */
export interface LuaScript {
  readonly name: string;
  /** How many of its arguments are keys. Keys come first. */
  readonly keyCount: number;
  readonly lua: string;
  /** The name that EVALSHA uses: the SHA-1 of `lua`, in hex. */
  readonly sha1: string;
}
