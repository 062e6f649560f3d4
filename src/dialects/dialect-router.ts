/** The frame of every vendor's API: limits, permission, cross-site check, body, conflict, and errors in one format. */
import express, {
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from "express";
import { requestProblem, CurfewError } from "../errors.js";
import type { SessionsApi } from "../api/sessions-api.js";
import type { SettingsApi } from "../api/settings-api.js";
import type { LimitRequestsOptions } from "../http/guards/limit-requests.js";
import type { SettingsProblem } from "../policy/index.js";
import type { ApiSpec } from "../openapi.js";
import { readJson } from "../read-body.js";
import { sendDescription } from "../serve-openapi.js";

/** The part of a curfew that the vendors' APIs use. */
export interface DialectCurfew {
  readonly settings: Pick<SettingsApi, "get" | "update">;
  readonly sessions: Pick<SessionsApi, "list" | "get" | "end" | "endAll" | "update">;
  requireSameSite(): RequestHandler;
  limitRequests(options: LimitRequestsOptions): RequestHandler;
}

/** A refused request, before a dialect gives it its own format. */
export interface Failure {
  readonly status: number;
  readonly message: string;
  /** Wrong settings; empty for every other failure. */
  readonly problems: readonly SettingsProblem[];
  /** The vendor's code of the error, if the dialect named one. */
  readonly code?: string | undefined;
}

/** The properties by which one vendor's API differs from the others. */
export interface Dialect {
  /** Name of the counter of requests. */
  readonly name: string;
  readonly requestsPerMinute: number;
  /** Sends a failure in the vendor's format. */
  sendFailure(request: Request, response: Response, failure: Failure): void;
  /** Description of the API, to be served. */
  readonly description?: ApiSpec;
  /** Adds the routes. */
  addRoutes(router: Router): void;
}

/** A promise's handler for Express 4, which does not catch rejections. */
export function asHandler(handle: (request: Request, response: Response) => Promise<void>): RequestHandler {
  return (request, response, next) => {
    handle(request, response).catch(next);
  };
}

/** Creates a vendor's API. Its responses are never stored, and other sites' unsafe requests are refused. */
export function createDialectRouter(curfew: DialectCurfew, dialect: Dialect): Router {
  const { name, requestsPerMinute: perMinute } = dialect;
  const router = express.Router();
  router.use(noStore, curfew.limitRequests({ name, perMinute }), curfew.requireSameSite());
  if (dialect.description) router.get("/openapi.json", sendDescription(dialect.description));
  dialect.addRoutes(router);
  router.use((request, response) => {
    dialect.sendFailure(request, response, { status: 404, message: "Not found", problems: [] });
  });
  router.use(errorAnswers(dialect));
  return router;
}

const noStore: RequestHandler = (_request, response, next) => {
  response.setHeader("Cache-Control", "no-store");
  response.vary("Cookie").vary("Authorization");
  next();
};

function errorAnswers(dialect: Dialect): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const failure = failureOf(error);
    if (failure === null) {
      next(error);
      return;
    }
    if (error instanceof CurfewError)
      for (const [header, value] of Object.entries(error.headers)) response.setHeader(header, value);
    dialect.sendFailure(request, response, failure);
  };
}

/** Returns an error as a failure; `null` for an error that the app must handle. */
function failureOf(error: unknown): Failure | null {
  if (error instanceof DialectError) {
    const { status, message, code } = error;
    return { status, message, problems: [], code };
  }
  if (error instanceof CurfewError) {
    if (error.code === "invalid_settings")
      return { status: error.status, message: error.shortMessage, problems: error.details.fields };
    if (error.status === 500) return null;
    const message = error.status === 503 ? "Sessions can't be reached right now." : error.shortMessage;
    return { status: error.status, message, problems: [] };
  }
  const problem = requestProblem(error);
  return problem && { ...problem, problems: [] };
}

const MAX_BODY = "16kb";

/** Reads a JSON body. */
export const readBody: RequestHandler = readJson(MAX_BODY);

/** Returns the body if it is a JSON object. @throws DialectError with status 415 or 400 */
export function requireObject(request: Request, what: string): Readonly<Record<string, unknown>> {
  const body: unknown = request.body;
  if (!request.is("application/json")) throw new DialectError(415, `Send ${what} as application/json.`);
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw new DialectError(400, "The body must be a JSON object.");
  return body as Readonly<Record<string, unknown>>;
}

/** A refusal by a route of a dialect. */
export class DialectError extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** The vendor's code of the error. */
    readonly code?: string,
  ) {
    super(message);
  }
}
