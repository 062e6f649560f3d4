/** Milliseconds of delay that show a busy process: it may not have read replies or sent commands yet. */
const LATE_MS = 50;
/** Extra milliseconds for replies in this case. */
const GRACE_MS = 50;

/** One pending wait. */
export class Wait {
  #isSpared = false;

  constructor(
    public endsAt: number,
    readonly expire: () => void,
  ) {}

  /** Extends the wait once if the process found its end late. @returns true if the wait continues */
  spare(now: number): boolean {
    if (this.#isSpared || now - this.endsAt < LATE_MS) return false;
    this.#isSpared = true;
    this.endsAt = now + GRACE_MS;
    return true;
  }
}

/**
 * Bounds any number of waits of the same length with one timer. Waits end in the order in which they began, so one timer
 * for the first wait is enough. One timer per request would be the most expensive part of this class.
 */
export class WaitQueue {
  // Oldest first. A finished wait is removed at once. Otherwise the wait and its reply would outlive the young
  // generation of the heap.
  readonly #waits = new Set<Wait>();
  #timer: NodeJS.Timeout | undefined;

  constructor(readonly timeoutMs: number) {}

  get isEmpty(): boolean {
    return this.#waits.size === 0;
  }

  /** Begins a wait. Calls `expire` if `end` is not called in time. */
  add(expire: () => void): Wait {
    const wait = new Wait(performance.now() + this.timeoutMs, expire);
    this.#waits.add(wait);
    if (this.#timer === undefined) this.#timer = this.#arm(this.timeoutMs);
    return wait;
  }

  /** Ends a wait. @returns true if the wait had not expired */
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
