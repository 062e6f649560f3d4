import { NO_BOOK, type RuleBook } from "./rule-book.js";

/** The rules of tenants and roles that this process has read last. */
export class BookCache {
  #latest: RuleBook = NO_BOOK;
  readonly #reading = new Map<string, Promise<RuleBook | null>>();

  /** Keeps the book that this process has saved. */
  keep(book: RuleBook): void {
    this.#latest = book;
  }

  /** Returns the book of this name. All callers share one call of `read`. @returns `null` if Redis has no book of this name */
  async find(stamp: string, read: () => Promise<RuleBook | null>): Promise<RuleBook | null> {
    if (stamp === "") return NO_BOOK;
    if (stamp === this.#latest.stamp) return this.#latest;
    let reading = this.#reading.get(stamp);
    if (!reading) {
      reading = read().finally(() => this.#reading.delete(stamp));
      this.#reading.set(stamp, reading);
    }
    const book = await reading;
    if (book) this.#latest = book;
    return book;
  }
}
