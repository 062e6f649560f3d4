/** One contestant in a process of its own: an Express app that reads its session and answers a little JSON. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type RequestHandler } from "express";
import { createContestant } from "../contestants/index.js";
import type { Reading } from "../contestants/contestant.js";
import { createPayload } from "../contestants/payload.js";
import { answerParent } from "./child.js";
import type { AppSpec, CpuUsage } from "./messages.js";

async function start(spec: AppSpec): Promise<{ port: number }> {
  const contestant = await createContestant(spec);
  const payload = createPayload(spec.payloadBytes);
  const app = express();
  app.use(...contestant.middleware);
  app.post("/sign-in/:user", async (request, response) => {
    await contestant.signIn(request, request.params.user, payload);
    response.json({ signedIn: true });
  });
  app.get("/read", ...contestant.guards, answer(contestant.read));
  app.get("/traced", ...contestant.guards, noteTime, answer(contestant.read));
  const server = createServer(app);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port };
}

function answer(read: Reading): RequestHandler {
  return (request, response) => {
    const { displayName, cart } = read(request);
    response.json({ displayName, items: cart.length });
  };
}

/** Says when the handler began, on the monotonic clock that all processes of a machine share. */
const noteTime: RequestHandler = (_request, response, next) => {
  response.setHeader("x-handler-began", String(process.hrtime.bigint()));
  next();
};

function usage(): CpuUsage {
  const { user, system } = process.cpuUsage();
  return { cpuMicros: user + system, residentBytes: process.memoryUsage.rss() };
}

answerParent({ start, usage });
