import { Command } from "ioredis";

/** For each slot of a Cluster who serves it, the master first; the client keeps it up to date. */
export type Slots = readonly (readonly string[] | undefined)[];

/** How often a server that has stopped answering is tried again, in milliseconds. */
const PROBE_INTERVAL_MS = 100;

/** Remembers of one server that commands go without an answer, so that nobody else waits for it. */
export class CircuitBreaker {
  /** Since when, as performance.now() tells it. */
  #silentSince: number | null = null;
  #lastProbeAt = 0;

  /** A command has gone without an answer. @returns for how long that has been so, in milliseconds */
  noteSilence(now: number): number {
    this.#silentSince ??= now;
    return now - this.#silentSince;
  }

  /** The server has answered, whatever. */
  reset(): void {
    this.#silentSince = null;
  }

  /** Whether a command may be sent: while the server is silent, one every 100 ms, to see whether it still is. */
  lets(): boolean {
    if (this.#silentSince === null) return true;
    const now = performance.now();
    if (now - this.#lastProbeAt < PROBE_INTERVAL_MS) return false;
    this.#lastProbeAt = now;
    return true;
  }
}

/** What breakers are chosen by: an ioredis client. */
interface Client {
  readonly stream?: object;
  readonly slots?: Slots;
  readonly options: { readonly keyPrefix?: string };
}

/** The breakers of one client: one, or on a Cluster one a node, so that a frozen one takes only its own keys out of service. */
export class CircuitBreakers {
  readonly #client: Client;
  #one = new CircuitBreaker();
  #stream: object | undefined;
  readonly #ofNode = new Map<string, CircuitBreaker>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** The breaker of the server that holds a key. */
  of(key: string): CircuitBreaker {
    const { slots, options } = this.#client;
    if (!slots) return this.#ofConnection();
    const { keyPrefix = "" } = options;
    const node = slots[new Command("get", [key], { keyPrefix }).getSlot()]?.[0] ?? "";
    const known = this.#ofNode.get(node);
    if (known) return known;
    const breaker = new CircuitBreaker();
    this.#ofNode.set(node, breaker);
    return breaker;
  }

  /** What one connection has left without an answer says nothing of the next. */
  #ofConnection(): CircuitBreaker {
    const { stream } = this.#client;
    if (stream !== this.#stream) {
      this.#stream = stream;
      this.#one = new CircuitBreaker();
    }
    return this.#one;
  }
}
