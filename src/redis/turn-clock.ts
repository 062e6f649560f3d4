/** Settles one caller's promise. */
interface Waiting {
  readonly resolve: (time: number) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Asks for the server's clock once in a turn of the event loop, for all that read in that turn.
 *
 * The question is sent last in its turn, so that the time is never older than the values that were read.
 */
export class TurnClock {
  readonly #ask: () => Promise<unknown>;
  #waiting: Waiting[] = [];

  /** @param ask - sends `TIME` */
  constructor(ask: () => Promise<unknown>) {
    this.#ask = ask;
  }

  /** True if a caller waits for this turn's question. */
  get isWanted(): boolean {
    return this.#waiting.length > 0;
  }

  /** Returns the time that this turn's question brings, in milliseconds since 1970. */
  time(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  /** Sends the question if a caller waits for it. Call this at the end of the turn. */
  readonly send = (): void => {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    this.#ask().then(
      (reply) => {
        const time = millisecondsOf(reply);
        for (const { resolve } of waiting) resolve(time);
      },
      (error: unknown) => {
        for (const { reject } of waiting) reject(error);
      },
    );
  };
}

/** Returns a reply of `TIME` in milliseconds; NaN, which ends every session, if the reply makes no sense. */
function millisecondsOf(reply: unknown): number {
  const [seconds, microseconds] = Array.isArray(reply) ? (reply as unknown[]) : [];
  return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
}
