import type { Request, RequestHandler } from "express";
import type { ActiveState, Curfew } from "express-curfew";
import type { SkippableClock } from "./clock.js";
import type { Show } from "./layout.js";
import type { Users } from "./users.js";

declare module "express-session" {
  interface SessionData {
    /** The user's note: the app's own data. */
    note?: string;
    /** Messages that the next page shows once. */
    notices?: readonly string[];
  }
}

/** Things that all pages share. */
export interface Context {
  readonly curfew: Curfew;
  readonly users: Users;
  readonly clock: SkippableClock;
  readonly show: Show;
  /** Limits attempts to enter a password, for both forms together. */
  readonly limitTries: RequestHandler;
}

/** Returns the session of a request behind `curfew.requireSignIn()`. */
export function active(request: Request): ActiveState {
  if (request.curfew.state !== "active") throw new Error("This route lacks curfew.requireSignIn().");
  return request.curfew;
}

/** Returns a field of a form. A field that is missing or sent several times is empty. */
export function field(request: Request, name: string): string {
  const body = request.body as Record<string, unknown> | undefined;
  const value = body?.[name];
  return typeof value === "string" ? value : "";
}

/** Returns a parameter of the address. A parameter that is missing or sent several times is empty. */
export function parameter(request: Request, name: string): string {
  const value = request.query[name];
  return typeof value === "string" ? value : "";
}

/** Shows messages on this session's next page. */
export function notify(request: Request, ...notices: readonly string[]): void {
  request.session.notices = [...(request.session.notices ?? []), ...notices];
}
