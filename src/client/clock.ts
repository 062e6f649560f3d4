/**
 * A clock that is never late. `performance.now()` stops in sleep on some systems, and `Date.now()` jumps when a person
 * sets the clock, so the larger step of the two counts.
 */

/** The browser's two clocks, in milliseconds. */
export interface Clocks {
  /** `Date.now()`. */
  wall(): number;
  /** `performance.now()`. */
  steady(): number;
}

/** Largest difference between the steps of the two clocks that is not a sleep or a changed clock. */
const DRIFT_MS = 2_000;

/** Longest timer: short enough to notice sleep soon, and far below the limit of `setTimeout`. */
export const MAX_TIMER_MS = 30_000;
/** A timer that fires so much later has slept. */
export const LATE_MS = 5_000;

export class SafeClock {
  readonly #clocks: Clocks;
  #wall: number;
  #steady: number;
  #now = 0;
  #jumped = false;

  constructor(clocks: Clocks) {
    this.#clocks = clocks;
    this.#wall = clocks.wall();
    this.#steady = clocks.steady();
  }

  /** Returns the milliseconds since the clock was made: at worst too many, never too few. */
  now(): number {
    const wall = this.#clocks.wall();
    const steady = this.#clocks.steady();
    const wallStep = wall - this.#wall;
    const steadyStep = steady - this.#steady;
    if (Math.abs(wallStep - steadyStep) > DRIFT_MS) this.#jumped = true;
    this.#now += Math.max(wallStep, steadyStep, 0);
    this.#wall = wall;
    this.#steady = steady;
    return this.#now;
  }

  /** Returns true once if the clocks have disagreed since the last call. */
  takeJump(): boolean {
    const jumped = this.#jumped;
    this.#jumped = false;
    return jumped;
  }
}
