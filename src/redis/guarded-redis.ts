import { redisUnavailable, withoutArguments } from "../errors.js";
import { CircuitBreakers, type CircuitBreaker } from "./circuit-breaker.js";
import { commandOf, endedCommand, problemOf, TIMED_OUT, TIMEOUT } from "./ended-command.js";
import { FirstConnection } from "./first-connection.js";
import { nodeNamed, nodeOfKey } from "./nodes.js";
import type { Argument, LuaScript, RedisPort, TimedValues } from "./port.js";
import type { RedisClient } from "./redis-client.js";
import { failsWithWrongType, isRefusal } from "./reply.js";
import type { RedisCommand, RedisServers } from "../telemetry.js";
import { TurnClock } from "./turn-clock.js";
import { TurnWrites } from "./turn-writes.js";
import { expireAfter, WaitQueue } from "./wait-queue.js";

/** Meanings of the states in which an ioredis client accepts no commands. */
const WITHOUT_CONNECTION: Readonly<Record<string, string>> = {
  connecting: "the connection is being opened",
  connect: "the connection is being opened",
  reconnecting: "the connection was lost and is being opened again",
  disconnecting: "the connection is being closed",
  close: "the connection was lost",
  end: "the connection was closed",
};
/** Shortest pause between two questions for the owners of the slots, in milliseconds. */
const REFRESH_INTERVAL_MS = 250;

/**
 * A Redis client with bounded waits, independent of the client's own options.
 *
 * - While the client is not ready, no command is sent. The offline queue would send it later, when it is out of date.
 * - The first connection is awaited at most `timeoutMs`.
 * - A reply is awaited at most `timeoutMs`, and twice as long while bytes arrive.
 * - After a wait without a reply, further commands to that server fail at once until the server responds again. After 2 s
 *   the connection is closed and opened again.
 */
export class GuardedRedis implements RedisPort {
  readonly #client: RedisClient;
  readonly #waits: WaitQueue;
  readonly #breakers: CircuitBreakers;
  readonly #reconnects: boolean;
  readonly #trouble: () => string | null;
  #lastRefreshAt = 0;
  #crossSlot = false;
  readonly #turn: TurnWrites;
  readonly #clocks = new Map<string, TurnClock>();
  readonly #onCrossSlot: () => void;
  readonly #onRefused: (command: string, cause: string) => void;
  readonly #onCommand: ((command: RedisCommand) => void) | null;
  readonly #first: FirstConnection;

  /**
   * @param options - `reconnects`: true if this package opened the connection and may replace it; `trouble`: returns the
   * reason if there is no connection, as far as it is known; `onCrossSlot`: called once if a client of one server leads to
   * a Cluster or a proxy, which refuses to read several keys at once; `onRefused`: called for each command that the server
   * refuses, with the server's words; `onCommand`: called for each command that was sent, when it has ended
   */
  constructor(
    client: RedisClient,
    timeoutMs: number,
    options: {
      readonly reconnects: boolean;
      readonly trouble?: () => string | null;
      readonly onCrossSlot?: () => void;
      readonly onRefused?: (command: string, cause: string) => void;
      readonly onCommand?: ((command: RedisCommand) => void) | undefined;
    },
  ) {
    this.#client = client;
    this.#breakers = new CircuitBreakers(client);
    this.#reconnects = options.reconnects;
    this.#trouble = options.trouble ?? (() => null);
    this.#onCrossSlot = options.onCrossSlot ?? (() => undefined);
    this.#onRefused = options.onRefused ?? (() => undefined);
    this.#onCommand = options.onCommand ?? null;
    this.#first = new FirstConnection(client, timeoutMs);
    this.#waits = new WaitQueue(timeoutMs, () => client.stream?.bytesRead ?? 0);
    this.#turn = new TurnWrites(client);
  }

  /** Resolves when Redis has responded. With a Cluster, every master has responded and its connection is open. */
  async ping(budgetMs: number): Promise<void> {
    const askMasters = () => this.#bounded("PING", null, () => this.#askMasters());
    await this.#race(this.#client.nodes ? askMasters() : this.call("PING", []), budgetMs);
  }

  async #askMasters(): Promise<void> {
    const client = this.#client;
    // A Cluster client with lazyConnect knows no masters before its first command.
    if (client.status === "wait") await client.call("PING");
    const masters = client.nodes?.("master") ?? [];
    if (masters.length === 0) throw new Error("no master is known");
    await Promise.all(masters.map((node) => node.call("PING")));
  }

  call(command: string, args: readonly Argument[]): Promise<unknown> {
    // ioredis 5.4 adds its keyPrefix only to commands in lower case (rule M22).
    return this.#bounded(command, args[0] ?? "", () => this.#client.call(command.toLowerCase(), ...args));
  }

  run(script: LuaScript, args: readonly Argument[]): Promise<unknown> {
    const [key = ""] = args;
    return this.#bounded(
      script,
      key,
      () => this.#client.evalsha(script.sha1, script.keyCount, ...args),
      (message) => {
        if (!message.startsWith("NOSCRIPT")) return null;
        return this.#bounded(script, key, () => this.#client.eval(script.lua, script.keyCount, ...args));
      },
    );
  }

  async readTogether(keys: readonly string[]): Promise<TimedValues> {
    const [first = ""] = keys;
    // Asked first: the command below may begin to gather this turn's commands, whose end sends the question.
    const time = this.#timeAt(first);
    const read =
      this.#client.isCluster || this.#crossSlot ? this.#readEach(keys) : this.#readAtOnce(first, keys);
    const [values, serverTime] = await Promise.all([read, time]);
    return { values: values as (string | null)[], serverTime };
  }

  #readAtOnce(first: string, keys: readonly string[]): Promise<unknown> {
    return this.#bounded(
      "MGET",
      first,
      () => this.#client.call("mget", ...keys),
      (message) => {
        if (!message.startsWith("CROSSSLOT")) return null;
        if (!this.#crossSlot) this.#onCrossSlot();
        this.#crossSlot = true;
        return this.#readEach(keys);
      },
    );
  }

  #readEach(keys: readonly string[]): Promise<unknown[]> {
    return Promise.all(
      keys.map((key) =>
        this.call("GET", [key]).catch((error: unknown) => {
          if (failsWithWrongType(error)) return null;
          throw error;
        }),
      ),
    );
  }

  /** Returns the time of the server that holds a key. All questions of one turn share one `TIME` to each server. */
  #timeAt(key: string): Promise<number> {
    const node = this.#client.isCluster ? nodeOfKey(this.#client, key) : "";
    const clock = this.#clocks.get(node) ?? this.#newClock(node, key);
    if (!clock.isWanted) {
      if (!this.#waits.isEmpty) this.#turn.gather();
      this.#turn.atEnd(clock.send);
    }
    return clock.time();
  }

  #newClock(node: string, key: string): TurnClock {
    const client = this.#client;
    const clock = new TurnClock(() =>
      this.#bounded("TIME", key, () =>
        (nodeNamed(client.nodes?.("master") ?? [], node) ?? client).call("TIME"),
      ),
    );
    this.#clocks.set(node, clock);
    return clock;
  }

  within(budgetMs: number): RedisPort {
    const endsAt = performance.now() + budgetMs;
    const guard = async <Reply>(send: () => Promise<Reply>): Promise<Reply> => {
      const leftMs = endsAt - performance.now();
      if (leftMs <= 0) throw redisUnavailable(new Error(`no answer within ${String(budgetMs)} ms`));
      return this.#race(send(), leftMs);
    };
    return {
      within: (ms) => this.within(ms),
      call: (command, args) => guard(() => this.call(command, args)),
      run: (script, args) => guard(() => this.run(script, args)),
      readTogether: (keys) => guard(() => this.readTogether(keys)),
    };
  }

  #race<Reply>(sent: Promise<Reply>, leftMs: number): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const end = expireAfter(leftMs, () => {
        reject(redisUnavailable(new Error("no answer in time")));
      });
      sent.then(resolve, reject).finally(end);
    });
  }

  /** Records that a server sent no reply in time. */
  #noteSilence(breaker: CircuitBreaker | null): void {
    const now = performance.now();
    this.#refreshSlots(now);
    if (breaker === null) return;
    breaker.noteSilence(now);
    this.#replaceIfLost(breaker, now);
  }

  /** Opens the connection again if the server may have disappeared without closing it. Then no reply can arrive. */
  #replaceIfLost(breaker: CircuitBreaker, now: number): void {
    if (this.#reconnects && breaker.givesUp(now)) this.#client.disconnect(true);
  }

  /** Asks for the owners of the slots. A frozen master may have a successor, and ioredis asks only when a connection closes. */
  #refreshSlots(now: number): void {
    if (now - this.#lastRefreshAt < REFRESH_INTERVAL_MS) return;
    this.#lastRefreshAt = now;
    this.#client.refreshSlotsCache?.();
  }

  /**
   * Sends a command and bounds the wait for its reply.
   *
   * @param sent - name of the command, or the script that it runs
   * @param key - a key of the server; with `null` the command is sent even to a server that does not respond
   * @param retry - returns another attempt for an error message; `null` if no other attempt can help
   */
  #bounded(
    sent: string | LuaScript,
    key: Argument | null,
    send: () => Promise<unknown>,
    retry?: (message: string) => Promise<unknown> | null,
  ): Promise<unknown> {
    const opening = this.#first.opening;
    if (opening) return opening.then(() => this.#bounded(sent, key, send, retry));
    const breaker = key === null ? null : this.#breakers.of(String(key));
    const refusal = this.#refusal(breaker);
    if (refusal) return Promise.reject(redisUnavailable(new Error(refusal)));
    // The first command is sent at once. Later commands leave together, once per turn.
    if (!this.#waits.isEmpty) this.#turn.gather();
    const startedAt = this.#onCommand === null ? 0 : performance.now();
    return new Promise((resolve, reject) => {
      const wait = this.#waits.add((isSilent) => {
        if (isSilent) this.#noteSilence(breaker);
        this.#noteEnd(sent, startedAt, TIMEOUT);
        reject(redisUnavailable(new Error(`no answer within ${String(this.#waits.timeoutMs)} ms`)));
      });
      breaker?.noteSent();
      send().then(
        (reply) => {
          breaker?.noteEnd(true);
          if (this.#waits.end(wait)) this.#noteEnd(sent, startedAt, null);
          resolve(reply);
        },
        (error: unknown) => {
          const { name, message } = error instanceof Error ? error : { name: "", message: "" };
          // Only a reply of the server shows that the server responds. ioredis has errors of its own.
          breaker?.noteEnd(name === "ReplyError");
          if (name === "ReplyError" && isRefusal(message))
            this.#onRefused(commandOf(error), withoutArguments(error).message);
          // The caller already has the error for the expired wait, so no retry may change data now.
          if (!this.#waits.end(wait)) return;
          this.#noteEnd(sent, startedAt, problemOf(name, message));
          if (message === TIMED_OUT) this.#noteSilence(breaker);
          const again = retry?.(message);
          if (again) resolve(again);
          else reject(redisUnavailable(error));
        },
      );
    });
  }

  #noteEnd(sent: string | LuaScript, startedAt: number, problem: string | null): void {
    if (this.#onCommand !== null) this.#onCommand(endedCommand(sent, startedAt, problem));
  }

  /** Returns the numbers of servers that get commands, and of those that do not. */
  servers(): RedisServers {
    const { status } = this.#client;
    const masters = this.#client.nodes?.("master") ?? [null];
    const open = status === "ready" || status === "wait" ? this.#breakers.countOpen(masters) : masters.length;
    return { open, closed: masters.length - open };
  }

  /** Returns the reason why a command cannot be sent now; `null` if it can be sent. */
  #refusal(breaker: CircuitBreaker | null): string | null {
    const { status } = this.#client;
    // A client with lazyConnect waits for its first command.
    if (status !== "ready" && status !== "wait")
      return this.#trouble() ?? WITHOUT_CONNECTION[status] ?? `the connection is ${status}`;
    if (breaker === null || breaker.lets()) return null;
    this.#replaceIfLost(breaker, performance.now());
    return "the server does not answer";
  }
}
