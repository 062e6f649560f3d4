import { nameOfNode, nodeOfKey, type NodeConnection, type Slots } from "./nodes.js";

/** Milliseconds between two probes of a server that does not respond. */
const PROBE_INTERVAL_MS = 100;

/** Remembers that one server does not respond, so that further requests do not wait for it. */
export class CircuitBreaker {
  /** Time of the first command without a reply, from `performance.now()`. */
  #silentSince: number | null = null;
  #lastProbeAt = 0;

  /** Records a command without a reply. @returns milliseconds since the first of these commands */
  noteSilence(now: number): number {
    this.#silentSince ??= now;
    return now - this.#silentSince;
  }

  /** True while the server does not respond. */
  get isOpen(): boolean {
    return this.#silentSince !== null;
  }

  /** Records a reply of the server. */
  reset(): void {
    this.#silentSince = null;
  }

  /** True if a command may be sent. While the server does not respond, one probe every 100 ms may be sent. */
  lets(): boolean {
    if (this.#silentSince === null) return true;
    const now = performance.now();
    if (now - this.#lastProbeAt < PROBE_INTERVAL_MS) return false;
    this.#lastProbeAt = now;
    return true;
  }
}

/** The part of an ioredis client that chooses the breaker. */
interface Client {
  readonly stream?: object;
  readonly slots?: Slots;
  readonly options: { readonly keyPrefix?: string };
}

/** The breakers of one client: one per node of a Cluster, so that a frozen node affects only its own keys. */
export class CircuitBreakers {
  readonly #client: Client;
  #one = new CircuitBreaker();
  #stream: object | undefined;
  readonly #ofNode = new Map<string, CircuitBreaker>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** Returns the breaker of the server that holds a key. */
  of(key: string): CircuitBreaker {
    if (!this.#client.slots) return this.#ofConnection();
    const node = nodeOfKey(this.#client, key);
    const known = this.#ofNode.get(node);
    if (known) return known;
    const breaker = new CircuitBreaker();
    this.#ofNode.set(node, breaker);
    return breaker;
  }

  /** Returns the number of these servers that do not respond. @param nodes - the masters; `null` is the only server */
  countOpen(nodes: readonly (NodeConnection | null)[]): number {
    const breakers = nodes.map((node) =>
      node === null ? this.#ofConnection() : this.#ofNode.get(nameOfNode(node)),
    );
    return breakers.filter((breaker) => breaker?.isOpen).length;
  }

  /** Returns the breaker of the connection. A new connection gets a new breaker. */
  #ofConnection(): CircuitBreaker {
    const { stream } = this.#client;
    if (stream !== this.#stream) {
      this.#stream = stream;
      this.#one = new CircuitBreaker();
    }
    return this.#one;
  }
}
