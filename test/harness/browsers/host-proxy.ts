import { once } from "node:events";
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A proxy for plain HTTP that leads every host to 127.0.0.1, and changes nothing else. */
export interface HostProxy {
  readonly port: number;
  close(): Promise<void>;
}

export async function startHostProxy(): Promise<HostProxy> {
  const server = createServer(passOn);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function passOn(incoming: IncomingMessage, answer: ServerResponse): void {
  const { pathname, search, port } = new URL(incoming.url ?? "/", "http://127.0.0.1");
  const outgoing = request(
    {
      host: "127.0.0.1",
      port: port === "" ? 80 : port,
      path: pathname + search,
      method: incoming.method,
      headers: incoming.headers,
    },
    (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    },
  );
  outgoing.on("error", () => answer.destroy());
  answer.on("close", () => outgoing.destroy());
  incoming.pipe(outgoing);
}
