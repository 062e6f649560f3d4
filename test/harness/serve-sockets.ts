/** Socket servers beside an app. */
import type { IncomingMessage, Server } from "node:http";
import type { Request, RequestHandler } from "express";
import { Server as IoServer } from "socket.io";
import { WebSocketServer } from "ws";
import type { Curfew } from "../../src/index.js";

/** Adds socket.io, and ws at the path `/ws`, whose connections close with their sessions. */
export function addSockets(server: Server, curfew: Curfew, session: RequestHandler): IoServer {
  const io = new IoServer(server);
  io.engine.use(session);
  io.of("/chat");
  curfew.closeSockets(io);
  io.of(/^\/room-\d$/);
  const wss = new WebSocketServer({ noServer: true });
  curfew.closeSockets(wss);
  wss.on("connection", (socket) => {
    socket.on("message", (data) => {
      socket.send(data);
    });
  });
  server.on("upgrade", (request: IncomingMessage, socket, head) => {
    if (request.url !== "/ws") return;
    session(request as Request, {} as never, () => {
      wss.handleUpgrade(request, socket, head, (opened) => {
        wss.emit("connection", opened, request);
      });
    });
  });
  return io;
}
