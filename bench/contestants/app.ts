import express, { type Express, type RequestHandler } from "express";
import type { AppSpec } from "../processes/messages.js";
import type { Reading } from "./contestant.js";
import { createContestant } from "./index.js";
import { createPayload } from "./payload.js";

/** Creates one contestant's Express app, which answers a little JSON from the session. */
export async function createApp(spec: AppSpec): Promise<Express> {
  const contestant = await createContestant(spec);
  const app = express();
  for (const handler of contestant.middleware) app.use(handler);
  app.post("/sign-in/:user", async (request, response) => {
    const { user } = request.params;
    await contestant.signIn(request, user, createPayload(spec.payloadBytes, user), response);
    response.json({ signedIn: true });
  });
  app.get("/read", ...contestant.guards, answer(contestant.read));
  app.get("/traced", ...contestant.guards, noteTime, answer(contestant.read));
  return app;
}

function answer(read: Reading): RequestHandler {
  return (request, response) => {
    const { displayName, cart } = read(request);
    response.json({ displayName, items: cart.length });
  };
}

/** Tells when the handler began, on the monotonic clock that all processes of a machine share. */
const noteTime: RequestHandler = (_request, response, next) => {
  response.setHeader("x-handler-began", String(process.hrtime.bigint()));
  next();
};
