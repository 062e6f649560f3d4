/** The handlers of the JSON routes. Each returns its answer; `undefined` is 204. */
import type { Request } from "express";
import type { RateLimitInfo } from "express-rate-limit";
import { CurfewError } from "../../errors.js";
import type { Status } from "../../wire.js";
import { requireContext } from "../request/context.js";
import type { ActiveState } from "../request/request-state.js";
import { BadBody, WrongPassword } from "./answer-errors.js";
import type { RoutesOptions } from "./routes.js";
import { statusOf } from "./status.js";

/** A body that is JSON. */
export type Body = Readonly<Record<string, unknown>>;

/** Answers a request with JSON. */
export type Handler = (request: Request, body: Body) => Promise<Status | undefined>;

/** The actions behind the routes; `createCurfew` gives them. */
export interface SessionActions {
  extend(request: Request): Promise<ActiveState>;
  reportInput(request: Request, idleMs: number): Promise<ActiveState>;
  reauthenticate(request: Request): Promise<void>;
  signOut(request: Request): Promise<unknown>;
}

/** Checks the password of a user. */
export type VerifyPassword = NonNullable<RoutesOptions["verifyPassword"]>;

/** One handler for each route. */
export type Handlers = Readonly<Record<"status" | "activity" | "extend" | "logout" | "reauth", Handler>>;

/** Creates the handlers. Without `verify` a user signs in again on the login page, and `reauth` is not mounted. */
export function createHandlers(actions: SessionActions, verify: VerifyPassword | undefined): Handlers {
  const status = (request: Request): Status => {
    const { live, storage } = requireContext(request);
    if (!live) throw new CurfewError("session_ended", "This session has ended.");
    return statusOf(live, storage.limits, verify ? "in_place" : "login_page");
  };
  return {
    status: (request) => Promise.resolve(status(request)),
    activity: async (request, { idleMs }) => {
      if (typeof idleMs !== "number" || !(idleMs >= 0))
        throw new BadBody("idleMs must be the milliseconds since the last input, 0 or more.");
      await actions.reportInput(request, idleMs);
      return status(request);
    },
    extend: async (request) => {
      await actions.extend(request);
      return status(request);
    },
    logout: async (request) => {
      await actions.signOut(request);
      return undefined;
    },
    reauth: async (request, { password }) => {
      const userId = requireContext(request).live?.record.userId ?? "";
      const isRight = typeof password === "string" && (await verify?.({ userId, password }));
      if (!isRight) throw new WrongPassword(triesLeft(request));
      await actions.reauthenticate(request);
      return status(request);
    },
  };
}

function triesLeft(request: Request & { readonly rateLimit?: RateLimitInfo }): number {
  return request.rateLimit?.remaining ?? 0;
}
