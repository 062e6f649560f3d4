/** Tells how far a run has come and how long it will take, from its plan and the clock. */
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

  /** Records the end of a step with this planned duration. */
  done(plannedSeconds: number): void {
    this.#doneSeconds += plannedSeconds;
  }

  /** Returns a text such as `[ 42 %, about 9 min left]`. */
  toString(): string {
    const share = Math.min(1, this.#doneSeconds / this.#plannedSeconds);
    const elapsedSeconds = (this.#now() - this.#startedAt) / 1_000;
    // In the first tenth of a run the plan is the better guess.
    const trust = Math.min(1, share * 10);
    const seen = share === 0 ? this.#plannedSeconds : elapsedSeconds / share;
    const total = trust * seen + (1 - trust) * this.#plannedSeconds;
    return `[${(share * 100).toFixed(0).padStart(3)} %, ${durationOf(total * (1 - share))} left]`;
  }
}

/** Returns a duration in words. */
export function durationOf(seconds: number): string {
  return seconds < 90 ? `about ${seconds.toFixed(0)} s` : `about ${(seconds / 60).toFixed(0)} min`;
}
