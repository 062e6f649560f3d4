/** A TCP proxy in front of Redis that adds latency, cuts connections, or loses a certain command. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { RespFrameReader, type RespFrame } from "./resp-frames.js";

/** A command by name (any case), or by its upper-case name and arguments. */
export type CommandMatcher = string | ((args: readonly string[]) => boolean);

/**
 * Effect on a matching command:
 *
 * - `cut` closes the connection before Redis receives the command.
 * - `cutAfter` closes it after Redis has executed the command, before the answer arrives.
 * - `drop` swallows the command, so that the client waits on an open connection.
 */
export type FaultAction = "cut" | "cutAfter" | "drop";

/** A fault that is still to happen. */
export interface Fault {
  readonly on: CommandMatcher;
  /** Effect of the fault. @default "cut" */
  readonly action?: FaultAction;
  /** Number of commands that meet the fault. @default 1 */
  readonly times?: number;
}

/** Options of a new proxy. */
export interface TcpProxyOptions {
  /** URL of the Redis behind the proxy, such as `RedisServer.url`. The proxy's URL keeps a database number in it. */
  readonly target: string;
  /** Extra time of a round trip, in milliseconds. Requests are delayed, answers are not. @default 0 */
  readonly latencyMs?: number;
  /** Command before which the connection is cut once. */
  readonly cutOn?: CommandMatcher;
}

/** A running proxy. */
export interface TcpProxy {
  readonly url: string;
  readonly port: number;
  /** Extra time of a round trip. A change applies to later commands. */
  latencyMs: number;
  /** While false, new connections are closed at once. */
  isAccepting: boolean;
  /** Names of the commands that clients sent, oldest first. Empty it to count again. */
  readonly seen: string[];
  /** Number of clients that are connected now. */
  readonly connectionCount: number;
  /** Closes every connection now. Clients may connect again at once, unless `isAccepting` is false. */
  cut(): void;
  /** Adds a fault. */
  inject(fault: Fault): void;
  /** Removes the faults that have not happened. */
  clearFaults(): void;
  /** Cuts everything and stops listening. */
  close(): Promise<void>;
}

interface PendingFault {
  readonly matches: (args: readonly string[]) => boolean;
  readonly action: FaultAction;
  timesLeft: number;
}

function pending(fault: Fault): PendingFault {
  const { on } = fault;
  const matches = typeof on === "function" ? on : (args: readonly string[]) => args[0] === on.toUpperCase();
  return { matches, action: fault.action ?? "cut", timesLeft: fault.times ?? 1 };
}

/** Starts a proxy on a free port of 127.0.0.1. */
export async function startTcpProxy(options: TcpProxyOptions): Promise<TcpProxy> {
  const target = new URL(options.target);
  const sockets = new Set<Socket>();
  let faults: PendingFault[] = options.cutOn === undefined ? [] : [pending({ on: options.cutOn })];

  const takeFault = (args: readonly string[]): FaultAction | undefined => {
    const fault = faults.find((candidate) => candidate.matches(args));
    if (fault === undefined) return undefined;
    fault.timesLeft -= 1;
    faults = faults.filter((candidate) => candidate.timesLeft > 0);
    return fault.action;
  };

  const server = createServer((client) => {
    if (!proxy.isAccepting) {
      client.destroy();
      return;
    }
    sockets.add(client);
    client.once("close", () => sockets.delete(client));
    const upstream = connect(Number(target.port === "" ? "6379" : target.port), target.hostname);
    link(
      client,
      upstream,
      () => proxy.latencyMs,
      (args) => {
        proxy.seen.push(args[0] ?? "");
        return takeFault(args);
      },
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  const { port } = server.address() as AddressInfo;
  const url = new URL(target.href);
  url.hostname = "127.0.0.1";
  url.port = String(port);
  const proxy: TcpProxy = {
    url: url.href,
    port,
    latencyMs: options.latencyMs ?? 0,
    isAccepting: true,
    seen: [],
    get connectionCount() {
      return sockets.size;
    },
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    inject(fault) {
      faults.push(pending(fault));
    },
    clearFaults() {
      faults = [];
    },
    async close() {
      proxy.isAccepting = false;
      proxy.cut();
      server.close();
      await once(server, "close");
    },
  };
  return proxy;
}

/** Carries bytes both ways until either side closes. */
function link(
  client: Socket,
  upstream: Socket,
  latencyMs: () => number,
  faultFor: (args: readonly string[]) => FaultAction | undefined,
): void {
  const reader = new RespFrameReader();
  let isDoomed = false;
  for (const [socket, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.once("close", () => other.destroy());
  }
  const pass = inOrderAfter(latencyMs, (frame: RespFrame) => {
    if (isDoomed || upstream.destroyed) return;
    const action = faultFor(frame.args);
    if (action === undefined) upstream.write(frame.bytes);
    if (action === "cut") client.destroy();
    if (action === "cutAfter") {
      // Redis answers the commands that it has read before it closes. Only then does the client lose its connection.
      isDoomed = true;
      upstream.end(frame.bytes);
    }
  });
  client.on("data", (chunk) => {
    for (const frame of reader.push(chunk)) pass(frame);
  });
  upstream.on("data", (chunk) => {
    if (!isDoomed) client.write(chunk);
  });
}

/** Calls `deliver` with each item after the current delay. The order stays the same even if the delay shrinks. */
function inOrderAfter<T>(delayMs: () => number, deliver: (item: T) => void): (item: T) => void {
  const waiting: T[] = [];
  let lastDue = 0;
  const deliverOldest = (): void => {
    const [item] = waiting.splice(0, 1);
    if (item !== undefined) deliver(item);
  };
  return (item) => {
    const now = performance.now();
    lastDue = Math.max(lastDue, now + delayMs());
    const waitMs = Math.round(lastDue - now);
    if (waitMs < 1 && waiting.length === 0) {
      deliver(item);
      return;
    }
    waiting.push(item);
    setTimeout(deliverOldest, waitMs);
  };
}
