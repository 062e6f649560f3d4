/** Puts Redis some milliseconds away: delays each request, without reading it. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { createAlarm } from "./alarm.js";
import { answerParent } from "./child.js";
import type { FarAwaySpec } from "./messages.js";

interface Held {
  readonly dueAt: number;
  readonly to: Socket;
  readonly chunk: Buffer;
}

let holdMs = 0;
const held: Held[] = [];

/** Delivers, in order, the chunks that are due. */
const setAlarm = createAlarm(() => {
  const now = performance.now();
  for (let first = held[0]; first && first.dueAt <= now; first = held[0]) {
    first.to.write(first.chunk);
    held.shift();
  }
  const [first] = held;
  if (first) setAlarm(first.dueAt);
});

function delay(to: Socket, chunk: Buffer): void {
  const dueAt = performance.now() + holdMs;
  held.push({ dueAt, to, chunk });
  if (held.length === 1) setAlarm(dueAt);
}

async function start({ redisPort }: FarAwaySpec): Promise<{ port: number }> {
  const server = createServer((client) => {
    const upstream = connect(redisPort, "127.0.0.1");
    client.on("data", (chunk) => {
      delay(upstream, chunk);
    });
    upstream.on("data", (chunk) => client.write(chunk));
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
      socket.once("close", () => other.destroy());
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port };
}

function hold(ms: number): void {
  holdMs = ms;
}

answerParent({ start, hold });
