import { hash } from "node:crypto";

/** Most users that are counted one by one. */
const MOST = 10_000;
const HASH_BYTES = 6;
const HASHES = 2 ** (8 * HASH_BYTES);

/**
 * Counts different users in bounded memory: up to 10,000 exactly, more of them within a few percent. Above the bound only
 * users whose hash is low are kept, so they are a random share of all users.
 */
export class UserCount {
  readonly #hashes = new Set<number>();
  #keptShare = 1;

  add(userId: string): void {
    this.#keep(hash("sha256", userId, "buffer").readUIntBE(0, HASH_BYTES));
    while (this.#hashes.size > MOST) {
      this.#keptShare /= 2;
      const all = [...this.#hashes];
      this.#hashes.clear();
      for (const each of all) this.#keep(each);
    }
  }

  #keep(each: number): void {
    if (each < HASHES * this.#keptShare) this.#hashes.add(each);
  }

  /** Number of different users. */
  get users(): number {
    return this.#hashes.size / this.#keptShare;
  }

  /** True if `users` is an estimate. */
  get isEstimated(): boolean {
    return this.#keptShare < 1;
  }
}
