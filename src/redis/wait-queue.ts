/** Found over so late, in milliseconds, a wait tells of a process too busy to have read answers, or sent what it asked. */
const LATE_MS = 50;
/** What is given to answers then. */
const GRACE_MS = 50;

/** One wait that is not over yet. A class, as `RequestContext` is (http/request/context.ts). */
export class Wait {
  #isSpared = false;

  constructor(
    public endsAt: number,
    readonly expire: () => void,
  ) {}

  /** Gives it a moment more, once, if it is found over late. @returns whether it goes on */
  spare(now: number): boolean {
    if (this.#isSpared || now - this.endsAt < LATE_MS) return false;
    this.#isSpared = true;
    this.endsAt = now + GRACE_MS;
    return true;
  }
}

/**
 * Bounds any number of waits of the same length with one timer: they end in the order in which they began,
 * so only the first needs watching. A timer a request would cost more than everything else here.
 */
export class WaitQueue {
  // Oldest first. A wait that is over leaves at once: kept until its time was up it would outlive the young
  // generation of the heap, together with the answer that hangs on it.
  readonly #waits = new Set<Wait>();
  #timer: NodeJS.Timeout | undefined;

  constructor(readonly timeoutMs: number) {}

  get isEmpty(): boolean {
    return this.#waits.size === 0;
  }

  /** Begins a wait; `expire` is called unless `end` comes in time. */
  add(expire: () => void): Wait {
    const wait = new Wait(performance.now() + this.timeoutMs, expire);
    this.#waits.add(wait);
    if (this.#timer === undefined) this.#timer = this.#arm(this.timeoutMs);
    return wait;
  }

  /** What was waited for has come. @returns whether in time */
  end(wait: Wait): boolean {
    return this.#waits.delete(wait);
  }

  #arm(delayMs: number): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#sweep();
    }, delayMs);
    timer.unref();
    return timer;
  }

  #sweep(): void {
    const now = performance.now();
    for (const wait of this.#waits) {
      if (wait.endsAt > now) break;
      if (wait.spare(now)) continue;
      this.#waits.delete(wait);
      wait.expire();
    }
    const [next] = this.#waits;
    this.#timer = next ? this.#arm(Math.max(1, next.endsAt - now)) : undefined;
  }
}
