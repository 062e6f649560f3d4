/** The apps around the code blocks of a page. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import express, { type ErrorRequestHandler, type Express } from "express";
import { onTestFinished } from "vitest";
import { createCurfew, CurfewError, type Curfew } from "../../src/index.js";
import { createTestClock } from "../../src/testing/index.js";
import { dataOf, listen, SECRET } from "./app.js";
import { Browser } from "./browser.js";
import { runCode } from "./page-code.js";
import { T } from "./policy-fixtures.js";
import { appRedis, freshPrefix } from "./redis.js";

/** The app around a code block. */
export interface Stage {
  readonly app: Express;
  readonly curfew: Curfew;
  /** Runs the block. @param more - further names that it uses @param returned - names that it declares */
  run(more?: object, returned?: readonly string[]): Promise<Record<string, unknown>>;
  /** Serves the app, and opens a browser. */
  open(): Promise<Browser>;
}

const answerErrors: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (error instanceof CurfewError) response.status(error.status).json({ code: error.code });
  else next(error);
};

/** Adds a sign-in, a page for signed-in users and the session's data, for blocks that have none. */
export function addPages(app: Express, curfew: Curfew): void {
  app.post("/sign-in", (request, response, next) => {
    curfew.signIn(request, { userId: "ann" }).then(() => response.json({}), next);
  });
  app.get("/me", curfew.requireSignIn(), (request, response) => {
    response.json(request.curfew);
  });
  app.get("/data", (request, response) => {
    const { cookie: _cookie, ...data } = dataOf(request);
    response.json(data);
  });
}

/** @param mounts - true if the test mounts the session middleware, and not the block */
export function prepare(code: string, { mounts = true, framework = express } = {}): Promise<Stage> {
  return appRedis().then((redis) => {
    const prefix = freshPrefix("moved");
    const sessionPrefix = `${prefix}sess:`;
    const curfew = createCurfew({
      redis,
      prefix,
      sessionPrefix,
      clock: createTestClock(T),
      log: () => undefined,
    });
    onTestFinished(() => curfew.close());
    const app = framework();
    if (mounts) app.use(curfew.session({ secret: SECRET }));
    app.use(framework.json(), framework.urlencoded({ extended: false }));
    if (mounts) addPages(app, curfew);
    const checkPassword = ({ user }: { readonly user: string }) => Promise.resolve({ id: user });
    const given = { app, curfew, secret: SECRET, checkPassword, user: { id: "ann" } };
    return {
      app,
      curfew,
      run: (more = {}, returned = []) => runCode(code, { ...given, ...more }, returned),
      open: async () => {
        app.use(answerErrors);
        await curfew.ready();
        return new Browser(await listen(app));
      },
    };
  });
}

type Handler = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;
type Check = (socket: { readonly request: IncomingMessage }, next: (error?: Error) => void) => void;

/** Serves handshakes in the way of socket.io: its engine's middleware sees a request that Express has not prepared. */
export async function serveHandshakes(): Promise<{ readonly io: object; readonly handshakes: Server }> {
  const handlers: Handler[] = [];
  const checks: Check[] = [];
  const io = {
    engine: { use: (handler: Handler) => handlers.push(handler) },
    use: (check: Check) => checks.push(check),
  };
  const handshakes = createServer((request, response) => {
    const [handler, check] = [handlers[0], checks[0]];
    handler?.(request, response, () => {
      check?.({ request }, (error) => response.end(error?.message ?? "connected"));
    });
  });
  handshakes.listen(0, "127.0.0.1");
  await once(handshakes, "listening");
  onTestFinished(() => {
    handshakes.close();
    handshakes.closeAllConnections();
  });
  return { io, handshakes };
}
