import type { Events } from "../events.js";
import type { RedisClient } from "../redis/redis-client.js";
import { openAnother, type OwnConnection } from "../redis/own-connection.js";
import { expireAfter } from "../redis/wait-queue.js";
import { confirmSettings, confirmWrite } from "./scripts.generated.js";

/** Number of replicas that a change must reach, and the longest wait for them. */
export interface ReplicaWaitOptions {
  /** Number of replicas that must have a change before it counts as durable. @default 1 */
  readonly count?: number;
  /** The longest that a caller waits for them, 1 to 60,000 milliseconds. @default 100 */
  readonly timeoutMs?: number;
}

/** Knowledge about the replicas of a change. */
export interface Durability {
  /**
   * True if enough replicas are known to have the change, so that a failover to one of them keeps it. `null`
   * without the `waitForReplicas` option, and if nothing was changed.
   */
  readonly durable: boolean | null;
}

/** A change by which a server that has it is known. */
export type Fact = FieldFact | SettingsFact;

/** Settings that were saved; later settings include them. */
export interface SettingsFact {
  readonly key: string;
  readonly stamp: string;
  readonly version: number;
}

/** The value that a field of a key holds since a change. */
export interface FieldFact {
  readonly key: string;
  /**
   * Field of a hash by name, or of a text of fields by number. In a text of fixed places: the place of a number in
   * base 36, such as "15-23", or "" for the whole text.
   */
  readonly field: string | number;
  /** A number that the field has reached, a text that it contains, or "" if it need only be there. */
  readonly holds: string | number;
  /** True if the key being gone comes to the same. @default false */
  readonly orGone?: boolean;
}

interface Question {
  readonly facts: readonly Fact[];
  isOpen: boolean;
  readonly answer: (isDurable: boolean) => void;
}

/** A pipeline's replies, as ioredis gives them. */
type Replies = [error: Error | null, reply: unknown][] | null;
type Pipelined = RedisClient & {
  pipeline(commands: unknown[][]): { exec(): Promise<Replies> };
  refreshSlotsCache?(done: () => void): void;
};

/** Returns the command that asks a server for a change. */
function questionOf(fact: Fact): unknown[] {
  if ("stamp" in fact) return ["eval", confirmSettings.lua, 1, fact.key, fact.stamp, fact.version];
  const { key, field, holds, orGone } = fact;
  return ["eval", confirmWrite.lua, 1, key, field, holds, orGone ? "1" : ""];
}

/** Highest number of callers whose changes are asked about at once. */
const MAX_BATCH = 50;
/** Time after the limit before an unanswered question closes the connection, in milliseconds. */
const GIVE_UP_AFTER_MS = 2_000;

/**
 * Asks Redis if changes have reached its replicas, by `WAIT` on a separate connection, because `WAIT` blocks its
 * connection.
 *
 * `WAIT` covers only writes of its own connection. So that connection first reads the change and writes it again in
 * one step. After a failover too, the answering server then has the change, and the replicas' acknowledgements
 * include it. Callers that ask during a wait share the next wait.
 */
export class ReplicaWait {
  readonly #connection: OwnConnection;
  readonly #client: Pipelined;
  readonly #options: Required<ReplicaWaitOptions>;
  readonly #events: Events;
  #questions: Question[] = [];
  #isAsking = false;
  #wasTold = false;

  constructor(client: RedisClient, options: Required<ReplicaWaitOptions>, events: Events) {
    this.#options = options;
    this.#events = events;
    this.#connection = openAnother(client);
    this.#client = this.#connection.client as Pipelined;
    this.#client.on("ready", () => {
      this.#ask();
    });
  }

  close(): void {
    this.#connection.close();
  }

  /**
   * Returns true if enough replicas are known, in time, to have a change. Never throws; an unknown state is `false`.
   */
  confirm(facts: readonly Fact[]): Promise<boolean> {
    return new Promise((resolve) => {
      const end = expireAfter(this.#options.timeoutMs, () => {
        question.answer(false);
      });
      const question: Question = {
        facts,
        isOpen: true,
        answer: (isDurable) => {
          if (!question.isOpen) return;
          question.isOpen = false;
          end();
          this.#tell(isDurable);
          resolve(isDurable);
        },
      };
      this.#questions.push(question);
      this.#ask();
    });
  }

  #ask(): void {
    this.#questions = this.#questions.filter(({ isOpen }) => isOpen);
    if (this.#isAsking || this.#questions.length === 0 || this.#client.status !== "ready") return;
    this.#isAsking = true;
    const batch = this.#questions.splice(0, MAX_BATCH);
    const giveUp = setTimeout(() => {
      this.#client.disconnect(true);
    }, this.#options.timeoutMs + GIVE_UP_AFTER_MS);
    giveUp.unref();
    this.#holding(batch.flatMap(({ facts }) => facts))
      .then(
        (held) => {
          for (const { facts, answer } of batch) answer(facts.every((fact) => held.has(fact)));
        },
        () => {
          for (const { answer } of batch) answer(false);
        },
      )
      .finally(() => {
        clearTimeout(giveUp);
        this.#isAsking = false;
        this.#ask();
      })
      .catch(() => undefined);
  }

  /** The facts that enough replicas have. */
  async #holding(facts: readonly Fact[]): Promise<Set<Fact>> {
    // On a Cluster each key has its own server, whose replicas are to be waited for.
    const groups = this.#client.isCluster ? facts.map((fact) => [fact]) : [facts];
    const held = await Promise.all(groups.map((group) => this.#holdingAtOneServer(group)));
    return new Set(held.flat());
  }

  async #holdingAtOneServer(facts: readonly Fact[]): Promise<Fact[]> {
    const { count } = this.#options;
    let replies = await this.#replies(facts);
    if (replies.some(([error]) => error?.message.startsWith("MOVED"))) {
      // Pipelines are not sent on by ioredis, and nothing else on this connection has it ask who serves what now.
      await this.#refreshSlots();
      replies = await this.#replies(facts);
    }
    const [error, reached] = replies[facts.length] ?? [];
    if (error || !(Number(reached) >= count)) return [];
    return facts.filter((_fact, at) => replies[at]?.[1] === 1);
  }

  #refreshSlots(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#client.refreshSlotsCache) this.#client.refreshSlotsCache(resolve);
      else resolve();
    });
  }

  /** Returns the answers for each fact, then the answer of `WAIT`. */
  async #replies(facts: readonly Fact[]): Promise<NonNullable<Replies>> {
    const { count, timeoutMs } = this.#options;
    const commands = facts.map(questionOf);
    commands.push(["wait", count, timeoutMs]);
    return (await this.#client.pipeline(commands).exec()) ?? [];
  }

  /** Warns when changes begin to be unconfirmed, not at each unconfirmed change. */
  #tell(isDurable: boolean): void {
    if (isDurable === !this.#wasTold) return;
    this.#wasTold = !isDurable;
    if (isDurable) return;
    const { count, timeoutMs } = this.#options;
    this.#events.warn(
      "replication_unconfirmed",
      `A change has not been confirmed by ${String(count)} replica(s) within ${String(timeoutMs)} ms; a failover may undo it. Look at Redis's INFO replication. The next warning can come after a change has been confirmed again.`,
    );
  }
}
