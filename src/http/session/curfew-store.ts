import { RedisStore } from "connect-redis";
import type { Request } from "express";
import type { Session, SessionData } from "express-session";
import { CurfewError } from "../../errors.js";
import { ANONYMOUS_SECONDS } from "../../state/sessions/anonymous-data.js";
import { signOutById } from "../../state/sessions/sign-out-by-id.js";
import { deleteOld } from "../../state/sessions/old-sessions.js";
import { deleteData } from "../../state/sessions/end-session.js";
import { isReplacedNow } from "../../state/sessions/replaced-cookie.js";
import { anonymousSessionId, isSignedInId, refOf, signedInId } from "../../state/session-id.js";
import type { Storage } from "../../state/storage.js";
import { findContext, type PlainCookie, type RequestContext, type RequestStore } from "../request/context.js";
import { sendCookieWithHeaders } from "./answer-cookie.js";
import { findSession } from "./find-session.js";
import { sessionCookie } from "./session-cookie.js";
import { BaseSession, disown, SignedInSession } from "./signed-in-session.js";

type Callback<Result> = (error: unknown, result?: Result | null) => void;

/**
 * connect-redis with a guard in front. It reads a session only if the session may continue, writes a signed-in
 * session only if it still exists, and stores everything under a hash of the id.
 *
 * It has no `touch`, because express-session would extend lifetimes with it. Listing all sessions by scanning is not
 * supported; `curfew.sessions.list` needs no scan.
 */
export class CurfewStore extends RedisStore implements RequestStore {
  readonly #storage: Storage;
  /** Makes the cookie of a session that begins on a request. */
  readonly cookieFor: (request: Request) => PlainCookie;
  #isConnected = true;

  /** @param cookieFor - makes the cookie of a session that begins on a request */
  constructor(storage: Storage, cookieFor: (request: Request) => PlainCookie) {
    super({ client: guardedClient(storage), prefix: "", ttl: ANONYMOUS_SECONDS });
    this.#storage = storage;
    this.cookieFor = cookieFor;
    Object.defineProperty(this, "touch", { value: undefined });
    // As express-session has it for stores that can be away.
    this.on("disconnect", () => (this.#isConnected = false));
    this.on("connect", () => (this.#isConnected = true));
  }

  /** True unless a `disconnect` event was the last report. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Begins an empty anonymous session on a request, as `session.regenerate()` and apps ask. */
  generate(request: Request): void {
    const context = findContext(request);
    request.sessionID = anonymousSessionId(context?.endedRef);
    const session = Object.assign(new BaseSession(request), { cookie: this.cookieFor(request) });
    Object.assign(request, { session });
    if (context?.request === request) sendCookieWithHeaders(context);
  }

  /** Continues the request's session under a new id, with its present data. */
  renew(context: RequestContext, sessionId: string, data: Record<string, unknown>): void {
    const { request, stored, loaded } = context;
    // Attributes that the app has set on the cookie stay (rule M12).
    const { cookie = this.cookieFor(request) } = request.session as Partial<Session>;
    const { data: attributes } = cookie as PlainCookie;
    request.sessionID = sessionId;
    this.createSession(request, { cookie: attributes as object, ...data } as SessionData);
    context.ownId = sessionId;
    context.stored = stored && { id: sessionId, json: stored.json };
    context.loaded = loaded && { id: sessionId, json: loaded.json };
  }

  /** A session of these data in place of a request's own, once it has been stored. */
  replace(context: RequestContext, sessionId: string, data: Record<string, unknown>): void {
    const { request } = context;
    request.sessionID = sessionId;
    const cookie: object = this.cookieFor(request).data;
    const session = this.createSession(request, { ...data, cookie } as SessionData);
    context.ownId = sessionId;
    context.unsettledJson = null;
    context.stored = { id: sessionId, json: JSON.stringify(session) };
  }

  override get(sessionId: string, callback?: Callback<SessionData>): Promise<SessionData | null> {
    return settle(findSession(this.#storage, sessionId, null), callback);
  }

  override destroy(sessionId: string, callback?: Callback<never>): Promise<null> {
    const ending = this.#end(sessionId);
    if (!callback)
      ending.catch((error: unknown) => {
        this.#storage.events.warn("write_failed", `session.destroy() without a callback: ${String(error)}`);
      });
    return settle<never>(ending, callback);
  }

  async #end(sessionId: string): Promise<null> {
    const id = signedInId(sessionId);
    if (id) {
      // The session of express-session before it ends with it (rule M44).
      if ((await signOutById(this.#storage, id)) && id.oldId) await deleteOld(this.#storage, [id.oldId]);
    } else await deleteData(this.#storage, refOf(sessionId));
    return null;
  }

  override regenerate(request: Request, callback: (error: unknown) => void): void {
    super.regenerate(request, disown(request, request.sessionID, callback));
  }

  /** Makes a stored session the request's. The rules decide the cookie lifetime of a signed-in session. */
  override createSession(request: Request, data: SessionData): Session & SessionData {
    if (!isSignedInId(request.sessionID)) return super.createSession(request, data);
    data.cookie = sessionCookie(data.cookie);
    request.session = new SignedInSession(request, data);
    return request.session as Session & SessionData;
  }

  override set(sessionId: string, session: SessionData, callback?: Callback<never>): Promise<null> {
    const { req: request } = session as SessionData & { readonly req?: Request };
    if (request && hasLeft(request, sessionId)) {
      callback?.(null);
      return Promise.resolve(null);
    }
    return settle<never>(this.#write(sessionId, session, request), callback);
  }

  async #write(sessionId: string, session: SessionData, request: Request | undefined): Promise<null> {
    const context = request && findContext(request);
    const isOwn = context?.request.sessionID === sessionId;
    const json = JSON.stringify(session);
    if (isOwn) {
      context.unsettledJson = json;
      // The app gives a visitor's cookie a lifetime, and each change of the session renews it, as with express-session.
      if (
        typeof session.cookie.maxAge === "number" &&
        context.stored?.id === sessionId &&
        !signedInId(sessionId)
      )
        context.renewsCookie = true;
    }
    // Redis reads the mark after it has stored the data. A sign-in deletes the data after it has set the mark.
    const storing = this.#store(sessionId, session, json);
    const [isStored] = await Promise.all([storing, isOwn && this.#noteReplaced(context, sessionId)]);
    if (isOwn) context.isSessionGone = !isStored;
    // Its end need not store the same once more, unless more has been written since.
    if (isOwn && context.unsettledJson === json) {
      context.stored = { id: sessionId, json };
      context.unsettledJson = null;
    }
    return null;
  }

  /** Returns false if the session has ended: its data are not written again. */
  async #store(sessionId: string, session: SessionData, json: string): Promise<boolean> {
    const { redis, keys } = this.#storage;
    if (!isSignedInId(sessionId)) {
      await super.set(sessionId, session);
      return true;
    }
    return (await redis.call("SET", [keys.data(refOf(sessionId)), json, "XX", "KEEPTTL"])) !== null;
  }

  /**
   * Looks if the browser has signed in by another request meanwhile, before the answer gives it a visitor's cookie (rule
   * M15). Data that the sign-in has taken over are deleted again.
   */
  async #noteReplaced(context: RequestContext, sessionId: string): Promise<void> {
    const { cookieId, hasReplacedCookie } = context;
    if (hasReplacedCookie || cookieId === null || isSignedInId(sessionId)) return;
    if (!(await isReplacedNow(this.#storage, refOf(cookieId)))) return;
    context.keepsCookie = true;
    if (cookieId === sessionId) await deleteData(this.#storage, refOf(sessionId));
  }

  override all(): never {
    throw noScan();
  }
  override ids(): never {
    throw noScan();
  }
  override length(): never {
    throw noScan();
  }
  override clear(): never {
    throw noScan();
  }
}

/**
 * Returns true if a request still uses the id of a session that it has signed out of. Nothing of that session
 * is stored.
 */
function hasLeft(request: Request, sessionId: string): boolean {
  return isSignedInId(sessionId) && findContext(request)?.live === null;
}

function noScan(): CurfewError {
  return new CurfewError(
    "unsupported_operation",
    "Sessions are not listed by scanning Redis; use curfew.sessions.list() or curfew.sessions.endAll().",
  );
}

/** Answers by callback where one is given, as express-session's stores do, else by promise. */
function settle<Result>(
  work: Promise<Result | null>,
  callback: Callback<Result> | undefined,
): Promise<Result | null> {
  if (!callback) {
    // A caller that drops the promise, as session.destroy() does, must not end the process.
    work.catch(() => undefined);
    return work;
  }
  // Two handlers, so that what the callback itself throws is not given to it once more.
  return work.then(
    (result) => {
      callback(null, result);
      return null;
    },
    (error: unknown) => {
      callback(error);
      return null;
    },
  );
}

/** Returns the client methods that connect-redis needs. Its "keys" are session ids, because its prefix is empty. */
function guardedClient({ redis, keys }: Storage) {
  return {
    set: (sessionId: string, json: string, _ex: string, seconds: number) =>
      redis.call("SET", [keys.data(refOf(sessionId)), json, "EX", seconds]),
  };
}
