/** One wait; its owner sets `over` when what it waits for has come. */
export interface Wait {
  over: boolean;
}

interface QueuedWait extends Wait {
  readonly endsAt: number;
  readonly expire: () => void;
}

/**
 * Bounds any number of waits of the same length with one timer: they end in the order in which they began,
 * so only the first needs watching. A timer a request would cost more than everything else here.
 */
export class WaitQueue {
  #waits: QueuedWait[] = [];
  #timer: NodeJS.Timeout | undefined;
  readonly #onExpiry: () => void;

  constructor(
    readonly timeoutMs: number,
    onExpiry: () => void,
  ) {
    this.#onExpiry = onExpiry;
  }

  /** Begins a wait; `expire` is called if it is not over in time. */
  add(expire: () => void): Wait {
    const wait: QueuedWait = { over: false, endsAt: performance.now() + this.timeoutMs, expire };
    this.#waits.push(wait);
    if (this.#timer === undefined) this.#timer = this.#arm(this.timeoutMs);
    return wait;
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
    const next = this.#waits.findIndex((wait) => !wait.over && wait.endsAt > now);
    const done = next === -1 ? this.#waits : this.#waits.slice(0, next);
    this.#waits = next === -1 ? [] : this.#waits.slice(next);
    for (const wait of done) {
      if (wait.over) continue;
      wait.over = true;
      this.#onExpiry();
      wait.expire();
    }
    const first = this.#waits[0];
    this.#timer = first ? this.#arm(Math.max(1, first.endsAt - now)) : undefined;
  }
}
