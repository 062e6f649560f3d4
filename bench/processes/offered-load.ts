import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createAlarm } from "./alarm.js";
import type { LoadResult, LoadSpec } from "./messages.js";

const ANSWERED_WITHIN_MS = 15_000;

/** A connection that carries one request at a time. */
interface Connection {
  readonly socket: Socket;
  received: string;
  /** Time at which its request was due. */
  dueAt: number;
}

/**
 * Sends requests at random moments, as many people would. A request's latency begins when the request is due, even if
 * no connection was free: an app that falls behind can't slow the load down. (autocannon's own rates send each second's
 * requests in one burst.)
 */
export async function offerLoad(spec: LoadSpec, offeredPerSecond: number): Promise<LoadResult> {
  const { url, cookies, connections, seconds, seed } = spec;
  const dueAfterMs = momentsOf(offeredPerSecond, seconds, seed);
  if (dueAfterMs.length === 0) return { requests: 0, failures: 0, seconds, latenciesMs: [] };
  const { hostname, port, pathname, host } = new URL(url);
  const requests = cookies.map((cookie) =>
    Buffer.from(`GET ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncookie: ${cookie}\r\n\r\n`),
  );
  const pool = await Promise.all(Array.from({ length: connections }, () => open(hostname, Number(port))));
  try {
    const latenciesMs = await new Offer(pool, requests, dueAfterMs).run(seconds * 1_000 + ANSWERED_WITHIN_MS);
    const failures = dueAfterMs.length - latenciesMs.length;
    return { requests: latenciesMs.length, failures, seconds, latenciesMs };
  } finally {
    for (const { socket } of pool) socket.destroy();
  }
}

/** Sends each request when it is due and a connection is idle. */
class Offer {
  readonly #idle: Connection[];
  readonly #requests: readonly Buffer[];
  readonly #dueAfterMs: readonly number[];
  /** Due times of requests that wait for an idle connection. */
  readonly #waiting: number[] = [];
  readonly #latenciesMs: number[] = [];
  #startedAt = 0;
  #nextDue = 0;
  #sent = 0;
  #answered = 0;

  constructor(pool: readonly Connection[], requests: readonly Buffer[], dueAfterMs: readonly number[]) {
    this.#idle = [...pool];
    this.#requests = requests;
    this.#dueAfterMs = dueAfterMs;
  }

  /** Returns the latencies of requests answered with 200. @throws if an answer does not come in time */
  run(withinMs: number): Promise<readonly number[]> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        clearTimeout(tooLate);
        reject(error instanceof Error ? error : new Error(String(error)));
      };
      const tooLate = setTimeout(() => {
        fail(`Offered load: ${this.#dueAfterMs.length - this.#answered} requests were not answered in time.`);
      }, withinMs);
      for (const connection of this.#idle) {
        connection.socket.on("data", (chunk: string) => {
          try {
            this.#receive(connection, chunk);
          } catch (error) {
            fail(error);
          }
          if (this.#answered < this.#dueAfterMs.length) return;
          clearTimeout(tooLate);
          resolve(this.#latenciesMs);
        });
        connection.socket.once("error", fail).once("close", () => {
          fail("The app closed a connection.");
        });
      }
      this.#startedAt = performance.now();
      this.#setAlarm(this.#dueAt());
    });
  }

  readonly #setAlarm = createAlarm(() => {
    for (const now = performance.now(); this.#dueAt() <= now; this.#nextDue += 1) {
      const connection = this.#idle.pop();
      if (connection) this.#send(connection, this.#dueAt());
      else this.#waiting.push(this.#dueAt());
    }
    if (this.#nextDue < this.#dueAfterMs.length) this.#setAlarm(this.#dueAt());
  });

  #dueAt(): number {
    return this.#startedAt + (this.#dueAfterMs[this.#nextDue] ?? Number.POSITIVE_INFINITY);
  }

  #send(connection: Connection, dueAt: number): void {
    connection.dueAt = dueAt;
    connection.socket.write(this.#requests[this.#sent % this.#requests.length] ?? "");
    this.#sent += 1;
  }

  #receive(connection: Connection, chunk: string): void {
    const received = connection.received + chunk;
    const status = statusOfWhole(received);
    Object.assign(connection, { received: status === null ? received : "" });
    if (status === null) return;
    this.#answered += 1;
    if (status === 200) this.#latenciesMs.push(performance.now() - connection.dueAt);
    const dueAt = this.#waiting.shift();
    if (dueAt === undefined) this.#idle.push(connection);
    else this.#send(connection, dueAt);
  }
}

async function open(host: string, port: number): Promise<Connection> {
  const socket = connect(port, host).setNoDelay(true).setEncoding("latin1");
  await once(socket, "connect");
  return { socket, received: "", dueAt: Number.NaN };
}

/** Returns the status of an answer that has arrived to its end, else `null`. */
export function statusOfWhole(text: string): number | null {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd === -1) return null;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, headEnd))?.[1];
  if (length === undefined)
    throw new Error(
      "Offered load: the answer has no Content-Length; only answers with Content-Length can be read.",
    );
  return text.length >= headEnd + 4 + Number(length) ? Number(text.slice(9, 12)) : null;
}

/** Returns random moments in milliseconds; the gaps between them are like the gaps between independent requests. */
export function momentsOf(perSecond: number, seconds: number, seed: number): number[] {
  const random = randomNumbers(seed);
  const moments: number[] = [];
  const next = (at: number): number => at - (Math.log(1 - random()) * 1_000) / perSecond;
  for (let at = next(0); at < seconds * 1_000; at = next(at)) moments.push(at);
  return moments;
}

/** Returns mulberry32: the same numbers between 0 and 1 for the same seed, evenly spread. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
