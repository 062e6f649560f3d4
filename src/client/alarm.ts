/** Longest timer: short enough to notice sleep soon, and far below the limit of `setTimeout`. */
const MAX_TIMER_MS = 30_000;
/** A timer that fires so much later has slept. */
const LATE_MS = 5_000;

/** One timer, set to the earliest of several times. */
export class Alarm {
  readonly #later: (milliseconds: number, run: () => void) => () => void;
  #cancel?: () => void;

  constructor(later: (milliseconds: number, run: () => void) => () => void) {
    this.#later = later;
  }

  /** Sets the timer, which must be stopped. `ring` gets a function that says if it rings too late. */
  set(now: number, times: readonly number[], ring: (isLate: (now: number) => boolean) => void): void {
    const dueAt = Math.min(now + MAX_TIMER_MS, ...times);
    const isLate = (later: number): boolean => later - dueAt > LATE_MS;
    this.#cancel = this.#later(Math.max(0, dueAt - now), () => ring(isLate));
  }

  stop(): void {
    this.#cancel?.();
  }
}
