import { fileURLToPath } from "node:url";
import express, { type Express, type Request, type RequestHandler } from "express";
import { createCurfew, type Curfew, type CurfewOptions, type ReauthAttempt } from "express-curfew";
import { auth0Api } from "express-curfew/auth0";
import { lookerApi, type ApiClient } from "express-curfew/looker";
import { rateLimit } from "express-rate-limit";
import helmet from "helmet";
import { ownerOf, tokenEndpoint } from "./api-client.js";
import type { SkippableClock } from "./clock.js";
import type { Context } from "./context.js";
import { answerErrors, answerNotFound } from "./errors.js";
import { health } from "./health.js";
import { createLayout, createShow } from "./layout.js";
import { locate } from "./locate.js";
import { jsonApi } from "./pages/api.js";
import { homePages } from "./pages/home.js";
import { loginPages } from "./pages/login.js";
import { recoveryCodePage } from "./pages/recovery-code.js";
import { countsAsActivity, timePages } from "./pages/time.js";
import { createUsers, type Users } from "./users.js";

/** Settings of one example app. */
export interface ExampleOptions {
  readonly redis: CurfewOptions["redis"];
  /** Secret that signs the session cookie. */
  readonly secret: string;
  readonly clock: SkippableClock;
  /** Accounts that can sign in. @default ana, bob and admin */
  readonly users?: Users;
  /** Prefixes of the package's keys, for a Redis that several apps share. */
  readonly prefixes?: Pick<CurfewOptions, "prefix" | "sessionPrefix">;
}

/** The app, and its curfew, which the caller closes. */
export interface Example {
  readonly app: Express;
  readonly curfew: Curfew;
}

const TRIES_PER_MINUTE = 5;

/** Checks the password that the browser's dialog has sent. */
async function isPassword(
  users: Users,
  userId: string,
  { password }: ReauthAttempt["body"],
): Promise<boolean> {
  return typeof password === "string" && (await users.verify(userId, password));
}

const STYLES = fileURLToPath(new URL("public", import.meta.url));

/** Creates the example app. */
export async function createExample(options: ExampleOptions): Promise<Example> {
  const { redis, secret, clock } = options;
  const users = options.users ?? (await createUsers());
  const curfew = createCurfew({ ...options.prefixes, redis, clock, locate, activity: countsAsActivity });
  const render = createLayout(clock, users, curfew.clientUrl);
  const show = createShow(render);
  const context: Context = { curfew, users, clock, show, limitTries: limitTries() };
  const pages = { render, requireFresh: { withinMinutes: 10 } };
  const isAdmin = (request: Request): boolean =>
    request.curfew.state === "active" && users.isAdmin(request.curfew.session.userId);

  const app = express();
  app.disable("x-powered-by");
  app.use(helmet());
  app.use(express.static(STYLES, { index: false, maxAge: "1h" }));
  app.get("/healthz", health(curfew));
  app.use(curfew.session({ secret }));
  app.use("/curfew", curfew.routes({ verify: ({ userId, body }) => isPassword(users, userId, body) }));
  const tokens = curfew.bearer();
  const login = {
    tokens,
    verifyClient: ({ clientId, clientSecret }: ApiClient) => ownerOf(clientId, clientSecret),
  };
  // Administrators have a session, programs a token of an administrator.
  const mayAdminister = async (request: Request): Promise<boolean> => {
    const token = await tokens.verify(request);
    return token === null ? isAdmin(request) : users.isAdmin(token.userId);
  };
  app.use("/api/4.0", lookerApi(curfew, { login, authorize: mayAdminister }));
  app.use(tokenEndpoint(tokens, context.limitTries));
  app.use("/api/v2", auth0Api(curfew, { authorize: (request) => tokens.verify(request) }));
  // The routes below change nothing when another site sends the request.
  app.use(curfew.requireSameSite());
  app.use("/api", jsonApi(context));
  app.use(express.urlencoded({ extended: false, limit: "8kb" }));
  app.use(loginPages(context), homePages(context), timePages(context));
  app.use("/account/sessions", curfew.accountPages(pages));
  app.use(recoveryCodePage(context));
  app.use("/admin", curfew.adminPages({ ...pages, authorize: isAdmin }));
  app.use(answerNotFound(show), answerErrors(show));
  return { app, curfew };
}

function limitTries(): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit: TRIES_PER_MINUTE,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    skipSuccessfulRequests: true,
    handler: (_request, _response, next) => {
      next(Object.assign(new Error("Too many tries. Wait a minute."), { status: 429, expose: true }));
    },
  });
}
