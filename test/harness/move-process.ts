/** One process of a site that moves from express-session. The parent forks it, and gets its port as a message. */
import type { Request } from "express";
import { parse } from "cookie";
import { createCurfew, type Curfew } from "../../src/index.js";
import { CookieSigner } from "../../src/http/request/signed-cookie.js";
import { createOldApp, openStore, serve, type OldStore } from "./old-app.js";
import express from "express";
import type { Store } from "express-session";

/** Kind of app in a process: the old app, the app of this package, or an app with a takeover by hand. */
export type MoveKind = "old" | "taking over" | "naive";

/** The environment variable with the process's {@link MoveConfig} as JSON. */
export const MOVE_CONFIG = "CURFEW_MOVE_CONFIG";

/** Configuration of a process. */
export interface MoveConfig {
  readonly kind: MoveKind;
  readonly store: OldStore;
  readonly url: string;
  readonly prefix: string;
}

const OLD_NAME = "connect.sid";
const OLD_SECRET = "the secret of the old cookie";
const SECRET = "the secret of the new cookie, which is long";
const DAY_MS = 86_400_000;
/** Long enough for 200 requests at once on a busy machine. */
const TIMEOUT_MS = 20_000;

const userIdIn = (data: object | null | undefined): string | undefined =>
  (data as { readonly userId?: string } | null | undefined)?.userId;

/** A takeover as an app writes it in a few lines: read the old session, and sign its user in. */
async function signInByHand(curfew: Curfew, store: Store, request: Request): Promise<void> {
  if (request.curfew.state === "active") return;
  const oldId = new CookieSigner([OLD_SECRET]).idIn(parse(request.headers.cookie ?? "")[OLD_NAME]);
  if (oldId === null) return;
  const data = await new Promise<object | null | undefined>((resolve, reject) => {
    store.get(oldId, (error: unknown, found?: object | null) => {
      if (error) reject(new Error("the old store has failed", { cause: error }));
      else resolve(found);
    });
  });
  const userId = userIdIn(data);
  if (userId !== undefined) await curfew.signIn(request, { userId });
}

async function createNewApp({ kind, store, url, prefix }: MoveConfig): Promise<express.Express> {
  const oldPrefix = `${prefix}old:`;
  const curfew = createCurfew({ redis: url, timeoutMs: TIMEOUT_MS, prefix, sessionPrefix: `${prefix}sess:` });
  await curfew.ready();
  const app = express();
  if (kind === "naive") {
    const { store: oldStore } = await openStore(store, url, oldPrefix);
    app.use(curfew.session({ secret: SECRET }));
    app.use((request, _response, next) => {
      signInByHand(curfew, oldStore, request).then(() => {
        next();
      }, next);
    });
  } else {
    const until = Date.now() + DAY_MS;
    const takeOver = { name: OLD_NAME, prefix: oldPrefix, secret: OLD_SECRET, userId: userIdIn, until };
    app.use(curfew.session({ secret: SECRET, takeOver }));
  }
  app.get("/me", (request, response) => {
    const { curfew: state } = request;
    if (state.state === "active") response.json({ userId: state.session.userId, ref: state.session.ref });
    else response.status(401).json({ userId: null });
  });
  app.post("/logout", (request, response, next) => {
    curfew.signOut(request).then(() => response.json({}), next);
  });
  app.get("/count", (_request, response, next) => {
    curfew.sessions.list({ userId: "ann" }).then(({ sessions }) => response.json(sessions.length), next);
  });
  return app;
}

async function main(config: MoveConfig): Promise<void> {
  const { kind, store, url, prefix } = config;
  const opened = kind === "old" ? await openStore(store, url, `${prefix}old:`) : null;
  const app = opened
    ? createOldApp(opened.store, { name: OLD_NAME, secret: OLD_SECRET })
    : await createNewApp(config);
  const { port } = await serve(app);
  process.send?.(port);
  process.once("disconnect", () => process.exit(0));
}

const config = process.env[MOVE_CONFIG];
if (config !== undefined) await main(JSON.parse(config) as MoveConfig);
