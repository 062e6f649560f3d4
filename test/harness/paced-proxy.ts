/** A proxy that passes the answers of a server at a limited rate, as a slow network does. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const CHUNK_BYTES = 16_384;

/** Starts a proxy on a free port of 127.0.0.1. @returns its URL, and a function that closes it */
export async function startPacedProxy(
  target: string,
  bytesPerMs: number,
): Promise<{ readonly url: string; close(): void }> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream);
    void pace(upstream, client, bytesPerMs);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Passes data on, each piece at the time at which a network of this rate has carried it. */
async function pace(from: Socket, to: Socket, bytesPerMs: number): Promise<void> {
  let freeAt = 0;
  try {
    for await (const data of from as AsyncIterable<Buffer>)
      for (let at = 0; at < data.length; at += CHUNK_BYTES) {
        const part = data.subarray(at, at + CHUNK_BYTES);
        freeAt = Math.max(freeAt, performance.now()) + part.length / bytesPerMs;
        const earlyMs = freeAt - performance.now();
        if (earlyMs > 5) await sleep(earlyMs);
        to.write(part);
      }
  } catch {
    // The connection has ended.
  }
}
