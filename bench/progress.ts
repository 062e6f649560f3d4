/** How far a run has come, and how long it will go on: told from how the plan compares with the clock so far. */
export class Progress {
  readonly #plannedSeconds: number;
  readonly #now: () => number;
  readonly #startedAt: number;
  #doneSeconds = 0;

  constructor(plannedSeconds: number, now: () => number = () => performance.now()) {
    this.#plannedSeconds = plannedSeconds;
    this.#now = now;
    this.#startedAt = now();
  }

  /** Notes that something is done that was planned to take so long. */
  done(plannedSeconds: number): void {
    this.#doneSeconds += plannedSeconds;
  }

  /** Such as `[ 42 %, about 9 min left]`. */
  toString(): string {
    const share = Math.min(1, this.#doneSeconds / this.#plannedSeconds);
    const elapsedSeconds = (this.#now() - this.#startedAt) / 1_000;
    // Early on, the plan tells more than the little that has been seen.
    const trust = Math.min(1, share * 10);
    const seen = share === 0 ? this.#plannedSeconds : elapsedSeconds / share;
    const total = trust * seen + (1 - trust) * this.#plannedSeconds;
    return `[${(share * 100).toFixed(0).padStart(3)} %, ${durationOf(total * (1 - share))} left]`;
  }
}

/** A length of time in words. */
export function durationOf(seconds: number): string {
  return seconds < 90 ? `about ${seconds.toFixed(0)} s` : `about ${(seconds / 60).toFixed(0)} min`;
}
