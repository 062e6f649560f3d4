/**
 * Puts Redis some milliseconds away. Looks at no byte, and holds requests back with one timer for all of them, so that
 * it costs as little as it can of the processors that it shares with the app.
 */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { answerParent } from "./child.js";
import type { FarAwaySpec } from "./messages.js";

interface Held {
  readonly dueAt: number;
  readonly to: Socket;
  readonly chunk: Buffer;
}

/** Delivers in order what it is given, each after the same delay. */
function delayLine(delayMs: number): (to: Socket, chunk: Buffer) => void {
  let held: Held[] = [];
  let armed = false;
  const arm = (waitMs: number): void => {
    armed = true;
    setTimeout(deliver, Math.max(1, waitMs));
  };
  const deliver = (): void => {
    armed = false;
    const now = performance.now();
    const next = held.findIndex(({ dueAt }) => dueAt > now);
    const due = next === -1 ? held : held.slice(0, next);
    held = next === -1 ? [] : held.slice(next);
    for (const { to, chunk } of due) to.write(chunk);
    const [first] = held;
    if (first) arm(first.dueAt - now);
  };
  return (to, chunk) => {
    held.push({ dueAt: performance.now() + delayMs, to, chunk });
    if (!armed) arm(delayMs);
  };
}

async function start({ redisPort, latencyMs }: FarAwaySpec): Promise<{ port: number }> {
  const hold = delayLine(latencyMs);
  const server = createServer((client) => {
    const upstream = connect(redisPort, "127.0.0.1");
    client.on("data", (chunk) => {
      hold(upstream, chunk);
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

answerParent({ start });
