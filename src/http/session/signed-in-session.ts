import type { Request } from "express";
import expressSession, { type Session, type SessionData } from "express-session";
import { refOf } from "../../state/session-id.js";
import { findContext, noteLoaded } from "../request/context.js";
import { signedOutState } from "../request/request-state.js";

type Done = (error: unknown) => void;

// As with the cookie: express-session gives the class away, and only its type is declared.
export const BaseSession = (
  expressSession as unknown as { readonly Session: new (request: Request, data?: SessionData) => Session }
).Session;

/** A signed-in session that was read from Redis. Once destroyed it is its request's no more. */
export class SignedInSession extends BaseSession {
  /** @param callback - asked for by its type alone: many apps give none */
  override destroy(callback: Done): this {
    const { req: request, id } = this as this & { readonly req: Request };
    return super.destroy(disown(request, id, callback));
  }

  override reload(callback: Done): this {
    const { req: request } = this as this & { readonly req: Request };
    return super.reload((error: unknown) => {
      const context = error ? undefined : findContext(request);
      // The new object has the data that Redis holds now. A change is found by comparing with this object.
      if (context?.stored?.id === this.id) {
        context.stored = { id: this.id, json: JSON.stringify(request.session) };
        noteLoaded(context);
      }
      callback(error);
    });
  }
}

/**
 * Makes a request anonymous while express-session ends its session for the app. Until that is done, `curfew.signOut`
 * can still end the session.
 *
 * @returns the callback to use
 */
export function disown<Callback extends Done | undefined>(
  request: Request,
  sessionId: string,
  callback: Callback,
): Callback {
  const context = findContext(request);
  const live = context?.live;
  if (!context || live?.ref !== refOf(sessionId)) return callback;
  request.curfew = signedOutState(context, live.now);
  const done: Done = (error) => {
    if (!error && context.live?.ref === live.ref) context.live = null;
    callback?.(error);
  };
  return callback && (done as Callback);
}
