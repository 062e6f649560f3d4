import { nameOfNode, nodeOfKey, type NodeConnection, type Slots } from "./nodes.js";

/** Milliseconds of silence after which a server's connection counts as lost. */
const LOST_AFTER_MS = 2_000;
/** Milliseconds between two tries of a silent node of a Cluster. */
const NODE_RETRY_MS = 100;

/**
 * Remembers that one server does not respond, so that further requests do not wait for it.
 *
 * A server replies in the order of the commands. While commands wait for a silent server, a further command can get
 * no earlier reply, so the breaker lets none pass. A Cluster differs: a command may wait for the node to which its own
 * node has redirected it, so a breaker of a node lets a command pass every 100 ms.
 */
export class CircuitBreaker {
  /** Time of the first command without a reply, from `performance.now()`. */
  #silentSince: number | null = null;
  #triedAt = 0;
  /** Number of commands that were sent and have not ended. */
  #pending = 0;
  readonly #retryMs: number;

  /** @param retryMs - milliseconds after which a silent server gets a command although others wait */
  constructor(retryMs: number = LOST_AFTER_MS) {
    this.#retryMs = retryMs;
  }

  /** Records that a command was sent. */
  noteSent(): void {
    this.#pending += 1;
  }

  /** Records that a sent command has ended. @param isReply - true if the server replied */
  noteEnd(isReply: boolean): void {
    this.#pending -= 1;
    if (isReply) this.#silentSince = null;
  }

  /** Records a command without a reply in time. */
  noteSilence(now: number): void {
    if (this.#silentSince !== null) return;
    this.#silentSince = now;
    this.#triedAt = now;
  }

  /** True while the server does not respond. */
  get isOpen(): boolean {
    return this.#silentSince !== null;
  }

  /** Returns true if the connection counts as lost. Then begins to count the silence of a new connection. */
  givesUp(now: number): boolean {
    if (this.#silentSince === null || now - this.#silentSince < LOST_AFTER_MS) return false;
    this.#silentSince = now;
    this.#triedAt = now;
    return true;
  }

  /**
   * True if a command may be sent. While the server does not respond, one command may be sent if none waits for a reply,
   * and one every `retryMs`: the client may never settle the others.
   */
  lets(): boolean {
    if (this.#silentSince === null || this.#pending === 0) return true;
    const now = performance.now();
    if (now - this.#triedAt < this.#retryMs) return false;
    this.#triedAt = now;
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
    const breaker = new CircuitBreaker(NODE_RETRY_MS);
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
