/** A proxy in front of Redis that makes one command fail, chosen by its number. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { RespFrameReader, type RespFrame } from "./resp-frames.js";
import { RespReplyReader, type RespReply } from "./resp-replies.js";

/** Fault of a command. */
export type WireFault =
  /** Redis answers this error and changes nothing. With `lasting`, every later command fails too. */
  | { readonly kind: "error"; readonly message: string; readonly lasting?: boolean }
  /** The connection is lost before Redis hears the command, or after, before its answer; `lasting`: and can't be opened anew. */
  | { readonly kind: "cut"; readonly when: "before" | "after"; readonly lasting?: boolean }
  /** The network stalls: the command and what follows it reaches Redis late, or the answers come late; `message`: an error. */
  | { readonly kind: "stall"; readonly of: "commands" | "answers"; readonly message?: string };

/** A running proxy. */
export interface FaultProxy {
  readonly url: string;
  /** URL of the Redis behind the proxy. A change applies to connections that open later. */
  target: string;
  /** While false, new connections are closed at once. */
  isAccepting: boolean;
  /** Counts commands from now on. The `nth` command on any connection meets the fault; 1 is the first. */
  arm(fault: WireFault, nth: number): void;
  /** Commands counted since `arm`, with their arguments. */
  readonly counted: readonly (readonly string[])[];
  /** True if a command has met the fault. */
  readonly hasStruck: boolean;
  /** Ends the fault. Stalled bytes continue. */
  release(): void;
  /** Resolves when there has been no command and no answer for this long. */
  quiet(forMs: number): Promise<void>;
  /** Closes every connection now. */
  cut(): void;
  close(): Promise<void>;
}

/** Returns a command for which Redis answers an error, so that the error keeps its place among the answers. */
function failing(message: string): Buffer {
  const script = "return { err = ARGV[1] }";
  const parts = ["EVAL", script, "0", message];
  const text = parts.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join("");
  return Buffer.from(`*${parts.length}\r\n${text}`);
}

/** State that all of a proxy's connections share. */
class Wire {
  fault: WireFault | null = null;
  strikesAt = 0;
  hasStruck = false;
  isAccepting = true;
  counted: (readonly string[])[] = [];
  lastSignAt = performance.now();
  readonly links = new Set<Link>();

  /** Returns the fault that this command meets. */
  faultFor(args: readonly string[]): WireFault | null {
    this.lastSignAt = performance.now();
    const { fault } = this;
    if (fault === null) return null;
    this.counted.push(args);
    const strikes = this.counted.length === this.strikesAt;
    if (strikes) this.hasStruck = true;
    if (strikes && fault.kind === "cut" && fault.lasting === true) this.isAccepting = false;
    const lasts = this.hasStruck && fault.kind === "error" && fault.lasting === true;
    return strikes || lasts ? fault : null;
  }
}

/** One client's connection, and the proxy's own connection to Redis. */
class Link {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #wire: Wire;
  /** Fate of the answer to each command under way. */
  readonly #expected: ("deliver" | "cut" | "stall")[] = [];
  #stalledCommands: Buffer[] | null = null;
  #stalledAnswers: Buffer[] | null = null;

  constructor(client: Socket, upstream: Socket, wire: Wire) {
    this.#client = client;
    this.#upstream = upstream;
    this.#wire = wire;
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
    }
    client.once("close", () => {
      // The network delivers all bytes that it has accepted, even if the client has gone.
      if (this.#stalledCommands === null) upstream.destroy();
    });
    upstream.once("close", () => {
      wire.links.delete(this);
      client.destroy();
    });
    const frames = new RespFrameReader();
    const replies = new RespReplyReader();
    client.on("data", (chunk) => {
      for (const frame of frames.push(chunk)) this.#send(frame);
    });
    upstream.on("data", (chunk) => {
      for (const reply of replies.push(chunk)) this.#answer(reply);
    });
  }

  get isIdle(): boolean {
    return this.#expected.length === 0;
  }

  #send({ args, bytes }: RespFrame): void {
    const fault = this.#wire.faultFor(args);
    if (fault?.kind === "cut" && fault.when === "before") {
      this.destroy();
      return;
    }
    if (fault?.kind === "stall" && fault.of === "commands") this.#stalledCommands ??= [];
    const isStalled = fault?.kind === "stall" && fault.of === "answers";
    this.#expected.push(fault?.kind === "cut" ? "cut" : isStalled ? "stall" : "deliver");
    const message = fault?.kind === "cut" ? undefined : fault?.message;
    const sent = message === undefined ? bytes : failing(message);
    if (this.#stalledCommands) this.#stalledCommands.push(sent);
    else this.#upstream.write(sent);
  }

  #answer({ bytes, isPush }: RespReply): void {
    this.#wire.lastSignAt = performance.now();
    const fate = isPush ? "deliver" : (this.#expected.shift() ?? "deliver");
    if (fate === "cut") {
      this.destroy();
      return;
    }
    if (fate === "stall") this.#stalledAnswers ??= [];
    if (this.#stalledAnswers) this.#stalledAnswers.push(bytes);
    else this.#client.write(bytes);
  }

  release(): void {
    // An answer under way would otherwise meet the fault after its end, and stay stalled forever.
    this.#expected.fill("deliver");
    for (const bytes of this.#stalledCommands ?? []) this.#upstream.write(bytes);
    for (const bytes of this.#stalledAnswers ?? []) this.#client.write(bytes);
    if (this.#stalledCommands && this.#client.destroyed) this.#upstream.end();
    this.#stalledCommands = null;
    this.#stalledAnswers = null;
  }

  destroy(): void {
    this.#client.destroy();
    this.#upstream.destroy();
  }
}

/** Starts a proxy on a free port of 127.0.0.1. The proxy's URL keeps a database number in `target`. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const wire = new Wire();
  const server = createServer((client) => {
    const { hostname, port } = new URL(proxy.target);
    if (wire.isAccepting)
      wire.links.add(new Link(client, connect(Number(port === "" ? "6379" : port), hostname), wire));
    else client.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(target);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);
  const proxy: FaultProxy = {
    url: url.href,
    target,
    get isAccepting() {
      return wire.isAccepting;
    },
    set isAccepting(accepts) {
      wire.isAccepting = accepts;
    },
    arm(fault, nth) {
      Object.assign(wire, { fault, strikesAt: nth, hasStruck: false, counted: [] });
    },
    get counted() {
      return wire.counted;
    },
    get hasStruck() {
      return wire.hasStruck;
    },
    release() {
      wire.fault = null;
      wire.isAccepting = true;
      for (const link of wire.links) link.release();
    },
    async quiet(forMs) {
      const leftMs = (): number => forMs - (performance.now() - wire.lastSignAt);
      for (let ms = leftMs(); ms > 0; ms = leftMs()) await new Promise((resolve) => setTimeout(resolve, ms));
    },
    cut() {
      for (const link of wire.links) link.destroy();
    },
    async close() {
      wire.isAccepting = false;
      proxy.cut();
      server.close();
      await once(server, "close");
    },
  };
  return proxy;
}
