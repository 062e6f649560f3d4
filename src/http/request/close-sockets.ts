import type { IncomingMessage } from "node:http";
import type { Request } from "express";
import { invalidArgument } from "../../check-options.js";
import type { EndWatch } from "../../state/ends/end-watch.js";
import { estimatedNow, type Storage } from "../../state/storage.js";
import type { EndedEvent } from "../../wire.js";
import { describeEnd } from "./answers.js";
import { findContext } from "./context.js";

/** A server of socket.io 4, or a `WebSocketServer` of ws 8. */
export interface SocketServer {
  on(event: "connection", listener: (...args: unknown[]) => void): unknown;
}

/** The parts of a socket of socket.io that this module uses. */
interface IoSocket {
  readonly request: IncomingMessage;
  emit(event: string, data: unknown): unknown;
  disconnect(closesConnection: boolean): unknown;
  on(event: "disconnect", listener: () => void): unknown;
}

interface IoNamespace {
  on(event: "connection", listener: (socket: IoSocket) => void): unknown;
}

/** The parts of a server of socket.io. */
interface IoServer {
  readonly engine?: { readonly clientsCount: number };
  /** The open namespaces. */
  readonly _nsps: ReadonlyMap<string, IoNamespace>;
  on(event: "new_namespace", listener: (namespace: IoNamespace) => void): unknown;
}

/** The parts of a socket of ws. */
interface WsSocket {
  close(code: number, reason: string): void;
  terminate(): void;
  on(event: "close", listener: () => void): unknown;
}

/** The parts of a `WebSocketServer`. */
interface WsServer {
  readonly clients?: ReadonlySet<unknown>;
  on(event: "connection", listener: (socket: WsSocket, request: IncomingMessage) => void): unknown;
}

/** Close code of every end (case J7). The close reason is the reason of the end. */
const SESSION_ENDED = 4401;
/** Close code of a connection whose handshake `curfew.session()` has not seen: an error of the server. */
const SERVER_ERROR = 1011;
/** Time that a browser has for its part of the closing handshake, in milliseconds. Until then its messages still arrive. */
const CLOSES_WITHIN_MS = 500;

const UNSEEN =
  "A connection was closed, because curfew.session() has not seen its handshake. With socket.io write " +
  "io.engine.use(sessionMiddleware). With ws call the middleware before wss.handleUpgrade.";

/** An open connection. */
interface Connection {
  readonly request: IncomingMessage;
  /** Tells the browser of the end, and closes the connection. */
  end(news: EndedEvent): void;
  /** Closes the connection without the news of an end. */
  refuse(): void;
  onClosed(listener: () => void): void;
}

/** Closes each connection of a socket server when its session ends. @throws CurfewError `invalid_argument` */
export function closeSockets(storage: Storage, ends: EndWatch, server: unknown): void {
  const follow = (connection: Connection): void => {
    followSession(storage, ends, connection);
  };
  if (isIo(server)) {
    refuseOpen(server.engine?.clientsCount);
    const watchNamespace = (namespace: IoNamespace): void => {
      namespace.on("connection", (socket) => {
        follow(fromIo(socket));
      });
    };
    for (const namespace of server._nsps.values()) watchNamespace(namespace);
    server.on("new_namespace", watchNamespace);
  } else if (isWs(server)) {
    refuseOpen(server.clients?.size);
    server.on("connection", (socket, request) => {
      follow(fromWs(socket, request));
    });
  } else
    throw invalidArgument(
      "closeSockets",
      "the server must be a Server of socket.io 4 or a WebSocketServer of ws 8: curfew.closeSockets(io)",
    );
}

function isIo(server: unknown): server is IoServer {
  return (server as Partial<IoServer> | null | undefined)?._nsps instanceof Map;
}

function isWs(server: unknown): server is WsServer {
  const { on, handleUpgrade } = (server ?? {}) as { readonly on?: unknown; readonly handleUpgrade?: unknown };
  return typeof on === "function" && typeof handleUpgrade === "function";
}

/** Refuses a server with connections. Nothing leads from an open connection to its handshake. */
function refuseOpen(count = 0): void {
  if (count > 0)
    throw invalidArgument("closeSockets", "the server has connections; call closeSockets before it listens");
}

function fromIo(socket: IoSocket): Connection {
  return {
    request: socket.request,
    end: (news) => {
      socket.emit("curfew:ended", news);
      // A connection may have joined several namespaces. Each gets its event before the connection closes.
      setImmediate(() => socket.disconnect(true));
    },
    refuse: () => {
      socket.disconnect(true);
    },
    onClosed: (listener) => {
      socket.on("disconnect", listener);
    },
  };
}

function fromWs(socket: WsSocket, request: IncomingMessage): Connection {
  const close = (code: number, reason: string): void => {
    socket.close(code, reason);
    setTimeout(() => {
      socket.terminate();
    }, CLOSES_WITHIN_MS).unref();
  };
  return {
    request,
    end: ({ reason }) => {
      close(SESSION_ENDED, reason);
    },
    refuse: () => {
      close(SERVER_ERROR, "");
    },
    onClosed: (listener) => {
      socket.on("close", listener);
    },
  };
}

function followSession(storage: Storage, ends: EndWatch, connection: Connection): void {
  const request = connection.request as Request;
  const context = findContext(request);
  if (!context) {
    storage.events.warnOnce("sockets_unguarded", UNSEEN);
    connection.refuse();
    return;
  }
  const { curfew } = request;
  if (curfew.state === "ended") connection.end(describeEnd(curfew, curfew.checkedAt));
  else if (context.live)
    connection.onClosed(
      ends.watch(context.live.ref, {
        onEnd: (end) => {
          connection.end(describeEnd(end, estimatedNow(storage)));
        },
      }),
    );
}
