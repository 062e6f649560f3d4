/** The part of a client whose writes are gathered. A Cluster client has no stream of its own. */
interface Writer {
  readonly stream?: { cork(): void; uncork(): void };
}

/** Sends the commands of one turn of the event loop in one write to the socket. */
export class TurnWrites {
  readonly #writer: Writer;
  #isGathering = false;
  #last: (() => void)[] = [];

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  /** Gathers the commands from now on, until this turn ends. */
  gather(): void {
    const { stream } = this.#writer;
    if (this.#isGathering || typeof stream?.cork !== "function") return;
    this.#isGathering = true;
    stream.cork();
    setImmediate(() => {
      this.#sendLast();
      this.#isGathering = false;
      stream.uncork();
    });
  }

  /** Calls `send` behind the commands of this turn, so that what it sends leaves in one write with them. */
  atEnd(send: () => void): void {
    this.#last.push(send);
    if (this.#isGathering || this.#last.length > 1) return;
    const { stream } = this.#writer;
    stream?.cork();
    process.nextTick(() => {
      const wasGathering = this.#isGathering;
      this.#isGathering = true;
      this.#sendLast();
      this.#isGathering = wasGathering;
      stream?.uncork();
    });
  }

  #sendLast(): void {
    const last = this.#last;
    this.#last = [];
    for (const send of last) send();
  }
}
