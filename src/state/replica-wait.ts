import type { Events } from "../events.js";
import type { RedisClient } from "../redis/guarded-redis.js";
import { openAnother, type OwnConnection } from "../redis/own-connection.js";
import { expireAfter } from "../redis/wait-queue.js";
import { confirmSettings, confirmWrite } from "./scripts.generated.js";

/** How many replicas a change is to reach, and how long that is waited for. */
export interface ReplicaWaitOptions {
  /** How many replicas must have a change before it counts as durable. @default 1 */
  readonly count?: number;
  /** The longest that a caller waits for them, in milliseconds. @default 100 */
  readonly timeoutMs?: number;
}

/** How far a change is known to have gone. */
export interface Durability {
  /**
   * Whether enough replicas are known to have the change, so that a failover to one of them keeps it. `null`
   * without the `waitForReplicas` option, and where nothing was changed.
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
   * The field's name in a hash, or its number in a text of fields. Of a text of fixed places, the place of a number in
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

/** How many callers' changes are asked about at once. */
const MAX_BATCH = 50;
/** How long after its time a question may go unanswered before the connection is given up, in milliseconds. */
const GIVE_UP_AFTER_MS = 2_000;

/**
 * Asks Redis whether changes have reached its replicas, by `WAIT`, on a connection of its own: whoever waits
 * for replicas blocks the connection that asks.
 *
 * `WAIT` speaks of its own connection's writes only. So that connection reads the change back and writes it
 * once more, in one step, before it waits: the server that answers has the change, whichever server that is
 * after a failover, and what its replicas have acknowledged since includes it. Whoever asks while a wait is
 * under way shares the next.
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

  /** Whether enough replicas are known, in time, to have a change. Never throws: what is not known is `false`. */
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

  /** The answers for each fact, and last that of `WAIT`. */
  async #replies(facts: readonly Fact[]): Promise<NonNullable<Replies>> {
    const { count, timeoutMs } = this.#options;
    const commands = facts.map(questionOf);
    commands.push(["wait", count, timeoutMs]);
    return (await this.#client.pipeline(commands).exec()) ?? [];
  }

  /** An operator is told when changes begin to be in danger, not at each of them. */
  #tell(isDurable: boolean): void {
    if (isDurable === !this.#wasTold) return;
    this.#wasTold = !isDurable;
    if (isDurable) return;
    const { count, timeoutMs } = this.#options;
    this.#events.warn(
      "replication_unconfirmed",
      `A change has not been confirmed by ${String(count)} replica(s) within ${String(timeoutMs)} ms; a failover may undo it. Look at Redis's INFO replication. You are told again after the next change that is confirmed.`,
    );
  }
}
