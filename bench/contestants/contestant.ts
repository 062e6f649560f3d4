import type { Request, RequestHandler, Response } from "express";
import type { Payload } from "./payload.js";

/** Finds the session data of a request. */
export type Reading = (request: Request) => Payload;

/** One app that is compared: all the same but for what stands between a request and its handler. */
export interface Contestant {
  /** For every route. */
  readonly middleware: RequestHandler[];
  /** For the routes that are measured. */
  readonly guards: RequestHandler[];
  signIn(request: Request, userId: string, payload: Payload, response: Response): Promise<void>;
  readonly read: Reading;
}

/** The data that the app keeps in a session. */
export interface SessionContent {
  userId?: string;
  payload?: Payload;
}

/** The session of a request, with what the contestants keep in it. */
export function sessionOf(request: Request): Request["session"] & SessionContent {
  return request.session;
}

/** The payload in a request's session. */
export const readSession: Reading = (request) => {
  const { payload } = sessionOf(request);
  if (!payload) throw new Error("This request has no session.");
  return payload;
};

/** A request with what was found of its session, where that is not `request.session`. */
type Finding = Request & { found?: Payload };

/** For contestants that don't fill `request.session`: notes what a guard has found. */
export function noteFound(request: Finding, payload: Payload): void {
  request.found = payload;
}

/** What a guard has noted. */
export const readFound: Reading = (request: Finding) => {
  if (!request.found) throw new Error("This request has no session.");
  return request.found;
};

/** Signs all contestants' cookies. */
export const SECRET = "a secret of the benchmark's, long enough for everybody";
