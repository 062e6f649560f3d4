/** Joins a store that the suite made to the store in Redis, so that the suite's spies see what is written. */
import type { Store } from "express-session";
import type { Redis } from "ioredis";

/** Number of keys that one step of a scan reads. */
const SCAN_COUNT = 1_000;

type Callback = (error?: unknown, result?: unknown) => void;

/** The methods that the suite calls, and replaces by spies. */
export interface GivenStore {
  set: (id: string, session: unknown, callback: Callback) => void;
  get: (id: string, callback: Callback) => void;
  destroy: (id: string, callback: Callback) => void;
  length: (callback: Callback) => void;
  all: (callback: Callback) => void;
  clear: (callback: Callback) => void;
  on: (event: string, listener: () => void) => void;
}

/** A given store, and what it leads to. */
export class StoreLink {
  readonly #given: GivenStore;
  readonly #joined = new WeakSet<Store>();
  #write: GivenStore["set"] | null = null;
  #destroy: GivenStore["destroy"] | null = null;
  #real: Store | null = null;

  /** @param match - the pattern of the data's keys */
  constructor(given: GivenStore, redis: Redis, match: string) {
    this.#given = given;
    // Replaced before the suite puts its spies in front of them.
    Object.assign(given, {
      set: (id, session, callback) => this.#write?.(id, session, callback),
      get: (id, callback) => {
        this.#real?.get(id, callback);
      },
      destroy: (id, callback) => this.#destroy?.(id, callback),
      length: (callback) => {
        answer(
          keysOf(redis, match).then((keys) => keys.length),
          callback,
        );
      },
      all: (callback) => {
        answer(
          keysOf(redis, match).then((keys) => Object.fromEntries(keys.map((key) => [key, {}]))),
          callback,
        );
      },
      clear: (callback) => {
        answer(
          keysOf(redis, match).then((keys) => (keys.length > 0 ? redis.del(...keys) : 0)),
          callback,
        );
      },
    } satisfies Omit<GivenStore, "on">);
  }

  /** Sends what the middleware writes and destroys through the given store first. */
  join(real: Store): void {
    if (this.#joined.has(real)) return;
    this.#joined.add(real);
    this.#real = real;
    for (const event of ["connect", "disconnect"]) this.#given.on(event, () => real.emit(event));
    const { set, destroy } = real;
    this.#write = (id, session, callback) => {
      set.call(real, id, session as never, callback);
    };
    this.#destroy = (id, callback) => {
      destroy.call(real, id, callback);
    };
    Object.assign(real, {
      set: (id: string, session: unknown, callback: Callback) => {
        this.#given.set(id, session, callback);
      },
      destroy: (id: string, callback: Callback) => {
        this.#given.destroy(id, callback);
      },
    });
  }
}

async function keysOf(redis: Redis, match: string): Promise<string[]> {
  const keys: string[] = [];
  let cursor = "0";
  do {
    const [next, found] = await redis.scan(cursor, "MATCH", match, "COUNT", SCAN_COUNT);
    keys.push(...found);
    cursor = next;
  } while (cursor !== "0");
  return keys;
}

function answer(work: Promise<unknown>, callback: Callback): void {
  work.then((result) => callback(null, result), callback);
}
