/** Replaces express-session in its own test suite, where `require("../")` returns `adapter`. */
import { createServer, IncomingMessage, ServerResponse } from "node:http";
import { Socket, type AddressInfo } from "node:net";
import express, { type NextFunction, type Request, type RequestHandler, type Response } from "express";
import expressSession, { type Store } from "express-session";
import { Redis } from "ioredis";
import onHeaders from "on-headers";
import { createCurfew, type Curfew, type CurfewSessionOptions } from "../../src/index.js";
import { PEERS_MODE, PEERS_REDIS, type Mode } from "./modes.js";
import { StoreLink, type GivenStore } from "./stores.js";

/** The options as the suite gives them. */
type SuiteOptions = Record<string, unknown> & { cookie?: unknown; store?: GivenStore };
type SuiteHandler = (request: IncomingMessage, response: ServerResponse, next: NextFunction) => void;

const REFUSED_OPTIONS = ["store", "resave", "saveUninitialized", "rolling", "genid"];
const REFUSED_COOKIE_OPTIONS = ["maxAge", "expires", "originalMaxAge", "signed", "encode"];

const mode = process.env[PEERS_MODE] as Mode;
const redis = new Redis(process.env[PEERS_REDIS] ?? "");
const app = express();
let curfews = 0;
let users = 0;

/** A curfew with keys of its own. Two servers of the suite with one store share it. */
interface Place {
  readonly curfew: Curfew;
  readonly link: StoreLink | null;
}
const places = new WeakMap<GivenStore, Place>();

function placeOf(store: GivenStore | undefined): Place {
  const known = store && places.get(store);
  if (known) return known;
  const prefix = `peers-${process.pid}-${++curfews}:`;
  const sessionPrefix = `${prefix}data:`;
  const place: Place = {
    curfew: createCurfew({ redis, prefix, sessionPrefix, log: () => undefined }),
    link: store ? new StoreLink(store, redis, `${sessionPrefix}*`) : null,
  };
  if (store) places.set(store, place);
  return place;
}

/** The options without those that curfew.session() refuses. */
function acceptedOptions(options: SuiteOptions): CurfewSessionOptions {
  const accepted = Object.entries(options).filter(
    ([name]) => !REFUSED_OPTIONS.includes(name) && !["cookie", "key"].includes(name),
  );
  const cookie = typeof options.cookie === "object" ? (options.cookie as Record<string, unknown>) : {};
  const attributes = Object.entries(cookie).filter(
    ([name, value]) => !REFUSED_COOKIE_OPTIONS.includes(name) && !(name === "sameSite" && value === "auto"),
  );
  return {
    // The suite expects express-session's default name, and has its older spelling.
    name: options["key"] ?? "connect.sid",
    ...Object.fromEntries(accepted),
    cookie: Object.fromEntries(attributes),
  } as unknown as CurfewSessionOptions;
}

function newUser(): { userId: string } {
  return { userId: `user-${++users}` };
}

/** False outside of the cookie's path. */
function hasSession(request: Partial<Request>): boolean {
  return request.session !== undefined;
}

/** Answers the cookie of a session that is stored already and signed in. */
async function loadedCookie({ curfew }: Place, options: CurfewSessionOptions): Promise<string> {
  const { secret, name = "" } = options;
  const side = express();
  side.use(curfew.session({ secret, name, cookie: { secure: false } }));
  side.get("/", async (request, response) => {
    await curfew.signIn(request, newUser());
    response.end();
  });
  const server = createServer(side).listen(0, "127.0.0.1");
  try {
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    const lines = answer.headers.getSetCookie();
    const line = lines.find((one) => one.startsWith(`${name}=`));
    if (line === undefined) throw new Error(`signing in answered ${answer.status} without a ${name} cookie`);
    return line.split(";", 1)[0] ?? "";
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** Gives a plain request and response the methods of Express. Properties that the suite has set stay. */
function prepare(
  request: IncomingMessage,
  response: ServerResponse,
): { request: Request; response: Response } {
  const prepared = {
    request: Object.setPrototypeOf(request, app.request) as Request,
    response: Object.setPrototypeOf(response, app.response) as Response,
  };
  const { url = "" } = request as Partial<Request>;
  Object.assign(prepared.request, {
    res: response,
    baseUrl: "",
    originalUrl: (request as Partial<Request>).originalUrl ?? url,
  });
  Object.assign(prepared.response, { req: request });
  return prepared;
}

/** Returns the store that a middleware puts on requests. */
function storeOf(middleware: RequestHandler, path: string): Store {
  const request = new IncomingMessage(new Socket());
  request.url = path;
  const prepared = prepare(request, new ServerResponse(request));
  void middleware(prepared.request, prepared.response, () => undefined);
  return prepared.request.sessionStore;
}

/**
 * Puts something into a session that has stayed empty. The suite counts on `saveUninitialized: true`, express-session's
 * default, in most tests of other things; curfew.session() stores no empty session.
 */
function fillOnEnd(request: Request, response: Response): void {
  const end = Reflect.get(response, "end") as (...args: unknown[]) => Response;
  response.end = ((...args: unknown[]) => {
    const { session } = request as Partial<Request>;
    if (session && Object.keys(session).every((name) => name === "cookie"))
      Object.assign(session, { used: true });
    return end.apply(response, args);
  }) as Response["end"];
}

function createMiddleware(options: SuiteOptions): SuiteHandler {
  const place = placeOf(options.store);
  const accepted = acceptedOptions(options);
  const middleware: RequestHandler = place.curfew.session(accepted);
  place.link?.join(storeOf(middleware, accepted.cookie?.path ?? "/"));
  const savesUnused = mode === "visitor" && options["saveUninitialized"] !== false;
  return (plainRequest, plainResponse, next) => {
    const { request, response } = prepare(plainRequest, plainResponse);
    const run = (): void => {
      middleware(request, response, (error?: unknown) => {
        if (savesUnused) fillOnEnd(request, response);
        if (error !== undefined) next(error);
        else if (mode !== "signed in" || !hasSession(request) || request.curfew.state !== "anonymous") next();
        else void place.curfew.signIn(request, newUser()).then(() => next(), next);
      });
    };
    // A loaded session's cookie is known to the browser. The suite learns it from the answer, as its tests expect.
    const holdsCookie = request.headers.cookie !== undefined;
    if (mode !== "loaded" || holdsCookie || (request as Partial<Request>).session !== undefined) run();
    else
      void loadedCookie(place, accepted).then((cookie) => {
        request.headers.cookie = cookie;
        onHeaders(response, () => {
          if (hasSession(request) && response.getHeader("Set-Cookie") === undefined)
            response.setHeader("Set-Cookie", cookie);
        });
        run();
      }, next);
  };
}

// express-session exports these classes besides its middleware. Its types declare only two of them.
export const adapter: SuiteHandler | object = Object.assign(createMiddleware, {
  Cookie: Reflect.get(expressSession, "Cookie"),
  MemoryStore: expressSession.MemoryStore,
  Session: Reflect.get(expressSession, "Session"),
  Store: expressSession.Store,
});
