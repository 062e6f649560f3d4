/** Milliseconds of delay that show a busy process: it may not have read replies or sent commands yet. */
const LATE_MS = 50;
/** Extra milliseconds for replies in this case. */
const GRACE_MS = 50;
/** Milliseconds between two looks at the bytes that arrive. */
const LOOK_EVERY_MS = 50;

/** Longest delay of Node's timers. Node turns a longer one into a millisecond. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** One pending wait. */
export class Wait {
  #isSpared = false;
  #bytes: number;
  readonly #mustEndAt: number;

  /**
   * @param bytes - bytes that have arrived so far
   * @param expire - called if no reply arrives; `isSilent` is false if bytes still arrive
   */
  constructor(
    public endsAt: number,
    bytes: number,
    timeoutMs: number,
    readonly expire: (isSilent: boolean) => void,
  ) {
    this.#bytes = bytes;
    this.#mustEndAt = endsAt + timeoutMs;
  }

  /**
   * Extends the wait once if the process found its end late, and while bytes arrive up to twice the wait: a long reply
   * needs its time, and the replies behind it too (rule M31).
   *
   * @returns `null` if the wait continues; otherwise true if the server is silent
   */
  judge(now: number, bytes: number): boolean | null {
    const isArriving = bytes !== this.#bytes;
    this.#bytes = bytes;
    if (isArriving && now < this.#mustEndAt) {
      this.endsAt = Math.min(now + LOOK_EVERY_MS, this.#mustEndAt);
      return null;
    }
    if (this.#isSpared || now - this.endsAt < LATE_MS) return !isArriving;
    this.#isSpared = true;
    this.endsAt = now + GRACE_MS;
    return null;
  }
}

/**
 * Bounds any number of waits of the same length with one timer. Waits end in about the order in which they began, so one
 * timer for the earliest end is enough. One timer per request would be the most expensive part of this class.
 */
export class WaitQueue {
  // Oldest first. A finished wait is removed at once. Otherwise the wait and its reply would outlive the young
  // generation of the heap.
  readonly #waits = new Set<Wait>();
  readonly #bytes: () => number;
  #timer: NodeJS.Timeout | undefined;

  /** @param bytes - returns the number of bytes that have arrived on the connection */
  constructor(
    readonly timeoutMs: number,
    bytes: () => number = () => 0,
  ) {
    this.#bytes = bytes;
  }

  get isEmpty(): boolean {
    return this.#waits.size === 0;
  }

  /** Begins a wait. Calls `expire` if `end` is not called in time. */
  add(expire: (isSilent: boolean) => void): Wait {
    const wait = new Wait(performance.now() + this.timeoutMs, this.#bytes(), this.timeoutMs, expire);
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
    const bytes = this.#bytes();
    let next = Infinity;
    for (const wait of this.#waits) {
      const isSilent = wait.endsAt > now ? null : wait.judge(now, bytes);
      if (isSilent !== null) {
        this.#waits.delete(wait);
        wait.expire(isSilent);
        continue;
      }
      next = Math.min(next, wait.endsAt);
      // The waits behind this one began later.
      if (wait.endsAt > now + LOOK_EVERY_MS) break;
    }
    this.#timer = next === Infinity ? undefined : this.#arm(Math.max(1, next - now));
  }
}

/**
 * Calls `expire` after a time of 24 days at most, with the same grace for a busy process as a {@link WaitQueue}.
 *
 * @returns a function that ends the wait
 */
export function expireAfter(delayMs: number, expire: () => void): () => void {
  const timerMs = Math.min(delayMs, MAX_DELAY_MS);
  const endsAt = performance.now() + timerMs;
  let timer = setTimeout(() => {
    if (performance.now() - endsAt < LATE_MS) expire();
    else timer = setTimeout(expire, GRACE_MS);
  }, timerMs);
  return () => {
    clearTimeout(timer);
  };
}
