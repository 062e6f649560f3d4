/** The app's decision about who may act, for all APIs and pages of administrators. */
import { isIP } from "node:net";
import type { Request, RequestHandler } from "express";

/**
 * Answer of an app's `authorize`. `true` permits the request, and the session's user is the actor. `{ actor }` permits
 * it and names the actor. Every other value refuses the request.
 */
export type Authorization = boolean | { readonly actor: string };

/** The actor of a permitted request; `undefined` if neither the app nor the session names one. */
interface Permission {
  readonly actor: string | undefined;
}

const permissions = new WeakMap<Request, Permission>();

/**
 * Asks the app once, before the request changes anything (rule M41). The refused request goes to `refuse`. If the app
 * throws, the error goes to the app's error handler.
 */
export function askPermission(
  ask: (request: Request) => Authorization | Promise<Authorization>,
  refuse: RequestHandler,
): RequestHandler {
  return (request, response, next) => {
    new Promise<Authorization>((resolve) => {
      resolve(ask(request));
    })
      .then(async (answer) => {
        const permission = permissionOf(answer, request);
        if (permission !== null) permissions.set(request, permission);
        if (permission === null) await refuse(request, response, next);
        else next();
      })
      .catch(next);
  };
}

/** True if an answer permits a request. */
export const isPermitted = (answer: Authorization): boolean =>
  answer === true || actorNamedBy(answer) !== null;

/** Only `true` or an actor permits: a function that returns a user object may not be an authorization check. */
function permissionOf(answer: unknown, request: Request): Permission | null {
  if (answer === true) return { actor: signedInActor(request) };
  const actor = actorNamedBy(answer);
  return actor === null ? null : { actor };
}

function actorNamedBy(answer: unknown): string | null {
  if (typeof answer !== "object" || answer === null || !("actor" in answer)) return null;
  const { actor } = answer;
  return typeof actor === "string" && actor !== "" ? actor : null;
}

/** Returns the user of a request's session; `undefined` without a living session. */
export function signedInUser(request: Request): string | undefined {
  const curfew = request.curfew as Request["curfew"] | undefined;
  return curfew?.state === "active" ? curfew.session.userId : undefined;
}

/** Returns the person who acts in a request's session: its user, or the administrator of a sudo session (rule U7). */
function signedInActor(request: Request): string | undefined {
  const curfew = request.curfew as Request["curfew"] | undefined;
  if (curfew?.state !== "active") return undefined;
  return curfew.session.sudoUserId ?? curfew.session.userId;
}

/** Returns the actor of a permitted request, as an option of `settings.update` and `sessions.end`. */
export function actorOf(request: Request): { readonly actor?: string } {
  const actor = permissions.get(request)?.actor;
  return actor === undefined ? {} : { actor };
}

/**
 * Returns who makes a change and from where, as options of `settings.update`. Under `trust proxy` a client may write
 * anything into `X-Forwarded-For`, so only an IP address is kept.
 */
export function changerOf(request: Request): { readonly actor?: string; readonly from?: string } {
  const { ip } = request;
  return { ...actorOf(request), ...(ip === undefined || isIP(ip) === 0 ? {} : { from: ip }) };
}
