/** Rows at which a shelf counts as full; Redis keeps up to 128 of them compact, and some come after. */
const FULL = 64;
/** Rows up to which a shelf is nearly empty. */
const THIN = 4;
/** The last level has 4^12 shelves, as many as 24 bits of a ref tell apart: enough for a billion sessions. */
export const MAX_LEVEL = 12;

/** Level for this process's next sessions, and the known marks of the levels. */
export class ListPlace {
  #level = 0;
  readonly #notedUntil = new Map<number, number>();

  get level(): number {
    return this.#level;
  }

  /** Learns how many rows a shelf has. */
  learn(level: number, rows: number): void {
    if (level !== this.#level) return;
    if (rows >= FULL && level < MAX_LEVEL) this.#level = level + 1;
    if (rows <= THIN && level > 0) this.#level = level - 1;
  }

  isNoted(level: number, until: number): boolean {
    return (this.#notedUntil.get(level) ?? 0) >= until;
  }

  note(level: number, until: number): void {
    this.#notedUntil.set(level, until);
  }
}
