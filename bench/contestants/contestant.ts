import type { Request, RequestHandler, Response } from "express";
import type { Payload } from "./payload.js";

/** Finds the session data of a request. */
export type Reading = (request: Request) => Payload;

/** One compared app. Apps differ only in the code that runs before their handlers. */
export interface Contestant {
  /** Middleware of every route. */
  readonly middleware: RequestHandler[];
  /** Middleware of the measured routes. */
  readonly guards: RequestHandler[];
  signIn(request: Request, userId: string, payload: Payload, response: Response): Promise<void>;
  readonly read: Reading;
}

/** The app's data in a session. */
export interface SessionContent {
  userId?: string;
  payload?: Payload;
}

/** Returns the session of a request, typed with the contestants' data. */
export function sessionOf(request: Request): Request["session"] & SessionContent {
  return request.session;
}

/** Returns the payload in a request's session. */
export const readSession: Reading = (request) => {
  const { payload } = sessionOf(request);
  if (!payload) throw new Error("This request has no session.");
  return payload;
};

/** A request that carries its payload outside `request.session`. */
type Finding = Request & { found?: Payload };

/** Keeps the payload on the request, for contestants that don't fill `request.session`. */
export function noteFound(request: Finding, payload: Payload): void {
  request.found = payload;
}

/** Returns the payload that `noteFound` kept. */
export const readFound: Reading = (request: Finding) => {
  if (!request.found) throw new Error("This request has no session.");
  return request.found;
};

/** The secret that signs all contestants' cookies. */
export const SECRET = "a secret of the benchmark's, long enough for all contestants";
