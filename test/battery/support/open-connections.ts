/** Open connections of a browser, for the battery: an event stream and a WebSocket, with the time at which each closes. */
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import { FETCH_HEADERS } from "../../../src/testing/index.js";
import type { Stage } from "./battery-case.js";

/** The end of a connection. `at` is its time by `performance.now()`. */
export interface Closed {
  /** Text of the whole stream, or close code and reason of a WebSocket. */
  readonly text: string;
  readonly at: number;
}

/** Opens an event stream, and waits for its first bytes. @returns a promise of its end, in an object */
export async function openStream(port: number, cookie: string): Promise<{ closed: Promise<Closed> }> {
  const headers = { ...FETCH_HEADERS, accept: "text/event-stream", cookie };
  const request = get({ host: "127.0.0.1", port, path: "/curfew/events", headers, agent: false });
  const [answer] = (await once(request, "response")) as [IncomingMessage];
  let text = "";
  answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  const closed = new Promise<Closed>((resolve) => {
    answer.on("close", () => {
      resolve({ text, at: performance.now() });
    });
  });
  await Promise.race([once(answer, "data"), closed]);
  return { closed };
}

/** Opens a WebSocket. @returns a promise of its end, in an object */
export async function openSocket(port: number, cookie: string): Promise<{ closed: Promise<Closed> }> {
  const socket = new WebSocket(`ws://127.0.0.1:${String(port)}/ws`, { headers: { cookie } });
  const closed = new Promise<Closed>((resolve) => {
    socket.on("close", (code, reason) => {
      resolve({ text: `${String(code)} ${reason.toString()}`, at: performance.now() });
    });
  });
  await once(socket, "open");
  return { closed };
}

/** Waits until so many processes hear of ends. */
export async function untilHeard({ redis }: Stage, processes: number): Promise<void> {
  for (;;) {
    const [, heard] = (await redis.call("PUBSUB", "NUMSUB", "curfew:ends")) as [string, number];
    if (heard >= processes) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
