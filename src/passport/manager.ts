import type { Request } from "express";

/** Options of `req.logIn`, which `passport.authenticate` calls with its own options. passport 0.5 passes no options. */
export interface LogInOptions {
  readonly keepSessionInfo?: boolean;
  readonly successReturnToOrRedirect?: string;
}

/** Options of `req.logout`, from passport 0.6. */
export interface LogOutOptions {
  readonly keepSessionInfo?: boolean;
}

/** Receives an error, or nothing if the work is done. */
export type Done = (error?: unknown) => void;

/** passport's session manager, as far as all versions from 0.5.0 to 0.7.0 agree. */
export interface SessionManager {
  /** Name of the field of `req.session` that names passport's user. */
  readonly _key: string;
  readonly _serializeUser: (
    user: unknown,
    request: Request,
    done: (error: Error | null | undefined, serialized?: unknown) => void,
  ) => void;
  logIn(request: Request, user: unknown, ...rest: [LogInOptions, Done] | [Done]): void;
  logOut(request: Request, ...rest: [LogOutOptions, Done] | [Done?]): void;
}

/** A session manager's work in the hands of the adapter. */
export interface ManagedRequest {
  /** Learns which session manager the request has. */
  begin(manager: SessionManager): void;
  /** @param options - `null` with passport 0.5, which has none */
  logIn(manager: SessionManager, user: unknown, options: LogInOptions | null, done: Done): void;
  /** @param done - `undefined` with passport 0.5, whose `logout` is synchronous */
  logOut(manager: SessionManager, options: LogOutOptions, done: Done | undefined): void;
}

/** passport's class, as far as the adapter reads it. */
interface Authenticator {
  readonly _sm: SessionManager;
}

interface PassportProperties {
  _sessionManager?: SessionManager | undefined;
  _passport?: { instance?: Authenticator } | undefined;
}

/**
 * Puts the adapter in place of the session manager that passport is about to set on a request. passport 0.5.0 finds its
 * session manager by `req._passport.instance`; later versions find it by `req._sessionManager`. passport's own `logIn`
 * and `logout` stay in use, and calls with `session: false` never reach a session manager.
 */
export function interceptManager(request: Request, managed: ManagedRequest): void {
  const replace = (manager: SessionManager): SessionManager => replacement(manager, managed);
  intercept(request as PassportProperties, "_sessionManager", replace);
  intercept(request as PassportProperties, "_passport", (holder) => {
    intercept(holder, "instance", (instance) => {
      const manager = replace(instance._sm);
      return Object.create(instance, { _sm: { value: manager } }) as Authenticator;
    });
    return holder;
  });
}

/** Replaces each value that is set, now and later. */
function intercept<Holder extends object, Name extends keyof Holder>(
  holder: Holder,
  name: Name,
  replace: (value: NonNullable<Holder[Name]>) => NonNullable<Holder[Name]>,
): void {
  const replaced = (value: Holder[Name]): Holder[Name] => (value ? replace(value) : value);
  let current = replaced(holder[name]);
  Object.defineProperty(holder, name, {
    configurable: true,
    enumerable: true,
    get: () => current,
    set: (value: Holder[Name]) => {
      if (value !== current) current = replaced(value);
    },
  });
}

function replacement(manager: SessionManager, managed: ManagedRequest): SessionManager {
  managed.begin(manager);
  const own: Pick<SessionManager, "logIn" | "logOut"> = {
    logIn: (_request, user, ...rest) => {
      const [options, done] = rest.length === 1 ? [null, rest[0]] : rest;
      managed.logIn(manager, user, options, done);
    },
    logOut: (_request, ...rest) => {
      const [options, done] = typeof rest[0] === "object" ? [rest[0], rest[1]] : [{}, rest[0]];
      managed.logOut(manager, options, done);
    },
  };
  return Object.assign(Object.create(manager) as SessionManager, own);
}
