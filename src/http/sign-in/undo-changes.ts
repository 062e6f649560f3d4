import type { Request } from "express";
import type { SessionData } from "express-session";
import { deleteDataSoon } from "../../state/sessions/end-session.js";
import { isSignedInId, refOf } from "../../state/session-id.js";
import type { RequestContext } from "../request/context.js";
import { dataOf } from "./carried-data.js";

/** The properties that passport adds to a request. */
interface PassportProperties {
  readonly _passport?: unknown;
  readonly _sessionManager?: unknown;
  readonly _userProperty?: string;
}

/**
 * Gives a request back the session that it was loaded with, after a sign-in that was refused or failed (rule M7). The
 * app, or passport, may have written the user into `req.session` before the sign-in: guards of the app that look there
 * would let that user pass without any limit.
 */
export function undoChanges(context: RequestContext): void {
  const { request, response, loaded, loadedUserId, live, stored } = context;
  if (response.headersSent || (request.sessionStore as unknown) === undefined) return;
  clearPassportUser(request);
  // A session that passport or the app has begun and stored in this request.
  if (stored !== null && stored.id !== loaded?.id && !isSignedInId(stored.id))
    deleteDataSoon(context.storage, refOf(stored.id));
  if (loaded === null || (loadedUserId !== null && live?.ref !== refOf(loaded.id))) {
    beginAgain(context);
    return;
  }
  const data = JSON.parse(loaded.json) as SessionData;
  const { session } = request as Partial<Pick<Request, "session">>;
  if (session && request.sessionID === loaded.id) {
    // In place, since the cookie knows how long it lives.
    for (const name of Object.keys(dataOf(session))) Reflect.deleteProperty(session, name);
    Object.assign(session, dataOf(data));
    return;
  }
  // Redis no longer holds what the app has destroyed: the end of the answer stores it again.
  Object.assign(context, { ownId: loaded.id, stored: null, unsettledJson: null });
  request.sessionID = loaded.id;
  context.store.createSession(request, data);
}

/** Begins an empty session that is stored only if something is put in it. */
export function beginAgain(context: RequestContext): void {
  Object.assign(context, { stored: null, unsettledJson: null });
  context.store.generate(context.request);
  context.ownId = context.request.sessionID;
}

function clearPassportUser(request: Request): void {
  const { _passport, _sessionManager, _userProperty = "user" } = request as PassportProperties;
  if (_passport ?? _sessionManager) Object.assign(request, { [_userProperty]: null });
}
