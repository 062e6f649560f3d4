import { redisUnavailable } from "../errors.js";
import { CircuitBreakers, type CircuitBreaker, type Slots } from "./circuit-breaker.js";
import type { Argument, LuaScript, RedisPort, TimedValues } from "./port.js";
import { TurnClock } from "./turn-clock.js";
import { WaitQueue } from "./wait-queue.js";

/** What is used of an ioredis client: `Redis` and `Cluster` of versions 5 and 6 have it. */
export interface RedisClient {
  readonly status: string;
  readonly isCluster: boolean;
  readonly options: object;
  /** The connection's socket, where there is only one; each connection has another. */
  readonly stream?: { cork(): void; uncork(): void };
  readonly slots?: Slots;
  /** The connections to a Cluster's nodes. */
  nodes?(role: "master"): Pick<RedisClient, "call">[];
  /** Has a Cluster ask its nodes anew who serves what. */
  refreshSlotsCache?(): void;
  call(command: string, ...args: Argument[]): Promise<unknown>;
  evalsha(sha1: string, keyCount: number, ...args: Argument[]): Promise<unknown>;
  eval(lua: string, keyCount: number, ...args: Argument[]): Promise<unknown>;
  on(event: "ready", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  once(event: "ready", listener: () => void): unknown;
  disconnect(reconnect?: boolean): void;
}

/** How long a connection may go without an answer before it is given up and opened anew, in milliseconds. */
const GIVE_UP_AFTER_MS = 2_000;
/** What ioredis says where the client's own `commandTimeout` is over first. */
const TIMED_OUT = "Command timed out";
/** What an ioredis client's states mean in which it takes no commands. */
const WITHOUT_CONNECTION: Readonly<Record<string, string>> = {
  connecting: "the connection is being opened",
  connect: "the connection is being opened",
  reconnecting: "the connection is lost, and is being opened anew",
  disconnecting: "the connection is being closed",
  close: "the connection is lost",
  end: "the connection has been closed",
};
/** How often a Cluster that leaves commands without an answer is asked who serves what, in milliseconds. */
const REFRESH_INTERVAL_MS = 250;

/**
 * A Redis client in front of which nobody waits for long, whatever the client's own options.
 *
 * A command is not sent while the client is not ready (its offline queue would replay it later, when it is
 * no longer true), an answer is waited for `timeoutMs` at most, and after a wait that was in vain further
 * commands to that server fail at once, save one probe every 100 ms, until it answers again.
 */
export class GuardedRedis implements RedisPort {
  readonly #client: RedisClient;
  readonly #waits: WaitQueue;
  readonly #breakers: CircuitBreakers;
  readonly #reconnects: boolean;
  readonly #trouble: () => string | null;
  #lastRefreshAt = 0;
  #crossSlot = false;
  #gathering = false;
  readonly #clock = new TurnClock(() => this.call("TIME", []));

  /**
   * @param options - `reconnects`: whether the connection is this package's, to be given up if it is dead;
   * `trouble`: why there is none, as far as is known
   */
  constructor(
    client: RedisClient,
    timeoutMs: number,
    options: { readonly reconnects: boolean; readonly trouble?: () => string | null },
  ) {
    this.#client = client;
    this.#breakers = new CircuitBreakers(client);
    this.#reconnects = options.reconnects;
    this.#trouble = options.trouble ?? (() => null);
    this.#waits = new WaitQueue(timeoutMs);
  }

  get oneServer(): boolean {
    return !this.#client.isCluster && !this.#crossSlot;
  }

  /** Resolves when Redis has answered; of a Cluster every master, and their connections are open then. */
  async ping(budgetMs: number): Promise<void> {
    const askMasters = () => this.#bounded(null, () => this.#askMasters());
    await this.#race(this.#client.nodes ? askMasters() : this.call("PING", []), budgetMs);
  }

  async #askMasters(): Promise<void> {
    const client = this.#client;
    // Made with lazyConnect it knows none before its first command.
    if (client.status === "wait") await client.call("PING");
    const masters = client.nodes?.("master") ?? [];
    if (masters.length === 0) throw new Error("no master is known");
    await Promise.all(masters.map((node) => node.call("PING")));
  }

  call(command: string, args: readonly Argument[]): Promise<unknown> {
    return this.#bounded(args[0] ?? "", () => this.#client.call(command, ...args));
  }

  run(script: LuaScript, args: readonly Argument[]): Promise<unknown> {
    const [key = ""] = args;
    return this.#bounded(
      key,
      () => this.#client.evalsha(script.sha1, script.keyCount, ...args),
      (message) => {
        if (message.startsWith("NOSCRIPT"))
          return this.#bounded(key, () => this.#client.eval(script.lua, script.keyCount, ...args));
        // A proxy or cluster behind a plain client: from now on one key at a time.
        if (message.startsWith("CROSSSLOT")) this.#crossSlot = true;
        return null;
      },
    );
  }

  async readTogether(keys: readonly string[]): Promise<TimedValues> {
    // Asked first: the command below may begin to gather this turn's commands, whose end sends the question.
    const isFirst = !this.#clock.isWanted;
    const time = this.#clock.time();
    if (isFirst) this.#askForTime();
    const read = this.#bounded(
      keys[0] ?? "",
      () => this.#client.call("MGET", ...keys),
      (message) => {
        if (message.startsWith("CROSSSLOT")) this.#crossSlot = true;
        return null;
      },
    );
    const [values, serverTime] = await Promise.all([read, time]);
    return { values: values as (string | null)[], serverTime };
  }

  within(budgetMs: number): RedisPort {
    const endsAt = performance.now() + budgetMs;
    const guard = async <Reply>(send: () => Promise<Reply>): Promise<Reply> => {
      const leftMs = endsAt - performance.now();
      if (leftMs <= 0) throw redisUnavailable(new Error(`no answer within ${String(budgetMs)} ms`));
      return this.#race(send(), leftMs);
    };
    return {
      oneServer: this.oneServer,
      within: (ms) => this.within(ms),
      call: (command, args) => guard(() => this.call(command, args)),
      run: (script, args) => guard(() => this.run(script, args)),
      readTogether: (keys) => guard(() => this.readTogether(keys)),
    };
  }

  #race<Reply>(sent: Promise<Reply>, leftMs: number): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(redisUnavailable(new Error("no answer in time")));
      }, leftMs);
      sent.then(resolve, reject).finally(() => {
        clearTimeout(timer);
      });
    });
  }

  /** Nothing has come in time from a server. */
  #noteSilence(breaker: CircuitBreaker | null): void {
    const now = performance.now();
    const silentMs = breaker?.noteSilence(now) ?? 0;
    this.#refreshSlots(now);
    // The other end may have vanished without a word, and then no answer will ever come.
    if (!this.#reconnects || silentMs < GIVE_UP_AFTER_MS) return;
    breaker?.reset();
    breaker?.noteSilence(now);
    this.#client.disconnect(true);
  }

  /** A master that has frozen may have been replaced; an ioredis Cluster asks only once a connection closes. */
  #refreshSlots(now: number): void {
    if (now - this.#lastRefreshAt < REFRESH_INTERVAL_MS) return;
    this.#lastRefreshAt = now;
    this.#client.refreshSlotsCache?.();
  }

  /** Lets the commands of one turn of the event loop leave in one write to the socket. */
  #gather(): void {
    const { stream } = this.#client;
    if (this.#gathering || typeof stream?.cork !== "function") return;
    this.#gathering = true;
    stream.cork();
    setImmediate(() => {
      this.#clock.send();
      this.#gathering = false;
      stream.uncork();
    });
  }

  /** Has `TIME` sent behind the reads of this turn, in one write with them. */
  #askForTime(): void {
    if (!this.#waits.isEmpty) this.#gather();
    if (this.#gathering) return;
    const { stream } = this.#client;
    stream?.cork();
    process.nextTick(() => {
      const wasGathering = this.#gathering;
      this.#gathering = true;
      this.#clock.send();
      this.#gathering = wasGathering;
      stream?.uncork();
    });
  }

  /**
   * @param key - whose server is asked; `null` asks even a silent one
   * @param retry - what to do instead, if the error's message tells of something that can be done
   */
  #bounded(
    key: Argument | null,
    send: () => Promise<unknown>,
    retry?: (message: string) => Promise<unknown> | null,
  ): Promise<unknown> {
    const breaker = key === null ? null : this.#breakers.of(String(key));
    const refusal = this.#refusal(breaker);
    if (refusal) return Promise.reject(redisUnavailable(new Error(refusal)));
    // A single command goes at once; where others are under way already, it goes with those of this turn.
    if (!this.#waits.isEmpty) this.#gather();
    return new Promise((resolve, reject) => {
      const wait = this.#waits.add(() => {
        this.#noteSilence(breaker);
        reject(redisUnavailable(new Error(`no answer within ${String(this.#waits.timeoutMs)} ms`)));
      });
      send().then(
        (reply) => {
          breaker?.reset();
          this.#waits.end(wait);
          resolve(reply);
        },
        (error: unknown) => {
          const { name, message } = error instanceof Error ? error : { name: "", message: "" };
          // Only what the server itself has said shows that it answers; the client has errors of its own.
          if (name === "ReplyError") breaker?.reset();
          // Whoever has been told that it failed must not find it done later.
          if (!this.#waits.end(wait)) return;
          if (message === TIMED_OUT) this.#noteSilence(breaker);
          const again = retry?.(message);
          if (again) resolve(again);
          else reject(redisUnavailable(error));
        },
      );
    });
  }

  /** Why a command can't be sent now, if it can't. */
  #refusal(breaker: CircuitBreaker | null): string | null {
    const { status } = this.#client;
    // A client made with lazyConnect waits for its first command.
    if (status !== "ready" && status !== "wait")
      return this.#trouble() ?? WITHOUT_CONNECTION[status] ?? `the connection is ${status}`;
    return breaker === null || breaker.lets() ? null : "the server does not answer";
  }
}
