import type { Request, RequestHandler } from "express";
import type { ActiveState, Curfew } from "express-curfew";
import type { SkippableClock } from "./clock.js";
import type { Show } from "./layout.js";
import type { Users } from "./users.js";

declare module "express-session" {
  interface SessionData {
    /** The user's note: data of the app's own. */
    note?: string;
    /** Said once, on the next page. */
    notices?: readonly string[];
  }
}

/** What the pages share. */
export interface Context {
  readonly curfew: Curfew;
  readonly users: Users;
  readonly clock: SkippableClock;
  readonly show: Show;
  /** Bounds the tries at passwords, of both forms together. */
  readonly limitTries: RequestHandler;
  /** Rows a page of the list of all sessions. */
  readonly rowsPerPage: number;
}

/** The session of a request behind `curfew.requireSignIn()`. */
export function active(request: Request): ActiveState {
  if (request.curfew.state !== "active") throw new Error("This route lacks curfew.requireSignIn().");
  return request.curfew;
}

/** A field of a form; what was not sent, or sent several times, is empty. */
export function field(request: Request, name: string): string {
  const body = request.body as Record<string, unknown> | undefined;
  const value = body?.[name];
  return typeof value === "string" ? value : "";
}

/** A parameter of the address, likewise. */
export function parameter(request: Request, name: string): string {
  const value = request.query[name];
  return typeof value === "string" ? value : "";
}

/** Says something on this session's next page. */
export function notify(request: Request, ...notices: readonly string[]): void {
  request.session.notices = [...(request.session.notices ?? []), ...notices];
}
