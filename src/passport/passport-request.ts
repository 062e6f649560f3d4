import type { NextFunction, Request, Response } from "express";
import { carriedData, dataOf, isNamed, type KeepData, type Keeps } from "../http/sign-in/carried-data.js";
import { leaveSession } from "../http/sign-in/enter-session.js";
import { endForSignOut, signIn, signOut, type SignInDependencies } from "../http/sign-in/sign-in.js";
import { beginAgain, undoChanges } from "../http/sign-in/undo-changes.js";
import { endedState, type RequestCurfew } from "../http/request/request-state.js";
import type { CurrentSession, End, RequestContext } from "../http/request/context.js";
import { sendAfter } from "../http/session/send-after.js";
import type { EndReason } from "../policy/index.js";
import { endSession } from "../state/sessions/end-session.js";
import type { Done, LogInOptions, LogOutOptions, ManagedRequest, SessionManager } from "./manager.js";
import type { PassportOptions } from "./passport-options.js";
import { givenUserId, userIdOf } from "./user-id.js";

/** The session with which a request came, and the field of it that named passport's user. */
interface Arrived {
  readonly ref: string;
  readonly key: string;
}

/** Signs in and out on one request, as passport asks for it. */
export class PassportRequest implements ManagedRequest {
  readonly #context: RequestContext;
  readonly #dependencies: SignInDependencies;
  readonly #options: PassportOptions;
  readonly #next: NextFunction;
  #arrived: Arrived | null = null;
  /** The end of a session that is being stored. */
  #ending: Promise<unknown> | null = null;
  #watchesEnd = false;

  /** @param next - receives errors that the app's callbacks throw, since no caller is left to catch them */
  constructor(
    context: RequestContext,
    dependencies: SignInDependencies,
    options: PassportOptions,
    next: NextFunction,
  ) {
    this.#context = context;
    this.#dependencies = dependencies;
    this.#options = options;
    this.#next = next;
  }

  begin({ _key: key }: SessionManager): void {
    const { live, request } = this.#context;
    if (live === null || live.ref === this.#arrived?.ref || !hasUser(request, key)) return;
    this.#arrived = { ref: live.ref, key };
    this.#watchState();
    this.#watchEnd();
  }

  logIn(manager: SessionManager, user: unknown, options: LogInOptions | null, done: Done): void {
    this.#finish(this.#signIn(manager, user, options), done);
  }

  logOut(manager: SessionManager, options: LogOutOptions, done: Done | undefined): void {
    const { request, live } = this.#context;
    const { _key: key } = manager;
    if (live === null) {
      // A login from before this adapter was mounted is passport's to end.
      if (hasUser(request, key)) manager.logOut(request, ...(done ? ([options, done] as const) : []));
      else done?.();
      return;
    }
    this.#arrived = null;
    if (done) this.#finish(this.#signOut(key, options), done);
    else this.#endAtOnce(live, "signed_out");
  }

  async #signIn(manager: SessionManager, user: unknown, options: LogInOptions | null): Promise<void> {
    try {
      await this.#serializeAndSignIn(manager, user, options);
    } catch (error) {
      // passport.authenticate has put its flash message into the session by now (rule M7).
      undoChanges(this.#context);
      throw error;
    }
  }

  async #serializeAndSignIn(
    manager: SessionManager,
    user: unknown,
    options: LogInOptions | null,
  ): Promise<void> {
    const { request } = this.#context;
    const { _key: key } = manager;
    const serialized = await serialize(manager, user, request);
    const own = this.#options;
    const id = own.userId ? givenUserId(own.userId(user, request)) : userIdOf(serialized);
    const persistent = own.persistent?.(request);
    this.#arrived = null;
    await signIn(
      this.#dependencies,
      request,
      {
        ...own.labels?.(user, request),
        userId: id,
        authenticatedAt: request.curfew.receivedAt,
        ...(persistent === undefined ? {} : { persistent }),
      },
      (context) => {
        const data = carriedData(context, id, keepsFor(options, own.keepData));
        const held = data[key];
        const more = typeof held === "object" ? held : {};
        return { ...data, [key]: { ...more, user: serialized } };
      },
    );
  }

  async #signOut(key: string, { keepSessionInfo }: LogOutOptions): Promise<void> {
    const { request } = this.#context;
    const { [key]: _user, ...data } = keepSessionInfo ? dataOf(request.session) : {};
    await signOut(request);
    Object.assign(request.session, data);
  }

  /** Calls back once the work is done or has failed. */
  #finish(work: Promise<unknown>, done: Done): void {
    const call = (...args: [error?: unknown]): void => {
      try {
        done(...args);
      } catch (error) {
        this.#next(error);
      }
    };
    work.then(() => {
      call();
    }, call);
  }

  /** Has each look at `req.curfew` notice first that passport has found no user. */
  #watchState(): void {
    const { request } = this.#context;
    let state: RequestCurfew = request.curfew;
    Object.defineProperty(request, "curfew", {
      configurable: true,
      enumerable: true,
      get: () => {
        this.#endWithoutUser();
        return state;
      },
      set: (value: RequestCurfew) => {
        state = value;
      },
    });
  }

  /** Ends the session if `deserializeUser` gave no user: passport itself only removes its field. */
  #endWithoutUser(): void {
    const { live, request } = this.#context;
    if (this.#arrived === null || live?.ref !== this.#arrived.ref) return;
    // A session that the app has destroyed is not passport's doing.
    if ((request.session as unknown) === undefined || hasUser(request, this.#arrived.key)) return;
    this.#arrived = null;
    this.#endAtOnce(live, "revoked");
  }

  /** Makes the request anonymous at once, and lets the answer wait until the end is stored. */
  #endAtOnce(live: CurrentSession, reason: EndReason): void {
    const context = this.#context;
    const { now } = live;
    this.#ending = reason === "signed_out" ? endForSignOut(context, live) : endAlone(context, live, reason);
    // Later requests learn the reason too (rule M5).
    context.endedRef = reason === "signed_out" ? null : live.ref;
    this.#ending.catch((error: unknown) => {
      context.storage.events.warn("write_failed", `Ending a session: ${String(error)}`);
    });
    leaveSession(context, endedState(context, { reason, by: null, endedAt: now, checkedAt: now }));
    const { response } = context;
    if (reason === "signed_out" && !response.headersSent && typeof response.setHeader === "function")
      response.setHeader("Clear-Site-Data", '"cache"');
    this.#watchEnd();
  }

  #watchEnd(): void {
    const { response } = this.#context;
    if (this.#watchesEnd || typeof response.end !== "function") return;
    this.#watchesEnd = true;
    const end = Reflect.get(response, "end") as End;
    let isHeld = false;
    const endWhenStored = (...args: Parameters<End>): Response => {
      if (isHeld) return response;
      this.#endWithoutUser();
      const ending = this.#ending;
      this.#ending = null;
      if (ending === null) return end.apply(response, args);
      isHeld = true;
      const letGo = (): void => {
        isHeld = false;
      };
      const send = (): void => {
        letGo();
        end.apply(response, args);
      };
      const onFailure = (): void => {
        letGo();
        // Nothing was ended, so the browser must keep its cookie.
        beginAgain(this.#context);
      };
      sendAfter(this.#context, ending, send, onFailure, this.#next);
      return response;
    };
    response.end = endWhenStored as Response["end"];
  }
}

/** Ends a session that its browser has not signed out of. Twins of one browser end together (rule M10). */
function endAlone({ storage }: RequestContext, live: CurrentSession, reason: EndReason): Promise<unknown> {
  const refs = [live, ...live.twins].map(({ ref }) => ref);
  return Promise.all(refs.map((ref) => endSession(storage, ref, { reason, at: live.now })));
}

/** True if passport has noted a user in the request's session, as passport itself asks. */
function hasUser(request: Request, key: string): boolean {
  const { user } = (dataOf(request.session)[key] ?? {}) as { user?: unknown };
  return Boolean(user) || user === 0;
}

/**
 * Returns the rule that chooses the data of the new session. passport 0.5 keeps all data. Later versions begin an empty
 * session unless `keepSessionInfo` is true. Fields that the request itself has written, such as the flash messages of
 * `passport.authenticate`, always stay.
 */
function keepsFor(options: LogInOptions | null, keepData?: KeepData): Keeps {
  const kept = keepData ?? (options === null || Boolean(options.keepSessionInfo));
  return (name, isUnchanged) =>
    !isUnchanged ||
    isNamed(kept, name) ||
    (name === "returnTo" && options?.successReturnToOrRedirect !== undefined);
}

function serialize(manager: SessionManager, user: unknown, request: Request): Promise<unknown> {
  return new Promise((resolve, reject) => {
    manager._serializeUser(user, request, (error, serialized) => {
      if (error) reject(error);
      else resolve(serialized);
    });
  });
}
