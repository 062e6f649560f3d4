/** Limits of uses, counted in Redis over all processes (rule M40). */
import { digest } from "./keys.js";
import { countTries, countUses } from "./scripts.generated.js";
import type { Storage } from "./storage.js";
import { knownTag } from "./user-tags.js";

/** A limit of uses within a window of time. */
export interface UseLimit {
  /** Name of the limit, a part of its keys. */
  readonly name: string;
  readonly uses: number;
  readonly windowMs: number;
  /** Limit of each part of the subject. Uses above this limit take none from the whole. */
  readonly usesOfPart?: number;
}

/** The session, user or address that uses are counted for. */
export interface Subject {
  readonly of: string;
  /** The part of `of` that this use belongs to, for limits with `usesOfPart`. */
  readonly part?: string;
}

/** The answer about one use. */
export interface CountedUse {
  /** True if the use was within the limit. A refused use is not counted. */
  readonly isAllowed: boolean;
  /** Uses that remain in this window. */
  readonly remaining: number;
  /** Whole milliseconds until the window ends. */
  readonly retryInMs: number;
}

interface Caller {
  readonly resolve: (use: CountedUse) => void;
  readonly reject: (error: unknown) => void;
}

/** Longest time for which a full counter is believed without asking Redis, in milliseconds. */
const FULL_MS = 1_000;
/** Full counters that are remembered. */
const MAX_FULL = 10_000;
/** Characters of a part's mark. */
const MARK_LENGTH = 8;

/** One counter, with the script that counts it. */
interface Counter {
  /** Tells counters and their parts apart in this process. */
  readonly id: string;
  readonly count: (uses: number) => Promise<unknown>;
}

/**
 * Counts uses. A process has at most one question about a counter under way, and one question counts all uses that wait.
 * So a flood of requests does not become a flood of commands.
 */
export class UseCounter {
  readonly #waiting = new Map<string, Caller[]>();
  readonly #full = new Map<string, { readonly until: number; readonly endsAt: number }>();

  constructor(private readonly storage: Storage) {}

  /** Counts one use, if the limit allows it. @throws CurfewError `redis_unavailable` */
  async take(limit: UseLimit, subject: Subject): Promise<CountedUse> {
    const counter = await this.#counter(limit, subject);
    const now = performance.now();
    const full = this.#full.get(counter.id);
    if (full && now < full.until)
      return { isAllowed: false, remaining: 0, retryInMs: Math.ceil(full.endsAt - now) };
    return new Promise((resolve, reject) => {
      const caller = { resolve, reject };
      const waiting = this.#waiting.get(counter.id);
      if (waiting) waiting.push(caller);
      else void this.#ask(counter, [caller]);
    });
  }

  /** Gives one use back. @throws CurfewError `redis_unavailable` */
  async giveBack(limit: UseLimit, subject: Subject): Promise<void> {
    const counter = await this.#counter(limit, subject);
    this.#full.delete(counter.id);
    await counter.count(-1);
  }

  async #ask(counter: Counter, callers: readonly Caller[]): Promise<void> {
    const { id } = counter;
    this.#waiting.set(id, []);
    try {
      const [counted, remaining, leftMs] = (await counter.count(callers.length)) as number[];
      this.#answer(id, callers, Number(counted), Number(remaining), Number(leftMs));
    } catch (error) {
      for (const { reject } of callers) reject(error);
    }
    const waiting = this.#waiting.get(id) ?? [];
    this.#waiting.delete(id);
    if (waiting.length > 0) void this.#ask(counter, waiting);
  }

  #answer(id: string, callers: readonly Caller[], counted: number, remaining: number, leftMs: number): void {
    if (counted < callers.length) {
      if (this.#full.size >= MAX_FULL) this.#full.clear();
      const now = performance.now();
      this.#full.set(id, { until: now + Math.min(FULL_MS, leftMs), endsAt: now + leftMs });
    }
    callers.forEach(({ resolve }, index) => {
      const later = Math.max(0, counted - 1 - index);
      resolve({ isAllowed: index < counted, remaining: remaining + later, retryInMs: leftMs });
    });
  }

  async #counter(
    { name, uses, windowMs, usesOfPart }: UseLimit,
    { of, part = "" }: Subject,
  ): Promise<Counter> {
    const { redis, keys } = this.storage;
    // Keyed as the tags of users are: a plain hash of an address gives the address back by trying all (rule M39).
    const key = keys.uses(name, await knownTag(this.storage, `uses:${of}`));
    if (usesOfPart === undefined)
      return { id: key, count: (wanted) => redis.run(countUses, [key, uses, windowMs, wanted]) };
    const mark = digest(`curfew-part:${part}`, MARK_LENGTH);
    return {
      id: `${key}:${mark}`,
      count: (wanted) => redis.run(countTries, [key, uses, windowMs, wanted, mark, usesOfPart]),
    };
  }
}
