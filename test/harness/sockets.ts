/** Clients of the socket servers of serve-sockets.ts. */
import { io as connectIo, type Socket } from "socket.io-client";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";

/** The end of a connection of ws. */
export interface WsClose {
  readonly code: number;
  readonly reason: string;
}

/** Opens a connection of ws. It is closed with the test. */
export async function openWs(
  url: string,
  cookie: string,
): Promise<{ client: WebSocket; closed: Promise<WsClose> }> {
  const client = new WebSocket(`${url.replace("http", "ws")}/ws`, { headers: { cookie } });
  onTestFinished(() => {
    client.terminate();
  });
  const closed = new Promise<WsClose>((resolve) => {
    client.on("close", (code, reason) => {
      resolve({ code, reason: reason.toString() });
    });
  });
  await new Promise((resolve, reject) => {
    client.on("open", resolve).on("error", reject);
  });
  return { client, closed };
}

/** The end of a connection of socket.io: the package's event, and the reason of the disconnection. */
export interface IoClose {
  readonly news: unknown;
  readonly why: string;
}

/** Opens a connection of socket.io to a namespace. It is closed with the test. */
export async function openIo(
  url: string,
  cookie: string,
  { namespace = "/", transport = "websocket", isOwn = true } = {},
): Promise<{ client: Socket; closed: Promise<IoClose> }> {
  const client = connectIo(`${url}${namespace}`, {
    extraHeaders: { cookie },
    transports: [transport],
    reconnection: false,
    forceNew: isOwn,
  });
  onTestFinished(() => {
    client.disconnect();
  });
  let news: unknown = null;
  client.on("curfew:ended", (data: unknown) => {
    news = data;
  });
  const closed = new Promise<IoClose>((resolve) => {
    client.on("disconnect", (why) => {
      resolve({ news, why });
    });
  });
  await new Promise<void>((resolve, reject) => {
    client.on("connect", resolve).on("connect_error", reject);
  });
  return { client, closed };
}
