/**
 * Looker's session settings API (version 4.0) over the settings of express-curfew.
 *
 * @packageDocumentation
 */
import express, {
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from "express";
import { actorOf, askPermission, isPermitted, type Authorization } from "../../authorize.js";
import { checkOptions, isFunction, isOneOf, isWhole, type OptionsSpec } from "../../check-options.js";
import { bodyErrorStatus, CurfewError, invalidOption } from "../../errors.js";
import type { SettingsApi } from "../../api/settings-api.js";
import type { LimitRequestsOptions } from "../../http/guards/limit-requests.js";
import { readJson } from "../../read-body.js";
import type { VersionedSettings } from "../../state/settings/settings-store.js";
import { sendError, sendValidationError } from "./errors.js";
import { toSessionConfig, toSettings, type Can } from "./session-config.js";

export type { LimitRequestsOptions } from "../../http/guards/limit-requests.js";
export type { SettingsApi } from "../../api/settings-api.js";
export type { Authorization } from "../../authorize.js";
export type { Can, SessionConfig, SessionConfigFields } from "./session-config.js";

/** The operation of a request on the session settings. */
export type Operation = "show" | "update";

/** Options of {@link lookerApi}. */
export interface LookerApiOptions {
  /**
   * Returns true if the sender of a request may read (`show`) or change (`update`) the settings. `{ actor }` also names
   * the sender in the history; with `true` it is the session's user. Required.
   */
  readonly authorize: (request: Request, operation: Operation) => Authorization | Promise<Authorization>;
  /** Status if `authorize` refuses a signed-in user. Looker sends 404. @default 404 */
  readonly deniedStatus?: 403 | 404;
  /** Most requests a minute from one address, counted in Redis over all processes; more get 429. @default 600 */
  readonly requestsPerMinute?: number;
}

/** The part of a curfew that this API uses. */
export interface LookerCurfew {
  readonly settings: Pick<SettingsApi, "get" | "update">;
  requireSameSite(): RequestHandler;
  limitRequests(options: LimitRequestsOptions): RequestHandler;
}

const MAX_BODY = "16kb";

/**
 * Creates Looker's `GET` and `PATCH /session_config`. Mount the router at `/api/4.0`. Responses have an `ETag`. A
 * `PATCH` with `If-Match` gets 412 if another change was saved first. Saved settings apply from every user's next
 * request.
 *
 * @throws CurfewError `invalid_option`, for example without an `authorize` function
 */
export function lookerApi(curfew: LookerCurfew, options: LookerApiOptions): Router {
  if (typeof (curfew as Partial<LookerCurfew> | undefined)?.requireSameSite !== "function")
    throw invalidOption("lookerApi", `the first argument must be a curfew: ${OPTIONS.usage}`);
  checkOptions(OPTIONS, (options as LookerApiOptions | undefined) ?? {});
  const { requestsPerMinute: perMinute = 600 } = options;
  const router = express.Router();
  router.use(noStore, curfew.limitRequests({ name: "looker", perMinute }));
  router.use(curfew.requireSameSite());
  router.get("/session_config", permit(options, "show"), (request, response, next) => {
    Promise.all([curfew.settings.get(), canOf(options, request)]).then(([current, can]) => {
      sendConfig(request, response, current, can);
    }, next);
  });
  router.patch(
    "/session_config",
    permit(options, "update"),
    readJson(MAX_BODY),
    (request, response, next) => {
      update(curfew, request, response).catch(next);
    },
  );
  router.use((request, response) => {
    sendError(request, response, 404, "Not found");
  });
  router.use(answerErrors);
  return router;
}

const OPTIONS: OptionsSpec<LookerApiOptions> = {
  by: "lookerApi",
  usage: "lookerApi(curfew, { authorize: (req) => isAdmin(req) })",
  checks: {
    authorize: (value) =>
      isFunction(value) &&
      "must be a function that returns true for users who may read and change the session settings",
    deniedStatus: isOneOf([403, 404]),
    requestsPerMinute: isWhole(1, Infinity),
  },
  required: ["authorize"],
};

const noStore: RequestHandler = (_request, response, next) => {
  response.setHeader("Cache-Control", "no-store");
  response.vary("Cookie").vary("Authorization");
  next();
};

async function canOf({ authorize }: LookerApiOptions, request: Request): Promise<Can> {
  return { show: true, update: isPermitted(await authorize(request, "update")) };
}

/** Passes permitted requests. Other users get 404, as with Looker (rules L10, Q6). */
function permit({ authorize, deniedStatus = 404 }: LookerApiOptions, operation: Operation): RequestHandler {
  return askPermission(
    (request) => authorize(request, operation),
    (request, response) => {
      if (!isSignedIn(request)) sendError(request, response, 401, "Requires authentication.");
      else sendError(request, response, deniedStatus, deniedStatus === 404 ? "Not found" : "Forbidden");
    },
  );
}

function isSignedIn(request: Request): boolean {
  return (request.curfew as Request["curfew"] | undefined)?.state === "active";
}

async function update(curfew: LookerCurfew, request: Request, response: Response): Promise<void> {
  const body: unknown = request.body;
  if (!request.is("application/json")) {
    sendError(request, response, 415, "Send the settings as application/json.");
    return;
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    sendError(request, response, 400, "The body must be a JSON object.");
    return;
  }
  const ifVersion = versionOf(request.get("if-match"));
  if (ifVersion === null) {
    sendError(request, response, 412, "If-Match must be an ETag of these settings.");
    return;
  }
  const updated = await curfew.settings.update(toSettings(body as Record<string, unknown>), {
    ...(ifVersion === undefined ? {} : { ifVersion }),
    ...actorOf(request),
  });
  // An app's answer after the change could only make the change look refused (rule M41).
  sendConfig(request, response, updated, { show: true, update: true });
}

/** Returns the version in `If-Match`: `undefined` if every version matches, `null` if no version can match. */
function versionOf(ifMatch: string | undefined): number | null | undefined {
  if (ifMatch === undefined || ifMatch.trim() === "*") return undefined;
  const match = /^"(\d{1,15})"$/.exec(ifMatch.trim());
  return match ? Number(match[1]) : null;
}

function sendConfig(request: Request, response: Response, current: VersionedSettings, can: Can): void {
  const { config, clamped } = toSessionConfig(current.settings, can);
  if (clamped.length > 0) response.setHeader("X-Curfew-Clamped", clamped.join(", "));
  response.setHeader("ETag", `"${String(current.version)}"`);
  response.status(200).json(config);
}

const answerErrors: ErrorRequestHandler = (error: unknown, request, response, next) => {
  if (error instanceof CurfewError) {
    for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value);
    if (error.code === "invalid_settings") sendValidationError(request, response, error.details.fields);
    else if (error.status !== 500)
      sendError(
        request,
        response,
        error.status,
        error.status === 503 ? "Sessions can't be reached right now." : error.shortMessage,
      );
    else next(error);
    return;
  }
  const status = bodyErrorStatus(error);
  if (status === null) next(error);
  else
    sendError(
      request,
      response,
      status,
      status === 400 ? "The body is not valid JSON." : "The body can't be read.",
    );
};
