import express, { type ErrorRequestHandler, type Request, type RequestHandler, type Router } from "express";
import { rateLimit, type RateLimitInfo } from "express-rate-limit";
import { checkOptions, isFunction, isWhole, type OptionsSpec } from "../../check-options.js";
import { bodyErrorStatus, CurfewError, invalidOption } from "../../errors.js";
import { WARNING_MS } from "../../policy/index.js";
import { forbidStorage, sendProblem, sendSignInRequired, sendUnavailable } from "../request/answers.js";
import { requireContext } from "../request/context.js";
import type { ActiveState } from "../request/request-state.js";
import { statusOf } from "./status.js";

/** Options of `curfew.routes()`. */
export interface RoutesOptions {
  /**
   * Says whether the password is the user's, for signing in again without leaving the page. Without it
   * `POST /reauth` answers 404.
   */
  readonly verifyPassword?: (user: {
    readonly userId: string;
    readonly password: string;
  }) => Promise<boolean> | boolean;
  /** Wrong passwords that may be tried for a user, by all of the user's sessions together, per minute at `POST /reauth`. @default 5 */
  readonly reauthTriesPerMinute?: number;
}

/** What the routes call; `createCurfew` gives it. */
export interface RouteActions {
  readonly loginUrl: string;
  readonly routesPath: string;
  readonly refuseCrossSite: RequestHandler;
  extend(request: Request): Promise<ActiveState>;
  reportActivity(request: Request, idleMs: number): Promise<ActiveState>;
  reauthenticate(request: Request): Promise<void>;
  signOut(request: Request): Promise<unknown>;
}

type Handler = (request: Request, body: Readonly<Record<string, unknown>>) => Promise<unknown>;

const ROUTES_OPTIONS: OptionsSpec<RoutesOptions> = {
  by: "routes",
  usage: 'app.use("/curfew", curfew.routes({ verifyPassword }))',
  checks: { verifyPassword: isFunction, reauthTriesPerMinute: isWhole(1, Infinity) },
};

/**
 * The JSON routes of the browser side: `GET /status`, `POST /activity`, `/extend`, `/reauth` and `/logout`.
 * None of them counts as activity but `activity` and `extend`, and none is answered to another site.
 *
 * @throws CurfewError `invalid_option`
 */
export function createRoutes(actions: RouteActions, options: RoutesOptions): Router {
  checkOptions(ROUTES_OPTIONS, options);
  const router = express.Router();
  router.use(checkMount(actions.routesPath), actions.refuseCrossSite);
  const post = (path: string, ...handlers: RequestHandler[]): void => {
    router.post(
      path,
      express.json({ limit: "8kb" }),
      requireJson,
      requireActive(actions.loginUrl),
      ...handlers,
    );
  };
  const json =
    (handler: Handler): RequestHandler =>
    (request, response, next) => {
      handler(request, (request.body ?? {}) as Record<string, unknown>).then((answer) => {
        forbidStorage(response);
        if (answer === undefined) response.status(204).end();
        else response.json(answer);
      }, next);
    };

  router.get(
    "/status",
    requireActive(actions.loginUrl),
    json((request) => Promise.resolve(status(request))),
  );
  post(
    "/activity",
    json(async (request, { idleMs }) => {
      if (typeof idleMs !== "number" || !(idleMs >= 0))
        throw new BadBody("idleMs must be the milliseconds since the last input, 0 or more.");
      await actions.reportActivity(request, idleMs);
      return status(request);
    }),
  );
  post(
    "/extend",
    json(async (request) => {
      await actions.extend(request);
      return status(request);
    }),
  );
  post(
    "/logout",
    json(async (request) => {
      await actions.signOut(request);
      return undefined;
    }),
  );
  if (options.verifyPassword)
    post("/reauth", limitTries(options), json(reauth(actions, options.verifyPassword)));
  router.use(answerErrors(actions.loginUrl));
  return router;
}

function status(request: Request): unknown {
  const { live, storage } = requireContext(request);
  if (!live) throw new CurfewError("session_ended", "This session has ended.");
  return statusOf(live, storage.limits, WARNING_MS);
}

function reauth(actions: RouteActions, verify: NonNullable<RoutesOptions["verifyPassword"]>): Handler {
  return async (request, { password }) => {
    const { live } = requireContext(request);
    const userId = live?.record.userId ?? "";
    const right = typeof password === "string" && (await verify({ userId, password }));
    if (!right)
      throw new WrongPassword((request as Request & { rateLimit?: RateLimitInfo }).rateLimit?.remaining ?? 0);
    await actions.reauthenticate(request);
    return status(request);
  };
}

/** A body that is JSON, but not what the route asks for. */
class BadBody extends Error {}

class WrongPassword extends Error {
  constructor(readonly triesLeft: number) {
    super("That password isn't right.");
  }
}

function limitTries({ reauthTriesPerMinute = 5 }: RoutesOptions): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit: reauthTriesPerMinute,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    skipSuccessfulRequests: true,
    // By user, not by session or address: signing in anew must not give new tries.
    keyGenerator: (request) => requireContext(request).live?.record.userId ?? "",
    handler: (_request, response) => {
      sendProblem(response, {
        status: 429,
        error: "too_many_tries",
        title: "Too many tries. Wait a minute.",
      });
    },
  });
}

/** The session middleware knows by path which requests are no activity, so the paths must agree. */
function checkMount(routesPath: string): RequestHandler {
  return (request, _response, next) => {
    if (request.baseUrl.toLowerCase() === routesPath.toLowerCase()) next();
    else
      next(
        invalidOption(
          "routesPath",
          `is "${routesPath}" but curfew.routes() is mounted at "${request.baseUrl}"; give createCurfew({ routesPath: "${request.baseUrl}" })`,
        ),
      );
  };
}

/** Forms can't carry JSON, and another type must not be read as if it were. */
const requireJson: RequestHandler = (request, response, next) => {
  if (request.is("application/json") !== false || !request.get("content-type")) next();
  else
    sendProblem(response, { status: 415, error: "unsupported_media_type", title: "Send application/json." });
};

function requireActive(loginUrl: string): RequestHandler {
  return (request, response, next) => {
    requireContext(request);
    if (request.curfew.state === "active") next();
    else sendSignInRequired(request, response, loginUrl);
  };
}

/** Answers what the routes throw; everything else is the app's. */
function answerErrors(loginUrl: string): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (error instanceof BadBody) {
      sendProblem(response, { status: 400, error: "bad_request", title: error.message });
    } else if (error instanceof WrongPassword) {
      const { triesLeft } = error;
      sendProblem(response, { status: 403, error: "bad_credentials", title: error.message, triesLeft });
    } else if (error instanceof CurfewError && error.code === "redis_unavailable") {
      // Its message has the cause, which names hosts of the app's network.
      sendUnavailable(request, response);
    } else if (error instanceof CurfewError && error.status !== 500) {
      if (error.code === "session_ended" && request.curfew.state === "ended") {
        sendSignInRequired(request, response, loginUrl);
        return;
      }
      sendProblem(response, {
        ...error.details,
        status: error.status,
        error: error.code,
        title: error.shortMessage,
      });
    } else {
      const status = bodyErrorStatus(error);
      if (status === null) next(error);
      else
        sendProblem(response, {
          status,
          error: "bad_request",
          title: status === 400 ? "The body is not valid JSON." : "The body can't be read.",
        });
    }
  };
}
